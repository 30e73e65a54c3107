"""The scenario matrix: distinct items by purpose, under each scenario and consent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from classifiers.base import Purpose
from classifiers.findings import Audit, Item
from crawler.observations import Consent, CookieSighting, Operation, StorageSighting
from reports.to_html.lookup import Lookup
from reports.to_html.words import CONSENTS, PURPOSES, without_consent


@dataclass(frozen=True)
class Column:
    scenario: str
    consent: str
    title: str
    first: bool
    """First of its scenario: the header cell spans from here."""
    span: int


@dataclass(frozen=True)
class Cell:
    anchor: str
    items: tuple[tuple[int, Item], ...]
    """Position in the audit, which is also the anchor of its inventory row."""
    open: bool
    where: str


@dataclass(frozen=True)
class MatrixRow:
    purpose: str
    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    columns: tuple[Column, ...]
    rows: tuple[MatrixRow, ...]


def matrix(audit: Audit, lookup: Lookup) -> Matrix:
    seen: dict[tuple[str, Consent, Purpose], set[int]] = defaultdict(set)
    consents: dict[str, list[Consent]] = {name: [] for name in audit.scan.scenarios}
    for visit in audit.visits:
        order = consents.setdefault(visit.scenario, [])
        order.extend(span.consent for span in visit.phases if span.consent not in order)
        for sighting in visit.sightings():
            if isinstance(sighting, (CookieSighting, StorageSighting)) and sighting.operation is Operation.REMOVE:
                continue
            index = lookup.index(visit, sighting)
            if index is not None:
                if sighting.consent not in order:
                    order.append(sighting.consent)
                seen[visit.scenario, sighting.consent, audit.items[index].purpose].add(index)
    states = [(scenario, state) for scenario, order in consents.items() for state in _ordered(order)]
    columns = tuple(
        Column(
            scenario=scenario,
            consent=state.value,
            title=CONSENTS[state],
            first=number == 0 or states[number - 1][0] != scenario,
            span=sum(name == scenario for name, _ in states),
        )
        for number, (scenario, state) in enumerate(states)
    )
    present = {item.purpose for item in audit.items}
    rows = tuple(
        MatrixRow(
            purpose=purpose.value,
            title=title,
            cells=tuple(
                Cell(
                    anchor=f"cell-{purpose}-{number}",
                    items=tuple((index, audit.items[index]) for index in sorted(seen[scenario, state, purpose])),
                    open=without_consent(purpose, state),
                    where=f"{scenario}, {CONSENTS[state]}",
                )
                for number, (scenario, state) in enumerate(states)
            ),
        )
        for purpose, title in PURPOSES.items()
        if purpose in present
    )
    return Matrix(columns=columns, rows=rows)


def _ordered(order: list[Consent]) -> list[Consent]:
    """In the order in which consents come about; a scenario of which nothing was seen still has its column."""
    return sorted(set(order), key=list(Consent).index) or [Consent.UNDECIDED]
