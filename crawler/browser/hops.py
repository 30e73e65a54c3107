"""One request on the wire, as far as it is known: what was asked, what came back, and whether it is a stream."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from crawler.browser.cdp import Json, Session
from crawler.browser.recorder import Moment, Place

_ON_THE_WIRE: Final = frozenset({"http", "https", "ws", "wss"})
_STREAMS: Final = frozenset({"eventsource", "websocket", "webtransport"})
_WAITS: Final = frozenset({"fetch", "xhr", "ping", "media", "other"})
LONG_POLL: Final = 2.5
"""Seconds after which an unanswered fetch counts as a stream: pages hold such requests open on purpose."""


@dataclass(eq=False)
class Hop:
    """Mutable while the answer is coming in; collectors read it at the end."""

    request: str
    """DevTools' request id; the hops of a redirect share it."""
    index: int
    moment: Moment
    place: Place
    session: Session
    url: str
    method: str
    kind: str
    initiator: Json
    navigation: bool
    frame_id: str | None
    headers: Json
    body: bytes | None
    has_body: bool
    expects_extra: bool | None = None
    """Whether DevTools will tell raw headers; None: not known before the answer."""
    sent: Json | None = None
    got: Json | None = None
    got_moment: Moment | None = None
    answer: Json | None = None
    from_cache: bool = False
    encoded: int | None = None
    failure: str | None = None
    blocked: str | None = None
    answered: Moment | None = None
    ended: Moment | None = None
    content: bytes | None = None
    """Response body, fetched for small images only."""
    kept_as: str | None = None
    """SHA-256 of the response body, where bodies are kept as evidence."""
    frames_sent: int = 0
    frames_received: int = 0
    sighting: str | None = None
    """Id of its sighting, once it has one."""
    sample: list[bytes] = field(default_factory=list)
    """First outgoing WebSocket frames."""
    outlasts: str | None = None
    """`keepalive` or `fetchLater`: asked to outlast its page, as a probe saw."""

    @property
    def on_the_wire(self) -> bool:
        return urlsplit(self.url).scheme in _ON_THE_WIRE

    @property
    def status(self) -> int | None:
        return None if self.answer is None else int(self.answer["status"]) or None


@dataclass(frozen=True, slots=True)
class Extra:
    """Raw headers of one answer, which arrive apart from it."""

    params: Json
    moment: Moment
    place: Place


def is_stream(hop: Hop, now: float) -> bool:
    if hop.kind == "media" and hop.answer is not None:
        return True  # a browser reads on as far as it is played
    return hop.kind in _STREAMS or (hop.kind in _WAITS and now - hop.moment.at > LONG_POLL)


def body_of(asked: Json) -> bytes | None:
    entries = asked.get("postDataEntries")
    if entries:
        parts = [base64.b64decode(entry["bytes"]) for entry in entries if "bytes" in entry]
        if parts:
            return b"".join(parts)
    text = asked.get("postData")
    return None if text is None else text.encode("utf-8", "surrogatepass")
