"""Global Privacy Control: the profile whose browser sends it, and what shows on a visit that it really went along."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from crawler.browser.hops import Hop
from crawler.observations import SightingKind
from crawler.settings import BrowserSettings
from crawler.visits import SIGNAL_HEADER, SIGNAL_PROPERTY, Channel, ChannelState

log = logging.getLogger(__name__)

HEADER: Final = "sec-gpc"
_SWITCH: Final = "--enable-features="
_FEATURE: Final = "GlobalPrivacyControlForce"
"""Chromium's own signal. It reaches a service worker's main script, which no DevTools command does; browsers that do
not know the feature ignore it, and send the header that each target is told to send."""
_ANNOUNCES: Final = "preflight"
_WORDS: Final = {_ANNOUNCES: "CORS preflight", "websocket": "WebSocket handshake", "prefetch": "speculative prefetch"}


def with_signal(settings: BrowserSettings) -> BrowserSettings:
    """The same profile in a browser that sends the signal. Of several lists of features, Chromium reads the last."""
    asked = [flag.removeprefix(_SWITCH) for flag in settings.extra_flags if flag.startswith(_SWITCH)]
    others = tuple(flag for flag in settings.extra_flags if not flag.startswith(_SWITCH))
    return settings.model_copy(update={"extra_flags": (*others, _SWITCH + ",".join([*asked[-1:], _FEATURE]))})


def sends_signal(settings: BrowserSettings) -> bool:
    return any(flag.startswith(_SWITCH) and _FEATURE in flag for flag in settings.extra_flags)


def signal_channels(hops: Iterable[Hop], *, readback: str | None) -> Iterator[Channel]:
    """`readback`: what the page's own window says of `navigator.globalPrivacyControl`; None: it was not asked.

    A preflight that lacks the header is told and does no harm: the request that it announces has the same recipient.
    """
    carried, lacking = 0, Counter[str]()
    for hop in hops:
        headers = _wire_headers(hop)
        if headers is None:
            continue
        if headers.get(HEADER) == "1":
            carried += 1
        else:
            lacking[_kind(hop, headers)] += 1
            log.debug("%s %s went without the privacy signal", hop.method, hop.url)
    told = _told(lacking)
    unsigned = sum(lacking.values()) - lacking[_ANNOUNCES]
    state = ChannelState.DEAD if unsigned else ChannelState.LIVE if carried else ChannelState.UNTESTED
    yield Channel(name=SIGNAL_HEADER, state=state, sees=SightingKind.REQUEST, events=carried, note=told)
    if readback is not None:
        state = ChannelState.LIVE if readback == "true" else ChannelState.DEAD
        note = None if readback == "true" else f"`navigator.globalPrivacyControl` was {readback}"
        yield Channel(name=SIGNAL_PROPERTY, state=state, sees=SightingKind.REQUEST, events=1, note=note)


def _wire_headers(hop: Hop) -> dict[str, str] | None:
    """As they left; None: nothing left, or DevTools did not show what."""
    if not hop.on_the_wire or hop.from_cache or hop.blocked is not None:
        return None
    raw = hop.headers if hop.kind == "websocket" else hop.sent["headers"] if hop.sent is not None else None
    return None if not raw else {name.lower(): str(value) for name, value in raw.items()}


def _kind(hop: Hop, headers: dict[str, str]) -> str:
    return "prefetch" if headers.get("sec-purpose", "").startswith("prefetch") else hop.kind


def _told(lacking: Counter[str]) -> str | None:
    if not lacking:
        return None
    words = (
        f"{count} {_WORDS.get(kind, f'{kind} request')}{'s'[: count > 1]}" for kind, count in sorted(lacking.items())
    )
    return f"without `Sec-GPC` went {', '.join(words)}"
