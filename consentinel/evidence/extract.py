"""A scan file that holds one scan: from a store that may hold many."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crawler.store import Store
from crawler.visits import Scan, Visit


def store_extract(scan: Scan, visits: Sequence[Visit]) -> bytes:
    """Equal scans give equal bytes (with the same SQLite): no journal beside it, no date of today in it."""
    with tempfile.TemporaryDirectory(prefix="consentinel-") as folder:
        path = Path(folder) / "scan.sqlite"
        with Store.open(path, create=True) as store:
            store.begin(scan)
            for visit in visits:
                store.save(scan.id, visit)
        connection = sqlite3.connect(path)
        try:
            connection.execute("UPDATE _sqlite_migrations SET applied_at = ?", (scan.started.isoformat(),))
            connection.commit()
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        finally:
            connection.close()
        return path.read_bytes()
