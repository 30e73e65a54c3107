"""The whole chain behind one item: what each source says, when it was seen, who brought it in, where it went."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.base import Classifier, Purpose
from classifiers.evidence import Evidence, Seen
from classifiers.findings import DeclaredState, Item
from classifiers.flows import Flow, flows
from crawler.observations import Consent, Operation, Record

MOST_SIGHTS = 6


class Opinion(Record):
    """What one source answers when it is asked about the item alone."""

    source: str
    purpose: Purpose | None
    """None: it knows nothing of it."""
    reason: str
    confidence: float


class Sight(Record):
    """One sighting, as evidence names it."""

    id: str
    scenario: str
    run: int
    phase: str
    consent: Consent
    at: float
    page: str
    chain: tuple[str, ...]
    """Who brought it in, outermost first."""


class Explained(Record):
    opinions: tuple[Opinion, ...]
    sights: tuple[Sight, ...]
    """The first of each scenario, in order of time; `Item.count` tells how many there were."""
    told: tuple[str, ...]
    """Of requests: which account and event the payload names."""
    went: tuple[str, ...]
    """Of cookies and storage: to whom its identifier was sent; of requests: whose identifiers they carried."""


def explain_item(evidence: Evidence, item: Item) -> Explained:
    seen = sorted(
        (one for one in evidence.seen if one.key == (item.kind, item.name, item.domain)),
        key=lambda one: one.place_in_time,
    )
    first = next((one for one in seen if one.label.source == item.label.source), seen[0])
    return Explained(
        opinions=tuple(_opinion(source, first) for source in evidence.sources),
        sights=tuple(_sight(evidence, one) for one in _first_of_each(seen)[:MOST_SIGHTS]),
        told=tuple(dict.fromkeys(line for one in seen for line in _told(evidence, one)))[:MOST_SIGHTS],
        went=_went(evidence, {one.id for one in seen}),
    )


def declared_words(evidence: Evidence, item: Item) -> str:
    declaration = evidence.declaration
    place = f" at {item.declared_at.file}:{item.declared_at.line}" if item.declared_at else ""
    match item.declared:
        case DeclaredState.ITEM:
            entry = (
                next((one for one in declaration.items if one.place == item.declared_at), None) if declaration else None
            )
            purposes = declaration.purposes_of(entry) if declaration and entry else ()
            what = f", for {', '.join(purposes)}" if purposes else ", without a purpose"
            return f"as the item {item.declared_as}{what}{place}"
        case DeclaredState.CATEGORY:
            return f"in general terms by the category {item.declared_as}{place}, as no single item"
        case DeclaredState.OPEN_CLAUSE:
            clause = declaration.defaults.technologies_open_clause if declaration else None
            return f"only general words ({clause!r}) could cover it" if clause else "only general words could cover it"
        case DeclaredState.UNDECLARED:
            return "in no item and by no category"
        case DeclaredState.NO_DECLARATION:
            return "not known: no declaration was given"


def _opinion(source: Classifier, seen: Seen) -> Opinion:
    label = source.classify(seen.sighting)
    if label is None:
        return Opinion(source=source.name, purpose=None, reason="knows nothing of it", confidence=0.0)
    return Opinion(source=source.name, purpose=label.purpose, reason=label.reason, confidence=label.confidence)


def _first_of_each(seen: Sequence[Seen]) -> list[Seen]:
    """By scenario and consent: that is what findings turn on. A write tells more than what was found lying there."""
    first: dict[tuple[str, Consent], Seen] = {}
    for one in sorted(seen, key=_most_telling):
        first.setdefault((one.visit.scenario, one.sighting.consent), one)
    return sorted(first.values(), key=lambda one: one.place_in_time)


def _most_telling(one: Seen) -> tuple[bool, bool, int, int]:
    lying = getattr(one.sighting, "operation", None) is Operation.PRESENT
    return (lying, not one.visit.entry, one.visit.run, one.sighting.order)


def _sight(evidence: Evidence, one: Seen) -> Sight:
    return Sight(
        id=one.id,
        scenario=one.visit.scenario,
        run=one.visit.run,
        phase=one.sighting.phase,
        consent=one.sighting.consent,
        at=one.sighting.at,
        page=one.sighting.page,
        chain=evidence.blame.chain(one.visit, one.sighting),
    )


def _told(evidence: Evidence, one: Seen) -> list[str]:
    hit = evidence.hit(one)
    lines = []
    for event in hit.hits if hit else ():
        parts = [f"account {event.account}" if event.account else "", f"event {event.event}" if event.event else ""]
        if said := ", ".join(part for part in parts if part):
            lines.append(said)
    return lines


def _went(evidence: Evidence, ids: set[str]) -> tuple[str, ...]:
    lines = [line for flow in flows(evidence) if (line := _flow(flow, ids))]
    return tuple(dict.fromkeys(lines))


def _flow(flow: Flow, ids: set[str]) -> str | None:
    if flow.holder.id in ids:
        return f"to {flow.request.trace.host}: {flow.words} ({flow.kind.value})"
    if flow.request.id in ids:
        return f"{flow.words}, held for {flow.holder.trace.host} ({flow.kind.value})"
    return None
