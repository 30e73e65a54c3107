"""Records as table rows and back: scalars become columns, a nested record prefixed columns, anything deeper JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import TypeAdapter

from crawler.observations import Record

Cell = str | int | float | None
R = TypeVar("R", bound=Record)

RENAMED = {"order": "arrival"}
"""Columns whose field name is an SQL keyword, which people would have to quote."""


@dataclass(frozen=True)
class Column:
    name: str
    field: str
    within: str | None
    """The nested record the field belongs to; None: the record itself."""
    json: TypeAdapter[Any] | None
    """Reads and writes the cell's JSON; None: the cell is the value."""


@dataclass(frozen=True)
class Plan:
    columns: tuple[Column, ...]
    nested: Mapping[str, str]
    """Nested record → its first required column: NULL there means that the whole record is None."""


def _bare(annotation: Any) -> Any:
    """The annotation without `| None`."""
    if get_origin(annotation) in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return members[0] if len(members) == 1 else annotation
    return annotation


def _is_scalar(annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        return True
    return isinstance(annotation, type) and issubclass(annotation, str | int | float | datetime)


@cache
def plan(model: type[Record], *, without: frozenset[str] = frozenset()) -> Plan:
    columns: list[Column] = []
    nested: dict[str, str] = {}

    def add(name: str, field: str, annotation: Any, within: str | None) -> None:
        json = None if _is_scalar(_bare(annotation)) else TypeAdapter(annotation)
        columns.append(Column(RENAMED.get(name, name), field, within, json))

    for field, info in model.model_fields.items():
        inner = _bare(info.annotation)
        if field in without:
            continue
        if isinstance(inner, type) and issubclass(inner, Record):
            nested[field] = next(f"{field}_{part}" for part, of in inner.model_fields.items() if of.is_required())
            for part, of in inner.model_fields.items():
                add(f"{field}_{part}", part, of.annotation, field)
        else:
            add(field, field, info.annotation, None)
    return Plan(tuple(columns), nested)


def to_row(record: Record, *, without: frozenset[str] = frozenset()) -> dict[str, Cell]:
    row: dict[str, Cell] = {}
    for column in plan(type(record), without=without).columns:
        holder = record if column.within is None else getattr(record, column.within)
        row[column.name] = None if holder is None else _cell(getattr(holder, column.field), column.json)
    return row


def _cell(value: Any, json: TypeAdapter[Any] | None) -> Cell:
    if value is None:
        return None
    if json is not None:
        return json.dump_json(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value  # type: ignore[no-any-return]  # scalars only, by the plan


def from_row(
    model: type[R], row: Mapping[str, Cell], *, without: frozenset[str] = frozenset(), **parts: tuple[Record, ...]
) -> R:
    """`parts` are fields kept in tables of their own."""
    sketch = plan(model, without=without)
    fields: dict[str, Any] = dict(parts)
    for name, witness in sketch.nested.items():
        fields[name] = None if row[witness] is None else {}
    for column in sketch.columns:
        holder = fields if column.within is None else fields[column.within]
        if holder is not None:
            cell = row[column.name]
            holder[column.field] = cell if column.json is None or cell is None else column.json.validate_json(str(cell))
    return model.model_validate(fields)
