"""Global Privacy Control on the canary page, as its server got it: what carries it, and who reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

from crawler.browser.canary.site import Asked
from crawler.browser.privacy_control import HEADER
from crawler.observations import SightingKind
from crawler.visits import SIGNAL_HEADER, SIGNAL_PROPERTY, Channel, ChannelState

_BEYOND: Final = {
    "websocket": "this browser sends no `Sec-GPC` with WebSocket handshakes; a visit on which one was made tells it",
    "preflight": "this browser sends no `Sec-GPC` with CORS preflights; the requests that they announce carry it",
}
"""Kinds that no switch of Chromium's and no DevTools command reaches."""
_KINDS: Final = {
    "/": "document",
    "/frame": "frame",
    "/popup": "popup",
    "/socket": "websocket",
    "/service.js": "service_worker",
    "/shared.js": "shared_worker",
    "/worker.js": "worker",
    "/prefetched": "prefetch",
    "/hop": "redirect",
}
_BY_QUERY: Final = {
    "hop": "redirect",
    "service": "service_worker",
    "shared": "shared_worker",
    "worker": "worker",
    "frame": "frame",
    "popup": "popup",
    "beacon": "beacon",
    "ping": "beacon",
    "keepalive": "keepalive",
    "deferred": "keepalive",
    "pagehide": "leaving",
}
_REALMS: Final = {"fetch": "window"}
"""Realms are called as their requests are, but for this one."""


def judge_signal(asked: Iterable[Asked]) -> Iterator[Channel]:
    """One channel for each kind of request and each kind of realm that the page came to."""
    carried: dict[str, list[bool]] = {}
    said: dict[str, list[str]] = {}
    for one in asked:
        carried.setdefault(_kind(one), []).append(one.headers.get(HEADER) == "1")
        query = parse_qs(urlsplit(one.path).query, keep_blank_values=True)
        if "signal" in query and one.method != "OPTIONS":
            name = next(iter(query))
            said.setdefault(_REALMS.get(name, name), []).extend(query["signal"])
    for kind, each in sorted(carried.items()):
        lacking = each.count(False)
        note = f"{lacking} of {len(each)} such requests of the canary page came without `Sec-GPC`" if lacking else None
        state = ChannelState.LIVE if not lacking else ChannelState.UNTESTED if kind in _BEYOND else ChannelState.DEAD
        yield _channel(
            f"{SIGNAL_HEADER}.{kind}", state, len(each) - lacking, _BEYOND.get(kind, note) if lacking else None
        )
    for realm, values in sorted(said.items()):
        wrong = [value for value in values if value != "true"]
        note = f"`navigator.globalPrivacyControl` was {wrong[0]} there" if wrong else None
        state = ChannelState.DEAD if wrong else ChannelState.LIVE
        yield _channel(f"{SIGNAL_PROPERTY}.{realm}", state, len(values) - len(wrong), note)


def _kind(asked: Asked) -> str:
    if asked.method == "OPTIONS":
        return "preflight"
    parts = urlsplit(asked.path)
    return _KINDS.get(parts.path) or _BY_QUERY.get(parts.query.partition("&")[0], "page")


def _channel(name: str, state: ChannelState, events: int, note: str | None) -> Channel:
    return Channel(name=name, state=state, sees=SightingKind.REQUEST, events=events, note=note)
