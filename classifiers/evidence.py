"""Labelled sightings beside the declaration: the questions that rules ask."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from classifiers import states
from classifiers.base import Classifier, Label
from classifiers.blame import Blame
from classifiers.cnames import Disguise
from classifiers.declaration import Declaration
from classifiers.declared import DeclarationIndex, Match
from classifiers.decode_sightings import payload_of
from classifiers.entities import Entities
from classifiers.findings import Finding
from classifiers.lists.records import MAX_AGE_DAYS, ListVersion
from classifiers.mails import Mail
from classifiers.parties import registrable_domain
from classifiers.tagplan.records import TagJudgement
from classifiers.tcf_vendors import TcfVendors
from classifiers.traces import Trace
from classifiers.vendors import Catalogue, VendorHit
from crawler.observations import (
    AnySighting,
    BehaviourSighting,
    Consent,
    CookieSighting,
    MarkupSighting,
    Operation,
    RequestSighting,
    StorageSighting,
)
from crawler.visits import Choice, ChoiceStatus, Scan, Visit, VisitStatus

GRACE = 0.5
"""Seconds after a choice in which it may not have taken hold yet: ours, without a published source."""

Key = TypeVar("Key", bound=tuple[str, ...])
T = TypeVar("T")

_IN_TIME = attrgetter("place_in_time")


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting with all that is known about it."""

    visit: Visit
    sighting: AnySighting
    label: Label
    trace: Trace
    match: Match
    key: tuple[str, str, str]
    """Identity of the item: kind, normalised name, registrable domain of the owner."""
    id: str
    """`<visit>/<sighting>`."""
    place_in_time: tuple[str, int, str, int, str]
    """Sorts evidence: by scenario, run and page, then by order of arrival."""


class Group(tuple[Seen, ...]):
    """Sightings that rules narrow down in the same ways, one rule after the other: each way is gone once."""

    @cached_property
    def _gone(self) -> dict[Hashable, tuple[Any, ...]]:
        return {}

    def once(self, way: Hashable, find: Callable[[], Iterable[T]]) -> tuple[T, ...]:
        """What `find` finds in this group; `way` names it."""
        if way not in self._gone:
            found = find()
            self._gone[way] = found if isinstance(found, Group) else tuple(found)
        return self._gone[way]


def narrowed(seen: Iterable[Seen], way: Callable[[Seen], object]) -> Group:
    """Those that `way`, a function of a module, holds true of."""
    if not isinstance(seen, Group):
        return Group([one for one in seen if way(one)])
    found = seen.once(way, lambda: Group([one for one in seen if way(one)]))
    assert isinstance(found, Group)
    return found


