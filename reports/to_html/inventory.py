"""The inventory: cookies, storage, beacons, other requests, third parties; and what is declared beside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from classifiers.base import Party, Purpose
from classifiers.describe import UNRECORDED
from classifiers.findings import Audit, DeclaredState, Item
from classifiers.traces import TECHNOLOGY_OF_AREA, kind_of
from crawler.observations import RequestSighting
from reports.differences import lifetime
from reports.to_html.lookup import Lookup
from reports.to_html.words import CONSENTS, DECLARED, PURPOSES


@dataclass(frozen=True)
class InventoryRow:
    anchor: str
    item: Item
    purpose_title: str
    sure: str
    """`89%`; empty: unclassified."""
    declared_title: str
    consents: tuple[str, ...]
    asked: str
    kept: str
    why: tuple[str, ...]
    """Why a request counts as a beacon."""
    by: str
    """Who did it, the first that was recorded; empty: nobody was."""


@dataclass(frozen=True)
class InventoryTable:
    anchor: str
    title: str
    lifetimes: bool
    rows: tuple[InventoryRow, ...]


@dataclass(frozen=True)
class ThirdParty:
    entity: str
    country: str
    vendors: tuple[str, ...]
    hosts: tuple[str, ...]
    purposes: tuple[str, ...]
    first_scenario: str
    scenarios: tuple[str, ...]
    items: int


@dataclass(frozen=True)
class DeclaredGroup:
    state: str
    title: str
    rows: tuple[InventoryRow, ...]


def inventory(audit: Audit, lookup: Lookup) -> tuple[InventoryTable, ...]:
    groups: dict[str, list[InventoryRow]] = defaultdict(list)
    areas = {kind_of(technology) for technology in TECHNOLOGY_OF_AREA.values()}
    for index, item in enumerate(audit.items):
        why = _beacon(item, lookup)
        row = _row(index, item, why)
        if item.kind == "cookie":
            groups["cookies"].append(row)
        elif item.kind in areas:
            groups["storage"].append(row)
        elif item.kind == "beacon" or why:
            groups["beacons"].append(row)
        elif item.kind == "request":
            groups["requests"].append(row)
        else:
            groups["others"].append(row)
    titles = {
        "cookies": "Cookies",
        "storage": "Local and other storage",
        "beacons": "Beacons",
        "requests": "Other requests",
        "others": "Behaviour and markup",
    }
    return tuple(
        InventoryTable(anchor=f"inv-{key}", title=title, lifetimes=key == "cookies", rows=tuple(groups[key]))
        for key, title in titles.items()
        if groups[key] or key in ("cookies", "storage", "beacons")
    )


def _row(index: int, item: Item, why: tuple[str, ...]) -> InventoryRow:
    return InventoryRow(
        anchor=f"i-{index}",
        item=item,
        purpose_title=PURPOSES[item.purpose],
        sure="" if item.purpose is Purpose.UNCLASSIFIED else f"{item.label.confidence:.0%}",
        declared_title=DECLARED[item.declared],
        consents=tuple(title for consent, title in CONSENTS.items() if consent in item.consents),
        asked=lifetime(item.lifetime_asked),
        kept="" if item.lifetime_kept is None else lifetime(item.lifetime_kept),
        why=why,
        by=next((told for told in item.initiators if told != UNRECORDED), ""),
    )


def _beacon(item: Item, lookup: Lookup) -> tuple[str, ...]:
    for entry in item.evidence[:5]:
        found = lookup.sightings.get(entry)
        if found is not None and isinstance(found[1], RequestSighting) and found[1].beacon:
            return found[1].beacon
    return ()


def third_parties(audit: Audit) -> tuple[ThirdParty, ...]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in audit.items:
        if item.party is Party.THIRD or item.label.vendor:
            groups[item.label.entity or item.domain].append(item)
    order = {name: number for number, name in enumerate(audit.scan.scenarios)}
    rows = [_third_party(entity, items, order) for entity, items in groups.items()]
    return tuple(sorted(rows, key=lambda row: (-row.items, row.entity)))


def _third_party(entity: str, items: list[Item], order: dict[str, int]) -> ThirdParty:
    scenarios = sorted({name for item in items for name in item.scenarios}, key=lambda name: order.get(name, 99))
    purposes = {item.purpose for item in items}
    return ThirdParty(
        entity=entity,
        country=next((item.label.country for item in items if item.label.country), "unknown"),
        vendors=tuple(dict.fromkeys(item.label.vendor for item in items if item.label.vendor)),
        hosts=tuple(dict.fromkeys(item.domain for item in items)),
        purposes=tuple(title for purpose, title in PURPOSES.items() if purpose in purposes),
        first_scenario=scenarios[0] if scenarios else "",
        scenarios=tuple(scenarios),
        items=len(items),
    )


def declared_groups(tables: tuple[InventoryTable, ...]) -> tuple[DeclaredGroup, ...]:
    """What nobody declared comes first."""
    groups: dict[DeclaredState, list[InventoryRow]] = defaultdict(list)
    for table in tables:
        for row in table.rows:
            groups[row.item.declared].append(row)
    order = (
        DeclaredState.UNDECLARED,
        DeclaredState.NO_DECLARATION,
        DeclaredState.OPEN_CLAUSE,
        DeclaredState.CATEGORY,
        DeclaredState.ITEM,
    )
    return tuple(
        DeclaredGroup(state=state.value, title=DECLARED[state], rows=tuple(groups[state]))
        for state in order
        if groups[state]
    )
