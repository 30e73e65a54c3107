"""Identifiers on their way: who held one first, and to whom a request carried it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from classifiers.base import Label, Party
from classifiers.by_shape import value_of
from classifiers.entities import Entities, company_key
from classifiers.evidence import Evidence, Seen, sent, stored
from classifiers.findings import Undecided
from crawler.observations import Carried, RequestSighting


class FlowKind(StrEnum):
    LEAK = "leak"
    """An identifier that was kept for the site went to a third party."""
    SYNC = "sync"
    """An identifier of one third party went to another company."""
    WITHIN = "within"
    """It stayed with the site or the company that holds it."""


class Flow(NamedTuple):
    holder: Seen
    """The first cookie or storage item of the visit that held the identifier."""
    carried: Carried
    request: Seen
    kind: FlowKind
    user_specific: bool | None
    """Another profile got another value; None: the item was seen in one profile only, so it only looks like one."""

    @property
    def words(self) -> str:
        """`_ms in query parameter cid (sha256)`."""
        where = f"{self.carried.place} {self.carried.name}".strip()
        form = "" if self.carried.form.value == "plain" else f" as {self.carried.form.value}"
        return f"{self.holder.trace.normal_name} in {where}{form}"

    @property
    def by_redirect(self) -> bool:
        """The address came from a `Location` of the hop before."""
        request = self.request.sighting
        return isinstance(request, RequestSighting) and bool(
            (request.redirected_from or request.redirect_chain) and self.carried.place in ("path", "query")
        )


_Profiles = Mapping[tuple[str, str, str], Mapping[tuple[str, int], frozenset[str]]]
"""By item: the identifiers that each profile (scenario and run) held. Visits of one share a profile."""


def flows(evidence: Evidence) -> Iterator[Flow]:
    """Identifiers of each visit's own cookies and storage in its requests; the origin is the earliest holder.

    A value that two profiles share is no identifier of a person, and is left out.
    """
    items = sorted(stored(evidence.seen), key=lambda seen: seen.sighting.order)
    profiles = _profiles(items)
    holders: dict[tuple[str, str], Seen] = {}
    for one in items:
        for token in _tokens(one):
            holders.setdefault((one.visit.id, token), one)
    for one in sent(evidence.requests):
        for carried in (one.sighting.carries or ()) if isinstance(one.sighting, RequestSighting) else ():
            holder = holders.get((one.visit.id, carried.token))
            specific = None if holder is None else _user_specific(profiles.get(holder.key, {}), carried.token)
            if holder is not None and specific is not False:
                yield Flow(holder, carried, one, _kind(holder, one, evidence.entities), specific)


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
    """By entity, however it is written, or vendor; unknown ones are compared by domain elsewhere."""
    same_entity = a.entity and b.entity and company_key(a.entity) == company_key(b.entity)
    return bool(same_entity or (a.vendor and a.vendor == b.vendor))


def _kind(holder: Seen, request: Seen, entities: Entities) -> FlowKind:
    if request.label.party is not Party.THIRD:
        return FlowKind.WITHIN
    if holder.label.party is not Party.THIRD:
        return FlowKind.LEAK
    one = same_company(holder.label, request.label) or entities.same(holder.trace.host, request.trace.host)
    return FlowKind.WITHIN if one else FlowKind.SYNC


def _profiles(items: Iterable[Seen]) -> _Profiles:
    held: dict[tuple[str, str, str], dict[tuple[str, int], frozenset[str]]] = {}
    for item in items:
        if tokens := _tokens(item):
            of_item = held.setdefault(item.key, {})
            profile = (item.visit.scenario, item.visit.run)
            of_item[profile] = of_item.get(profile, frozenset()) | frozenset(tokens)
    return held


def _user_specific(by_profile: Mapping[tuple[str, int], frozenset[str]], token: str) -> bool | None:
    if len(by_profile) < 2:
        return None
    return sum(token in tokens for tokens in by_profile.values()) < 2


def _tokens(item: Seen) -> tuple[str, ...]:
    value = value_of(item.sighting)
    return value.tokens if value else ()
