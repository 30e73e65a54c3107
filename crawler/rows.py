"""Records as table rows and back: scalars become columns, a nested record prefixed columns, anything deeper JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

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
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


@cache
def plan(model: type[Record], *, without: frozenset[str] = frozenset()) -> Plan:
    columns: list[Column] = []
    nested: dict[str, str] = {}

    def add(name: str, field: str, annotation: Any, within: str | None) -> None:
        json = None if _is_scalar(_bare(annotation)) else _adapter(annotation)
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


class Reader(Generic[R]):
    """Rows of one table as records, each validated whole. What a cell says is read once: most cells repeat."""

    def __init__(
        self, model: type[R], *, without: frozenset[str] = frozenset(), renamed: Mapping[str, str] | None = None
    ) -> None:
        """`renamed`: field → column, where the column has a better name."""
        sketch = plan(model, without=without)
        self._model = model
        own = [column for column in sketch.columns if column.within is None]
        plain = [column for column in own if column.json is None]
        deep = [column for column in own if column.json is not None]
        inner = [_Inner(model, name, witness, sketch.columns) for name, witness in sketch.nested.items()]
        ordered = [*plain, *deep, *(column for nested in inner for column in nested.columns)]
        self.columns = tuple((renamed or {}).get(column.name, column.name) for column in ordered)
        """To be selected, in this order."""
        self._names = [column.field for column in plain]
        self._deep = [(at, column.field, _Known(column.json)) for at, column in enumerate(deep, len(plain))]
        self._inner: list[tuple[slice, _Inner]] = []
        begin = len(own)
        for nested in inner:
            self._inner.append((slice(begin, begin + len(nested.columns)), nested))
            begin += len(nested.columns)

    def read(self, row: Sequence[Cell], **parts: tuple[Record, ...]) -> R:
        """`parts` are fields kept in tables of their own. Raises ValidationError for what no record holds."""
        fields: dict[str, Any] = dict(zip(self._names, row, strict=False))  # the others come behind them
        for at, name, known in self._deep:
            fields[name] = known.value(row[at])
        for place, nested in self._inner:
            fields[nested.field] = nested.record(tuple(row[place]))
        fields.update(parts)
        return self._model.model_validate(fields)


_MOST_KNOWN = 20_000
"""Cells that are remembered for each column: a scan of any size must fit into memory."""


class _Known:
    """The cells of a JSON column, each read once: records are immutable, so rows can share them."""

    def __init__(self, json: TypeAdapter[Any] | None) -> None:
        self._json = json
        self._values: dict[Cell, Any] = {}

    def value(self, cell: Cell) -> Any:
        if cell is None or self._json is None:
            return cell
        if cell not in self._values:
            if len(self._values) >= _MOST_KNOWN:
                self._values.clear()
            self._values[cell] = self._json.validate_json(str(cell))
        return self._values[cell]


class _Inner:
    """A nested record, spread over columns of its own."""

    def __init__(self, model: type[Record], field: str, witness: str, columns: Sequence[Column]) -> None:
        self.field = field
        self.columns = [column for column in columns if column.within == field]
        self._model: type[Record] = _bare(model.model_fields[field].annotation)
        self._witness = next(at for at, column in enumerate(self.columns) if column.name == witness)
        self._known = [(column.field, _Known(column.json)) for column in self.columns]
        self._records: dict[tuple[Cell, ...], Record] = {}

    def record(self, cells: tuple[Cell, ...]) -> Record | None:
        if cells[self._witness] is None:
            return None
        if cells not in self._records:
            if len(self._records) >= _MOST_KNOWN:
                self._records.clear()
            fields = {name: known.value(cell) for (name, known), cell in zip(self._known, cells, strict=True)}
            self._records[cells] = self._model.model_validate(fields)
        return self._records[cells]