class Evidence:
    """A scan, its labelled sightings and the declaration. Pure: everything is worked out from what it was given."""

    def __init__(
        self,
        *,
        scan: Scan,
        visits: Sequence[Visit],
        seen: Sequence[Seen],
        declaration: DeclarationIndex,
        catalogue: Catalogue,
        profile: str,
        entities: Entities | None = None,
        lists: Sequence[ListVersion] = (),
        oldest_list_days: int = MAX_AGE_DAYS,
        judged_at: datetime | None = None,
        disguises: Sequence[Disguise] = (),
        sources: Sequence[Classifier] = (),
        tcf_vendors: TcfVendors | None = None,
        mails: Sequence[Mail] = (),
    ) -> None:
        self.scan = scan
        self.visits = tuple(visits)
        self.seen = Group(seen)
        self.index = declaration
        self.catalogue = catalogue
        self.profile = profile
        self.entities = entities or Entities(catalogue)
        self.lists = tuple(lists)
        """The lists that labels rest on, each with its version and date."""
        self.judged_at = judged_at or scan.finished or scan.started
        self.old_lists = tuple(one for one in lists if one.is_old(self.judged_at, max_age_days=oldest_list_days))
        self.disguises = {disguise.host: disguise for disguise in disguises}
        """Hosts of the site that belong to someone else by DNS, by host."""
        self.sources = tuple(sources)
        """Who labelled, in the order in which they were asked."""
        self.tcf_vendors = tcf_vendors
        """None: the list was not fetched."""
        self.mails = tuple(mails)
        """Samples of e-mails that the user gave."""
        self.blame = Blame(catalogue)
        self._hits: dict[tuple[str, str, str | None], VendorHit | None] = {}
        self.tags: TagJudgement | None = None
        """What came of the tag plan; None: none was given."""
        self.earlier: tuple[Finding, ...] = ()
        """Findings of the rules that were asked before; only DECL-019, which comes last, looks at them."""
        self.site = registrable_domain(scan.urls[0]) if scan.urls else ""
        names = dict.fromkeys((*scan.scenarios, *(visit.scenario for visit in visits)))
        self._state = {name: states.state_of(name, visits) for name in names}

    @property
    def declaration(self) -> Declaration | None:
        return self.index.declaration

    @cached_property
    def by_id(self) -> Mapping[str, Seen]:
        """By `<visit>/<sighting>`."""
        return {one.id: one for one in self.seen}

    @cached_property
    def cookies(self) -> Group:
        return Group(seen for seen in self.seen if isinstance(seen.sighting, CookieSighting))

    @cached_property
    def storage(self) -> Group:
        return Group(seen for seen in self.seen if isinstance(seen.sighting, StorageSighting))

    @cached_property
    def requests(self) -> Group:
        return Group(seen for seen in self.seen if isinstance(seen.sighting, RequestSighting))

    @cached_property
    def behaviours(self) -> Group:
        return Group(seen for seen in self.seen if isinstance(seen.sighting, BehaviourSighting))

    @cached_property
    def markup(self) -> tuple[tuple[Visit, MarkupSighting], ...]:
        return tuple((visit, sighting) for visit in self.visits for sighting in visit.markup)

    def hit(self, seen: Seen) -> VendorHit | None:
        """What the catalogue decodes of a request; equal requests are decoded once."""
        request = seen.sighting
        if not isinstance(request, RequestSighting) or seen.label.vendor_id is None:
            return None
        key = (request.url, request.method, request.body_digest)
        if key not in self._hits:
            self._hits[key] = self.catalogue.read(payload_of(request))
        return self._hits[key]

    def state(self, visit: Visit) -> str:
        return self._state[visit.scenario]

    def asked(self, state: str) -> bool:
        return state in self._state.values()

    def visits_in(self, state: str | None) -> tuple[Visit, ...]:
        """Visits of one state; all for None."""
        if state is None:
            return self.visits
        return tuple(visit for visit in self.visits if self._state[visit.scenario] == state)

    def in_state(self, seen: Iterable[Seen], state: str) -> Group:
        scenarios = {name for name, its in self._state.items() if its == state}
        return Group([one for one in seen if one.visit.scenario in scenarios])

    def before_choice(self, seen: Iterable[Seen]) -> Group:
        """Seen while no choice had been made, on pages opened as any visitor opens them."""
        return narrowed(seen, self._early)

    def _early(self, seen: Seen) -> bool:
        return seen.sighting.consent is Consent.UNDECIDED and self._state[seen.visit.scenario] in states.PLAIN

    def confirmed(self, visit: Visit, consent: Consent) -> Choice | None:
        """The proved choice of this visit, or of the entry visit whose consent state it started from."""
        return self._choices[visit.id].get(consent)

    @cached_property
    def _choices(self) -> Mapping[str, Mapping[Consent, Choice]]:
        own = {
            visit.id: {c.wanted: c for c in visit.choices if c.status is ChoiceStatus.CONFIRMED}
            for visit in self.visits
        }
        carried: dict[tuple[str, int], dict[Consent, Choice]] = {}
        for visit in self.visits:
            if visit.entry:
                carried.setdefault((visit.scenario, visit.run), {}).update(own[visit.id])
        for visit in self.visits:
            if not visit.choices and visit.phases:
                started_in = visit.phases[0].consent
                choice = carried.get((visit.scenario, visit.run), {}).get(started_in)
                if choice is not None:
                    own[visit.id] = {started_in: choice.model_copy(update={"at": None, "order": None})}
        return own

    def after(self, consent: Consent, seen: Iterable[Seen]) -> tuple[list[Seen], list[Seen]]:
        """Seen after a *proved* choice: what is beyond doubt, and what fell into the moment of the choice."""
        settled: list[Seen] = []
        doubtful: list[Seen] = []
        for one in seen:
            sighting = one.sighting
            if sighting.consent is not consent or sighting.in_flight:
                continue
            choice = self._choices[one.visit.id].get(consent)
            if choice is None:
                continue
            if choice.at is None or sighting.at >= choice.at + GRACE or self._later_phase(one, consent):
                settled.append(one)
            else:
                doubtful.append(one)
        return settled, doubtful

    def _later_phase(self, seen: Seen, consent: Consent) -> bool:
        """In a phase after the one that made the choice: the page was loaded anew, so nothing was under way."""
        phases = [phase.name for phase in seen.visit.phases if phase.consent is consent]
        return seen.sighting.phase in phases[1:]

    def runs_of(self, state: str | None) -> int:
        """Runs in which the state was seen at all."""
        seen = {visit.run for visit in self.visits_in(state) if visit.status is not VisitStatus.FAILED}
        return max(len(seen), 1)


def stored(seen: Iterable[Seen], *, present: bool = True) -> Group:
    """Cookies and storage that were written or (`present`) found, and not refused by the browser or removed."""
    return narrowed(seen, _is_stored if present else _is_written)


def _is_stored(seen: Seen) -> bool:
    sighting = seen.sighting
    if isinstance(sighting, CookieSighting):
        return sighting.operation is not Operation.REMOVE and sighting.stored is not False and not _deletes(sighting)
    return isinstance(sighting, StorageSighting) and sighting.operation is not Operation.REMOVE


def _is_written(seen: Seen) -> bool:
    sighting = seen.sighting
    present = isinstance(sighting, CookieSighting | StorageSighting) and sighting.operation is Operation.PRESENT
    return not present and _is_stored(seen)


def _deletes(cookie: CookieSighting) -> bool:
    return cookie.lifetime_asked is not None and cookie.lifetime_asked <= 0


def sent(seen: Iterable[Seen]) -> Group:
    """Requests that left the browser."""
    return narrowed(seen, _is_sent)


def _is_sent(seen: Seen) -> bool:
    return isinstance(seen.sighting, RequestSighting) and not seen.sighting.refused_because


def grouped(seen: Iterable[Seen], key: Callable[[Seen], Key]) -> Iterator[tuple[Key, list[Seen]]]:
    """Groups in sorted order, each with its evidence in order of time: what makes output repeatable."""
    groups: dict[Key, list[Seen]] = {}
    for one in seen:
        groups.setdefault(key(one), []).append(one)
    for name in sorted(groups):
        yield name, sorted(groups[name], key=_IN_TIME)


def by_item(seen: Iterable[Seen]) -> Iterator[tuple[tuple[str, str, str], list[Seen]]]:
    return grouped(seen, attrgetter("key"))


def by_domain(seen: Iterable[Seen]) -> Iterator[tuple[tuple[str], list[Seen]]]:
    return grouped(seen, lambda one: (one.key[2],))
