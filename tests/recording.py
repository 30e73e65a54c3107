"""The stored recording of three pages of the demo site, and the audit of it: the same facts on every machine."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from classifiers.audit import audit
from classifiers.declaration import read_declaration
from classifiers.findings import Audit
from classifiers.vendors import Catalogue
from consentinel.evidence.relocating import in_pack
from consentinel.manuals import rule_texts
from crawler.observations import Record
from crawler.visits import Scan, Visit
from reports.context import Context
from tests.stores import scan_file

FIXTURES = Path(__file__).parent.parent / "fixtures"
RECORDINGS = FIXTURES / "recordings"
DECLARATION = FIXTURES / "declarations" / "business-services.yaml"
LOCK = FIXTURES / "declarations" / "business-services.lock.yaml"
CATALOGUE = FIXTURES / "catalogue"
JUDGED_AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


class Recording(Record):
    scan: Scan
    visits: tuple[Visit, ...]


@cache
def recording() -> Recording:
    return Recording.model_validate_json((RECORDINGS / "business-services.json").read_bytes())


@cache
def recorded_audit() -> Audit:
    known = recording()
    declaration = in_pack(
        read_declaration(DECLARATION), {"declaration.yaml": DECLARATION.resolve(), "lock.yaml": LOCK.resolve()}
    )
    return audit(
        known.scan,
        known.visits,
        declaration=declaration,
        catalogue=Catalogue.load(CATALOGUE),
        judged_at=JUDGED_AT,
    )


def recorded_context() -> Context:
    return Context(rules=rule_texts())


def stored(folder: Path, *, scan: Scan | None = None, visits: tuple[Visit, ...] | None = None) -> Path:
    """The recording as a scan file."""
    known = recording()
    return scan_file(folder, scan=scan or known.scan, visits=known.visits if visits is None else visits)


def same_as_golden(name: str, content: bytes) -> None:
    """Beside the recording. Written anew with UPDATE_GOLDEN=1."""
    path = RECORDINGS / "golden" / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert path.is_file(), f"there is no golden {name}; make it with UPDATE_GOLDEN=1"
    assert content == path.read_bytes(), f"{name} differs; look at the difference, then UPDATE_GOLDEN=1"
