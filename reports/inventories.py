"""Inventories with typed columns, one table per kind of technology and one of third parties, as CSV and Parquet."""

from __future__ import annotations

import csv
import io
import types
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union, get_args, get_origin

from classifiers.base import Party
from classifiers.findings import Audit, Item
from classifiers.traces import TECHNOLOGY_OF_AREA, kind_of
from crawler.observations import Record
from reports.neutral import cell, visible

if TYPE_CHECKING:
    import pyarrow

_STORAGE = frozenset(kind_of(technology) for technology in TECHNOLOGY_OF_AREA.values())
Value = str | int | float | bool | None | tuple[str, ...]


class InventoryRow(Record):
    """One technology over the whole scan."""

    kind: str
    name: str
    domain: str
    purpose: str
    party: str
    vendor: str | None
    entity: str | None
    country: str | None
    declared: str
    declared_as: str | None
    scenarios: tuple[str, ...]
    first_scenario: str
    consents: tuple[str, ...]
    before_choice: bool
    """Seen while no choice had been made."""
    pages: tuple[str, ...]
    count: int
    lifetime_asked_days: float | None
    lifetime_kept_days: float | None
    refused_because: tuple[str, ...]
    initiators: tuple[str, ...]
    label_source: str
    evidence: tuple[str, ...]


class ThirdPartyRow(Record):
    """One company (or, where it is not known, one domain) that was contacted or whose technology was met."""

    entity: str
    known_entity: bool
    country: str | None
    vendors: tuple[str, ...]
    domains: tuple[str, ...]
    purposes: tuple[str, ...]
    scenarios: tuple[str, ...]
    before_choice: bool
    cookies: int
    storage: int
    beacons: int
    requests: int


@dataclass(frozen=True)
class Inventory:
    name: str
    """File name without its ending."""
    model: type[Record]
    rows: Sequence[Record]


def inventories(audit: Audit) -> tuple[Inventory, ...]:
    """Always the same tables: an empty one says that nothing of its kind was seen."""
    return (
        _of_kind(audit, "cookies", frozenset({"cookie"})),
        _of_kind(audit, "storage", _STORAGE),
        _of_kind(audit, "beacons", frozenset({"beacon"})),
        _of_kind(audit, "requests", frozenset({"request"})),
        _of_kind(audit, "behaviours", frozenset({"behaviour"})),
        Inventory("third_parties", ThirdPartyRow, _third_parties(audit)),
    )


def to_csv(inventory: Inventory) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(inventory.model.model_fields)
    for row in inventory.rows:
        writer.writerow(cell(_text(getattr(row, name))) for name in inventory.model.model_fields)
    return out.getvalue()


def to_parquet(inventory: Inventory) -> bytes:
    """Raises ImportError where pyarrow is not installed (`consentinel[parquet]`)."""
    import pyarrow
    import pyarrow.parquet

    fields = inventory.model.model_fields
    schema = pyarrow.schema([(name, _arrow(info.annotation)) for name, info in fields.items()])
    columns = {name: [_plain(getattr(row, name)) for row in inventory.rows] for name in fields}
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pydict(columns, schema=schema), sink)
    return bytes(sink.getvalue())


def _of_kind(audit: Audit, name: str, kinds: frozenset[str]) -> Inventory:
    return Inventory(name, InventoryRow, tuple(_row(item) for item in audit.items if item.kind in kinds))


def _row(item: Item) -> InventoryRow:
    return InventoryRow(
        kind=item.kind,
        name=item.name,
        domain=item.domain,
        purpose=item.purpose,
        party=item.party,
        vendor=item.label.vendor,
        entity=item.label.entity,
        country=item.label.country,
        declared=item.declared,
        declared_as=item.declared_as,
        scenarios=item.scenarios,
        first_scenario=item.first_scenario,
        consents=item.consents,
        before_choice="undecided" in item.consents,
        pages=item.pages,
        count=item.count,
        lifetime_asked_days=_days(item.lifetime_asked),
        lifetime_kept_days=_days(item.lifetime_kept),
        refused_because=item.refused_because,
        initiators=item.initiators,
        label_source=item.label.source,
        evidence=item.evidence,
    )


def _third_parties(audit: Audit) -> tuple[ThirdPartyRow, ...]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in audit.items:
        if item.party is Party.THIRD or item.label.vendor:
            groups[item.label.entity or item.domain].append(item)
    return tuple(_third_party(entity, groups[entity], audit) for entity in sorted(groups))


def _third_party(entity: str, items: Sequence[Item], audit: Audit) -> ThirdPartyRow:
    order = {name: place for place, name in enumerate(audit.scan.scenarios)}
    scenarios = {name for item in items for name in item.scenarios}
    kinds = [item.kind for item in items]
    return ThirdPartyRow(
        entity=entity,
        known_entity=any(item.label.entity for item in items),
        country=next((item.label.country for item in items if item.label.country), None),
        vendors=tuple(sorted({item.label.vendor for item in items if item.label.vendor})),
        domains=tuple(sorted({item.domain for item in items})),
        purposes=tuple(sorted({item.purpose for item in items})),
        scenarios=tuple(sorted(scenarios, key=lambda name: (order.get(name, len(order)), name))),
        before_choice=any("undecided" in item.consents for item in items),
        cookies=kinds.count("cookie"),
        storage=sum(kind in _STORAGE for kind in kinds),
        beacons=kinds.count("beacon"),
        requests=kinds.count("request"),
    )


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 86400, 4)


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _plain(value: Value) -> str | int | float | bool | list[str] | None:
    """Parquet files are printed by people too, so what is unseen is written out."""
    if isinstance(value, tuple):
        return [visible(part) for part in value]
    return visible(str(value)) if isinstance(value, str) else value


def _arrow(annotation: object) -> pyarrow.DataType:
    import pyarrow

    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not types.NoneType)
    if get_origin(annotation) is tuple:
        return pyarrow.list_(pyarrow.string())
    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    return next(kind for python, kind in kinds.items() if python is annotation)
