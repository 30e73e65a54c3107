"""Identifiers on their way: who held one first, and to whom a request carried it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from classifiers.base import Label
from classifiers.by_shape import value_of
from classifiers.evidence import Evidence, Seen, sent, stored
from classifiers.findings import Undecided
from crawler.observations import Carried, RequestSighting


class Flow(NamedTuple):
    holder: Seen
    """The first cookie or storage item of the visit that held the identifier."""
    carried: Carried
    request: Seen

    @property
    def words(self) -> str:
        """`_ms in query parameter cid (sha256)`."""
        where = f"{self.carried.place} {self.carried.name}".strip()
        form = "" if self.carried.form.value == "plain" else f" as {self.carried.form.value}"
        return f"{self.holder.trace.normal_name} in {where}{form}"


def flows(evidence: Evidence) -> Iterator[Flow]:
    """Identifiers of each visit's own cookies and storage in its requests; the origin is the earliest holder."""
    holders: dict[tuple[str, str], Seen] = {}
    for one in sorted(stored(evidence.seen), key=lambda seen: seen.sighting.order):
        value = value_of(one.sighting)
        for token in value.tokens if value else ():
            holders.setdefault((one.visit.id, token), one)
    for one in sent(evidence.requests):
        for carried in (one.sighting.carries or ()) if isinstance(one.sighting, RequestSighting) else ():
            holder = holders.get((one.visit.id, carried.token))
            if holder is not None:
                yield Flow(holder, carried, one)


def by_route(flows: Iterable[Flow], giver: Callable[[Flow], str]) -> Iterator[tuple[tuple[str, str], list[Flow]]]:
    """Flows by giver and receiving domain, in sorted order, each request once; a request may carry several givers'."""
    routes: dict[tuple[str, str], dict[str, Flow]] = {}
    for flow in sorted(flows, key=lambda flow: flow.request.place_in_time):
        routes.setdefault((giver(flow), flow.request.key[2]), {}).setdefault(flow.request.id, flow)
    for route in sorted(routes):
        yield route, list(routes[route].values())


def not_looked_for(evidence: Evidence, rule: str) -> Iterator[Undecided]:
    """Visits whose requests were recorded without looking for identifiers in them."""
    for visit in evidence.visits:
        if any(request.carries is None for request in visit.requests):
            yield Undecided(
                rule=rule,
                scenario=None,
                visit=visit.id,
                page=visit.url,
                why="Requests were recorded without looking for identifiers in them.",
            )


def same_company(a: Label, b: Label) -> bool:
    """By entity or vendor; unknown ones are compared by domain elsewhere."""
    return bool((a.entity and a.entity == b.entity) or (a.vendor and a.vendor == b.vendor))
