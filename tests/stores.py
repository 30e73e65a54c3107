"""Scan files made from visits, for tests that need one without a browser."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crawler.store import Store
from crawler.visits import Scan, Visit


def scan_file(folder: Path, *, scan: Scan, visits: Iterable[Visit]) -> Path:
    path = folder / "scan.sqlite"
    with Store.open(path, create=True) as store:
        store.begin(scan)
        for visit in visits:
            store.save(scan.id, visit)
        store.finish(scan)
    return path
