"""The scan file: one SQLite database, one table per kind of sighting; a visit is written whole or not at all.

The key of the value digests is not kept here. It lives in memory for the length of one scan, so that nobody who
holds only the file can test a guessed value (an e-mail address, a known id) against a digest.
"""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import ValidationError

from crawler.observations import (
    BehaviourSighting,
    CnameChain,
    CookieSighting,
    MarkupSighting,
    NameValue,
    Record,
    RequestSighting,
    StorageSighting,
)
from crawler.rows import Cell, Reader, to_row
from crawler.schema import APPLICATION_ID, KNOWN, MIGRATION_SET, migrations
from crawler.visits import Channel, Choice, Interface, PhaseSpan, Problem, Scan, Visit

if TYPE_CHECKING:
    from sqlite_utils import Database

R = TypeVar("R", bound=Record)


class StoreError(Exception):
    """The scan file cannot be used; the message is a sentence with place and fix."""


@dataclass(frozen=True)
class Part:
    """A tuple of records that has a table of its own."""

    field: str
    table: str
    model: type[Record]
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Field → column, where the column has a better name."""


VISIT_PARTS = (
    Part("problems", "problems", Problem),
    Part("phases", "phases", PhaseSpan),
    Part("choices", "choices", Choice),
    Part("interfaces", "interfaces", Interface),
    Part("channels", "channels", Channel),
    Part("facts", "facts", NameValue),
    Part("cookies", "cookies", CookieSighting),
    Part("storage", "storage", StorageSighting),
    Part("requests", "requests", RequestSighting),
    Part("behaviours", "behaviours", BehaviourSighting),
    Part("markup", "markup", MarkupSighting),
)
SCAN_PARTS = (
    Part("settings", "settings", NameValue),
    Part("channels", "start_channels", Channel),
    Part("skipped", "skipped", NameValue, {"name": "url", "value": "reason"}),
    Part("cnames", "cnames", CnameChain),
)
_VISIT_LISTS = frozenset(part.field for part in VISIT_PARTS)
_SCAN_LISTS = frozenset(part.field for part in SCAN_PARTS)


class Store:
    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path
        self._readers: dict[str, Reader[Any]] = {}
        """By table."""

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Raises StoreError when the file is missing (unless `create`), unreadable, not ours or of a newer version."""
        if not path.exists() and not create:
            raise StoreError(f"{path}: there is no scan here; make one with `consentinel crawl`.")
        connection: sqlite3.Connection | None = None
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(path)
            _prepare(connection, path, create=create)
        except (sqlite3.Error, OSError) as error:
            if connection is not None:
                connection.close()
            raise StoreError(f"{path}: cannot be read as a scan ({error}).") from error
        except StoreError:
            if connection is not None:
                connection.close()
            raise
        return cls(connection, path)

    @cached_property
    def _db(self) -> Database:
        """What writes."""
        return _database(self._connection)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def begin(self, scan: Scan) -> None:
        """Writes the scan's record; a scan that goes on (after a stop) keeps its visits."""
        self._write_scan(scan)

    def finish(self, scan: Scan) -> None:
        self._write_scan(scan)

    def save(self, scan_id: str, visit: Visit) -> None:
        """Whole or not at all; saving the same visit again replaces it. Raises StoreError when it cannot be written."""
        row = {"scan": scan_id, **to_row(visit, without=_VISIT_LISTS)}
        try:
            with self._db.atomic():
                self._db.execute("DELETE FROM visits WHERE scan = ? AND id = ?", (scan_id, visit.id))
                seq = self._insert("visits", [row])
                for part in VISIT_PARTS:
                    self._insert_part(part, getattr(visit, part.field), visit=seq)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: the visit of {visit.url} could not be written ({error}).") from error

    def has(self, scan_id: str, visit_id: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM visits WHERE scan = ? AND id = ?", (scan_id, visit_id))
        return found.fetchone() is not None

    def scans(self) -> tuple[Scan, ...]:
        """Oldest first."""
        return tuple(self._scans("ORDER BY started, rowid"))

    def scan(self, scan_id: str | None = None) -> Scan:
        """None: the newest."""
        if scan_id is None:
            found = next(self._scans("ORDER BY started DESC, rowid DESC LIMIT 1"), None)
        else:
            found = next(self._scans("WHERE id = ?", scan_id), None)
        if found is None:
            what = "no scan" if scan_id is None else f"no scan {scan_id}"
            raise StoreError(f"{self.path}: holds {what}; make one with `consentinel crawl`.")
        return found

    def visits(self, scan_id: str) -> Iterator[Visit]:
        """Start pages first, then by address, scenario and run: the same order whatever finished first."""
        reader = self._reader("visits", Visit, without=_VISIT_LISTS)
        which = "WHERE scan = ? ORDER BY entry DESC, url, scenario, run, id"
        for seq, row in self._rows("visits", "seq", reader, which, scan_id):
            yield self._record("visits", seq, reader, row, **self._parts(VISIT_PARTS, "visit", seq))

    def _scans(self, which: str, *of: Cell) -> Iterator[Scan]:
        reader = self._reader("scans", Scan, without=_SCAN_LISTS)
        for scan_id, row in self._rows("scans", "id", reader, which, *of):
            yield self._record("scans", scan_id, reader, row, **self._parts(SCAN_PARTS, "scan", scan_id))

    def _write_scan(self, scan: Scan) -> None:
        row = to_row(scan, without=_SCAN_LISTS)
        changes = ", ".join(f"{column} = excluded.{column}" for column in row if column != "id")
        try:
            with self._db.atomic():
                # An upsert, because REPLACE would delete the row and with it, by cascade, the visits.
                self._insert("scans", [row], f" ON CONFLICT (id) DO UPDATE SET {changes}")
                for part in SCAN_PARTS:
                    self._db.execute(f"DELETE FROM {part.table} WHERE scan = ?", (scan.id,))
                    self._insert_part(part, getattr(scan, part.field), scan=scan.id)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: the scan could not be written ({error}).") from error

    def _insert_part(self, part: Part, records: tuple[Record, ...], **owner: Cell) -> None:
        rows = [
            {**owner, **{part.columns.get(name, name): cell for name, cell in to_row(record).items()}}
            for record in records
        ]
        if rows:
            self._insert(part.table, rows)

    def _insert(self, table: str, rows: list[dict[str, Cell]], conflict: str = "") -> int:
        names = ", ".join(rows[0])
        marks = ", ".join("?" * len(rows[0]))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks}){conflict}"
        if len(rows) == 1:
            return self._db.conn.execute(statement, tuple(rows[0].values())).lastrowid or 0
        self._db.conn.executemany(statement, [tuple(row.values()) for row in rows])
        return 0

    def _parts(self, parts: tuple[Part, ...], owner: str, of: Cell) -> dict[str, tuple[Record, ...]]:
        found: dict[str, tuple[Record, ...]] = {}
        for part in parts:
            reader = self._reader(part.table, part.model, renamed=part.columns)
            rows = self._rows(part.table, "seq", reader, f"WHERE {owner} = ? ORDER BY seq", of)
            found[part.field] = tuple([self._record(part.table, seq, reader, row) for seq, row in rows])
        return found

    def _reader(self, table: str, model: type[R], **how: Any) -> Reader[R]:
        if table not in self._readers:
            self._readers[table] = Reader(model, **how)
        return self._readers[table]

    def _record(self, table: str, key: Cell, reader: Reader[R], row: Sequence[Cell], **parts: tuple[Record, ...]) -> R:
        try:
            return reader.read(row, **parts)
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3])
            raise StoreError(f"{self.path}: row {key} of {table} holds what no scan writes ({what}).") from error

    def _rows(
        self, table: str, key: str, reader: Reader[R], which: str, *of: Cell
    ) -> Iterator[tuple[Cell, Sequence[Cell]]]:
        """Key and cells of each row."""
        try:
            for row in self._connection.execute(f"SELECT {', '.join((*reader.columns, key))} FROM {table} {which}", of):
                yield row[-1], row
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be read as a scan ({error}).") from error


def _connect(path: Path) -> sqlite3.Connection:
    writable = os.access(path if path.exists() else path.parent, os.W_OK) and os.access(path.parent, os.W_OK)
    # A WAL database in a place where nothing can be written opens only as immutable.
    address = f"{path.absolute().as_uri()}{'' if writable else '?immutable=1'}"
    connection = sqlite3.connect(address, uri=True, timeout=30)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _database(connection: sqlite3.Connection) -> Database:
    from sqlite_utils import Database  # slow to load, and a scan that is only read has no use for it

    return Database(connection)


def _prepare(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if mark == 0 and not tables and create:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _database(connection).enable_wal()
    elif mark != APPLICATION_ID:
        raise StoreError(f"{path}: is not a Consentinel scan; name the scan.sqlite of a scan's output folder.")
    applied: set[str] = set()
    if "_sqlite_migrations" in tables:
        names = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATION_SET,))
        applied = {name for (name,) in names}
    if applied - set(KNOWN):
        raise StoreError(f"{path}: was written by a newer Consentinel; update with `pip install -U consentinel`.")
    if set(KNOWN) - applied:
        migrations().apply(_database(connection))
