"""A WebSocket on the fixture server: the handshake, and one answer to each text frame until the page closes it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from io import BufferedIOBase
from typing import Final

_SALT: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""
_TEXT, _CLOSE = 0x1, 0x8


def handshake(key: str) -> tuple[tuple[str, str], ...]:
    """Headers of the 101."""
    accept = base64.b64encode(hashlib.sha1((key + _SALT).encode()).digest()).decode()
    return (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept))


def converse(incoming: BufferedIOBase) -> Iterator[bytes]:
    """What is sent back, frame by frame; ends after the closing frame, or when the page is gone."""
    while head := incoming.read(2):
        kind, length = head[0] & 0x0F, head[1] & 0x7F
        if length == 126:
            length = int.from_bytes(incoming.read(2), "big")
        mask = incoming.read(4)
        text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(incoming.read(length)))
        if kind == _CLOSE:
            yield bytes((0x80 | _CLOSE, len(text))) + text
            return
        if kind == _TEXT:
            answer = b"heard " + text[:100]
            yield bytes((0x80 | _TEXT, len(answer))) + answer
