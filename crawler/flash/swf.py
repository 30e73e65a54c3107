"""The SWF file, read without running it: header, packed bodies, and the shared objects that its code asks for."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator
from typing import Final

from crawler.flash import avm1, avm2
from crawler.flash.calls import SharedObjectCall
from crawler.flash.octets import Octets, SwfError
from crawler.observations import Record

MAGIC: Final = (b"FWS", b"CWS", b"ZWS")
MOST: Final = 64_000_000
"""Bytes of an unpacked program that are read: small files can unpack to anything."""
_MEMORY: Final = 256_000_000
_DO_ACTION, _DO_INIT_ACTION, _SPRITE, _DO_ABC, _DO_ABC_NAMED = 12, 59, 39, 72, 82
_DEEPEST: Final = 8
_MOST_CALLS: Final = 1000


class SwfFile(Record):
    version: int | None
    size: int
    """Bytes as they came."""
    unpacked: int | None = None
    """Bytes as its header announces them."""
    actionscript: int | None = None
    """3, or 2 for what came before it; None: no code was found."""
    shared_objects: tuple[SharedObjectCall, ...] = ()
    problem: str | None = None
    """Why reading ended early; what was read until then is kept."""


def is_swf(data: bytes) -> bool:
    """By magic bytes, and a version that was ever made."""
    return data[:3] in MAGIC and len(data) > 8 and 1 <= data[3] <= 60


def read_swf(data: bytes) -> SwfFile:
    """Never raises: what is wrong with the file stands in `problem`."""
    if not is_swf(data):
        return SwfFile(version=None, size=len(data), problem="it does not begin as Flash files do (FWS, CWS, ZWS)")
    announced = int.from_bytes(data[4:8], "little")
    calls: dict[SharedObjectCall, None] = {}
    code: set[int] = set()
    problem = None
    try:
        body, problem = _unpacked(data)
        source = Octets(body)
        bits = 5 + 4 * (source.byte() >> 3)
        source.at = 0
        source.take((bits + 7) // 8 + 4)  # the stage, the frame rate, the number of frames
        for language, call in _calls(source, 0):
            code.add(language)
            if call is not None:
                calls[call] = None
            if len(calls) >= _MOST_CALLS:
                problem = f"more than {_MOST_CALLS} shared objects are asked for"
                break
    except SwfError as error:
        problem = problem or str(error)
    return SwfFile(
        version=data[3],
        size=len(data),
        unpacked=announced,
        actionscript=max(code, default=None),
        shared_objects=tuple(calls),
        problem=problem,
    )


def _unpacked(data: bytes) -> tuple[bytes, str | None]:
    """What follows the eight bytes of the header, and what was wrong with it."""
    try:
        if data[:3] == b"CWS":
            stream = zlib.decompressobj()
            body = stream.decompress(data[8:], MOST)
            whole = stream.eof
        elif data[:3] == b"ZWS":
            # LZMA's own header has the size in eight bytes, Flash's elsewhere; all ones stand for "not known".
            unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_ALONE, memlimit=_MEMORY)
            body = unpacker.decompress(data[12:17] + b"\xff" * 8 + data[17:], MOST)
            whole = unpacker.eof or len(body) >= int.from_bytes(data[4:8], "little") - 8
        else:
            body, whole = data[8 : 8 + MOST], True
    except (zlib.error, lzma.LZMAError, EOFError, MemoryError) as error:
        raise SwfError(f"it cannot be unpacked ({error})") from error
    return body, None if whole else "its packed content ends too early, or is too large"


def _calls(source: Octets, depth: int) -> Iterator[tuple[int, SharedObjectCall | None]]:
    """The language of each piece of code, with each call in it."""
    while source.left >= 2:
        head = source.little(2)
        kind, size = head >> 6, head & 0x3F
        if size == 0x3F:
            size = source.little(4)
        content = source.take(min(size, source.left))
        if kind == 0:
            return
        if kind in (_DO_ABC, _DO_ABC_NAMED):
            yield 3, None
            yield from ((3, call) for call in avm2.calls_in(_abc(kind, content)))
        elif kind in (_DO_ACTION, _DO_INIT_ACTION):
            yield 2, None
            yield from ((2, call) for call in avm1.calls_in(content[2 if kind == _DO_INIT_ACTION else 0 :]))
        elif kind == _SPRITE and depth < _DEEPEST:
            yield from _calls(Octets(content[4:]), depth + 1)


def _abc(kind: int, content: bytes) -> bytes:
    if kind == _DO_ABC:
        return content
    source = Octets(content)
    source.take(4)
    source.zero_ended()
    return content[source.at :]
