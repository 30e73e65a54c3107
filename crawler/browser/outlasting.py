"""Which requests were asked to outlast their page: calls that a probe saw, joined with the requests they made."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from crawler.browser.events import Call
from crawler.browser.hops import Hop

_FETCHED: Final = frozenset({"fetch", "xhr", "other"})


def mark_outlasting(hops: Sequence[Hop], calls: Iterable[Call]) -> None:
    """Each call has one request: of the same address and method, and the nearest in order (it may leave much later).

    One of the same target is preferred. `hops`: in order of departure.
    """
    anywhere: dict[tuple[str, str], list[Hop]] = {}
    own: dict[tuple[str, str, str], list[Hop]] = {}
    for hop in hops:
        if hop.outlasts is None and hop.index == 0 and hop.kind in _FETCHED:
            asked = hop.method.upper(), hop.url.partition("#")[0]
            anywhere.setdefault(asked, []).append(hop)
            own.setdefault((hop.session.id, *asked), []).append(hop)
    for call in calls:
        how, url, method = (call.text(index) for index in range(3))
        wanted = method.upper(), url.partition("#")[0]
        order = call.moment.order
        made = _take_nearest(own.get((call.session.id, *wanted), []), order) or _take_nearest(
            anywhere.get(wanted, []), order
        )
        if made is not None:
            made.outlasts = how


def _take_nearest(waiting: list[Hop], order: int) -> Hop | None:
    """Those that were taken from the other list meanwhile are dropped in passing."""
    while waiting:
        after = bisect_left(waiting, order, key=lambda hop: hop.moment.order)
        beside = [at for at in (after - 1, after) if 0 <= at < len(waiting)]
        hop = waiting.pop(min(beside, key=lambda at: abs(waiting[at].moment.order - order)))
        if hop.outlasts is None:
            return hop
    return None
