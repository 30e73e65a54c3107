"""What became of scheduled scans: an SQLite file beside the scans' folders, written in one piece per run."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlite_utils import Database, Migrations

from consentinel.watch.changes import Known, Result
from consentinel.watch.messages import Message
from crawler.observations import Record
from crawler.store import StoreError

FILE_NAME = "history.sqlite"
APPLICATION_ID = 0x434E5748
"""`CNWH` in the SQLite header."""
MIGRATIONS = Migrations("consentinel-watch")


class HistoryError(StoreError):
    """The history cannot be used; the message is a sentence with place and fix."""


class RunState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    """The watching process ended before the scan did."""


class Run(Record):
    id: str
    scan: str
    started: datetime
    finished: datetime | None
    state: RunState
    result: Result | None
    sentence: str


class Delivery(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    UNKNOWN = "unknown"
    """The process ended while sending, over a channel whose receiver could not tell a second copy."""


class Parcel(Record):
    """One message for one target. The key is the same at every try, so that a receiver can drop a second copy."""

    key: str
    target: str
    message: Message
    attempts: int
    due: datetime
    state: Delivery
    error: str = ""


class History:
    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Makes it where there is none. Raises HistoryError."""
        path = folder / FILE_NAME
        connection: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=30)
            connection.execute("PRAGMA foreign_keys = ON")
            _prepare(Database(connection), path)
        except (sqlite3.Error, OSError) as error:
            if connection is not None:
                connection.close()
            raise HistoryError(f"{path}: cannot be used as the history of scheduled scans ({error})") from error
        except HistoryError:
            if connection is not None:
                connection.close()
            raise
        return cls(Database(connection), folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def folder_of(self, run: str, *, scan: str) -> Path:
        return self.folder / scan / run

    def begin(self, scan: str, *, at: datetime) -> str:
        """The id of a new run. Sorts by time within a scan."""
        run = f"{at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
        with self._db.atomic():
            self._db.execute(
                "INSERT INTO runs (id, scan, started, state, sentence) VALUES (?, ?, ?, ?, '')",
                (run, scan, at.isoformat(), RunState.RUNNING),
            )
        return run

    def settle(
        self,
        run: str,
        *,
        scan: str,
        at: datetime,
        result: Result,
        sentence: str,
        known: Known,
        parcels: Iterable[Parcel],
    ) -> None:
        """The run, what is known from now on, and who is to be told: all or nothing, so that no restart tells twice."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE runs SET finished = ?, state = ?, result = ?, sentence = ? WHERE id = ?",
                (at.isoformat(), RunState.FINISHED, result, sentence, run),
            )
            self._db.execute(
                "INSERT INTO known (scan, run, what) VALUES (?, ?, ?) "
                "ON CONFLICT (scan) DO UPDATE SET run = excluded.run, what = excluded.what",
                (scan, run, known.model_dump_json()),
            )
            for parcel in parcels:
                self._db.execute(
                    "INSERT OR IGNORE INTO outbox (key, target, message, attempts, due, state, error) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        parcel.key,
                        parcel.target,
                        parcel.message.model_dump_json(),
                        parcel.attempts,
                        parcel.due.isoformat(),
                        parcel.state,
                        parcel.error,
                    ),
                )

    def interrupted(self) -> tuple[Run, ...]:
        """Runs that another process began and never ended; from now on they count as interrupted."""
        left = self._runs("state = ?", RunState.RUNNING)
        with self._db.atomic():
            self._db.execute("UPDATE runs SET state = ? WHERE state = ?", (RunState.INTERRUPTED, RunState.RUNNING))
        return left

    def known(self, scan: str) -> Known:
        row = self._db.execute("SELECT what FROM known WHERE scan = ?", (scan,)).fetchone()
        return Known.model_validate_json(row[0]) if row else Known()

    def runs(self, scan: str) -> tuple[Run, ...]:
        """Newest first."""
        return self._runs("scan = ?", scan)

    def undelivered(self) -> tuple[Parcel, ...]:
        """Earliest due first."""
        return self._parcels("state IN (?, ?) ORDER BY due, key", Delivery.WAITING, Delivery.SENDING)

    def parcels(self) -> tuple[Parcel, ...]:
        return self._parcels("1 ORDER BY due, key")

    def mark(
        self, parcel: Parcel, *, state: Delivery, attempts: int, due: datetime | None = None, error: str = ""
    ) -> None:
        with self._db.atomic():
            self._db.execute(
                "UPDATE outbox SET state = ?, attempts = ?, due = ?, error = ? WHERE key = ?",
                (state, attempts, (due or parcel.due).isoformat(), error, parcel.key),
            )

    def forget(self, scan: str, *, now: datetime, keep_scans: int, keep_days: int) -> tuple[str, ...]:
        """Removes old runs with their folders, never the newest that finished; their ids."""
        rows = [run for run in self.runs(scan) if run.state is not RunState.RUNNING]
        newest = next((run.id for run in rows if run.state is RunState.FINISHED), None)
        oldest = now - timedelta(days=keep_days)
        old = [
            run.id
            for place, run in enumerate(rows)
            if run.id != newest and (place >= keep_scans or run.started < oldest)
        ]
        for run in old:  # the folder first: a row without a folder is found again, a folder without a row is not
            folder = self.folder_of(run, scan=scan)
            if folder.exists():
                shutil.rmtree(folder)
            with self._db.atomic():
                self._db.execute("DELETE FROM runs WHERE id = ?", (run,))
        done = (Delivery.WAITING, Delivery.SENDING, oldest.isoformat())
        with self._db.atomic():
            self._db.execute("DELETE FROM outbox WHERE state NOT IN (?, ?) AND due < ?", done)
        return tuple(old)

    def _runs(self, where: str, *of: str) -> tuple[Run, ...]:
        query = (
            "SELECT id, scan, started, finished, state, result, sentence FROM runs "
            f"WHERE {where} ORDER BY started DESC, rowid DESC"
        )
        names = ("id", "scan", "started", "finished", "state", "result", "sentence")
        return tuple(Run.model_validate(dict(zip(names, row, strict=True))) for row in self._db.execute(query, of))

    def _parcels(self, where: str, *of: str) -> tuple[Parcel, ...]:
        query = f"SELECT key, target, message, attempts, due, state, error FROM outbox WHERE {where}"
        return tuple(
            Parcel(
                key=key,
                target=target,
                message=Message.model_validate_json(message),
                attempts=attempts,
                due=datetime.fromisoformat(due),
                state=Delivery(state),
                error=error,
            )
            for key, target, message, attempts, due, state, error in self._db.execute(query, of)
        )


def _prepare(db: Database, path: Path) -> None:
    if _mark(db) == APPLICATION_ID and not MIGRATIONS.pending(db):
        _check_age(db, path)
        return
    db.execute("BEGIN IMMEDIATE")  # several processes may open a new history at the same moment: one makes it
    with db.conn:
        if _mark(db) == 0 and not db.table_names():
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        elif _mark(db) != APPLICATION_ID:
            raise HistoryError(
                f"{path}: is not a history of scheduled scans; set schedule.history to a folder of its own"
            )
        _check_age(db, path)
        MIGRATIONS.apply(db)


def _mark(db: Database) -> int:
    return int(db.execute("PRAGMA application_id").fetchone()[0])


def _check_age(db: Database, path: Path) -> None:
    known = {item.name for item in MIGRATIONS.pending(Database(memory=True))}
    if {item.name for item in MIGRATIONS.applied(db)} - known:
        raise HistoryError(f"{path}: was written by a newer Consentinel; update with `pip install -U consentinel`")


@MIGRATIONS()
def runs_known_and_outbox(db: Database) -> None:
    db.execute(
        "CREATE TABLE runs (id TEXT PRIMARY KEY, scan TEXT NOT NULL, started TEXT NOT NULL, finished TEXT, "
        "state TEXT NOT NULL, result TEXT, sentence TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX runs_by_scan ON runs (scan, started)")
    db.execute("CREATE TABLE known (scan TEXT PRIMARY KEY, run TEXT NOT NULL, what TEXT NOT NULL)")
    db.execute(
        "CREATE TABLE outbox (key TEXT PRIMARY KEY, target TEXT NOT NULL, message TEXT NOT NULL, "
        "attempts INTEGER NOT NULL, due TEXT NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL)"
    )
