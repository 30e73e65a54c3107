"""A changed report shows as a golden diff. Written anew with UPDATE_GOLDEN=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reports import REPORTERS
from reports.base import Reporter
from reports.baseline import Baseline, baseline_text, update_baseline
from reports.to_json import schema
from reports.waivers import schema as waivers_schema
from tests import audits

GOLDEN = Path(__file__).parent.parent / "fixtures" / "golden"


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="")
    golden = path.read_bytes().decode()
    assert text == golden, f"{name} differs; look at the difference, then UPDATE_GOLDEN=1 pytest {Path(__file__).name}"


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: str(reporter.format))
def test_report_is_as_it_was(reporter: type[Reporter]) -> None:
    audit = audits.audit()
    compare(reporter.filename, reporter(audits.context(audit)).render(audit))


def test_the_published_schema_is_as_it_was() -> None:
    compare("audit.schema.json", schema())


def test_the_baseline_file_is_as_it_was() -> None:
    compare("baseline.json", baseline_text(update_baseline(Baseline(), audits.audit()).baseline))


def test_the_schema_of_waiver_files_is_as_it_was() -> None:
    compare("waivers.schema.json", waivers_schema())


def test_no_golden_is_left_over() -> None:
    known = {reporter.filename for reporter in REPORTERS} | {
        *("audit.schema.json", "baseline.json", "waivers.schema.json"),
    }
    assert {path.name for path in GOLDEN.iterdir()} == known
