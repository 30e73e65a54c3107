"""The scan file: one SQLite database, one table per kind of sighting; a visit is written whole or not at all.

The key of the value digests is not kept here. It lives in memory for the length of one scan, so that nobody who
holds only the file can test a guessed value (an e-mail address, a known id) against a digest.
"""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlite_utils import Database

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
from crawler.rows import Cell, from_row, to_row
from crawler.schema import APPLICATION_ID, MIGRATIONS
from crawler.visits import Channel, Choice, Interface, PhaseSpan, Problem, Scan, Visit


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
    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self.path = path

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
            db = Database(connection)
            _prepare(db, path, create=create)
        except (sqlite3.Error, OSError) as error:
            if connection is not None:
                connection.close()
            raise StoreError(f"{path}: cannot be read as a scan ({error}).") from error
        except StoreError:
            if connection is not None:
                connection.close()
            raise
        return cls(db, path)

    def close(self) -> None:
        self._db.close()

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
        found = self._db.execute("SELECT 1 FROM visits WHERE scan = ? AND id = ?", (scan_id, visit_id))
        return found.fetchone() is not None

    def scans(self) -> tuple[Scan, ...]:
        """Oldest first."""
        return tuple(self._scan(row) for row in self._rows("SELECT * FROM scans ORDER BY started, rowid"))

    def scan(self, scan_id: str | None = None) -> Scan:
        """None: the newest."""
        if scan_id is None:
            rows = self._rows("SELECT * FROM scans ORDER BY started DESC, rowid DESC LIMIT 1")
        else:
            rows = self._rows("SELECT * FROM scans WHERE id = ?", scan_id)
        row = next(rows, None)
        if row is None:
            what = "no scan" if scan_id is None else f"no scan {scan_id}"
            raise StoreError(f"{self.path}: holds {what}; make one with `consentinel crawl`.")
        return self._scan(row)

    def visits(self, scan_id: str) -> Iterator[Visit]:
        """Start pages first, then by address, scenario and run: the same order whatever finished first."""
        order = "SELECT * FROM visits WHERE scan = ? ORDER BY entry DESC, url, scenario, run, id"
        for row in self._rows(order, scan_id):
            yield from_row(Visit, row, without=_VISIT_LISTS, **self._parts(VISIT_PARTS, "visit", row["seq"]))

    def _scan(self, row: Mapping[str, Cell]) -> Scan:
        return from_row(Scan, row, without=_SCAN_LISTS, **self._parts(SCAN_PARTS, "scan", row["id"]))

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
        return {
            part.field: tuple(
                from_row(part.model, {**row, **{name: row[column] for name, column in part.columns.items()}})
                for row in self._rows(f"SELECT * FROM {part.table} WHERE {owner} = ? ORDER BY seq", of)
            )
            for part in parts
        }

    def _rows(self, query: str, *of: Cell) -> Iterator[dict[str, Cell]]:
        try:
            cursor = self._db.execute(query, of)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be read as a scan ({error}).") from error


def _connect(path: Path) -> sqlite3.Connection:
    writable = os.access(path if path.exists() else path.parent, os.W_OK) and os.access(path.parent, os.W_OK)
    # A WAL database in a place where nothing can be written opens only as immutable.
    address = f"{path.absolute().as_uri()}{'' if writable else '?immutable=1'}"
    connection = sqlite3.connect(address, uri=True, timeout=30)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _prepare(db: Database, path: Path, *, create: bool) -> None:
    mark = db.execute("PRAGMA application_id").fetchone()[0]
    is_empty = mark == 0 and not db.table_names()
    if is_empty and create:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.enable_wal()
    elif mark != APPLICATION_ID:
        raise StoreError(f"{path}: is not a Consentinel scan; name the scan.sqlite of a scan's output folder.")
    ours = {migration.name for migration in MIGRATIONS.applied(db)} | {item.name for item in MIGRATIONS.pending(db)}
    known = {item.name for item in MIGRATIONS.pending(Database(memory=True))}
    if ours - known:
        raise StoreError(f"{path}: was written by a newer Consentinel; update with `pip install -U consentinel`.")
    if MIGRATIONS.pending(db):
        MIGRATIONS.apply(db)
