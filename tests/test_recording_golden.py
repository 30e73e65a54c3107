"""Every format from the stored recording is as it was. Written anew with UPDATE_GOLDEN=1."""

from __future__ import annotations

import pytest

from reports import REPORTERS
from reports.base import Reporter
from reports.inventories import inventories, to_csv
from tests.recording import RECORDINGS, recorded_audit, recorded_context, same_as_golden


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: str(reporter.format))
def test_report_of_the_recording_is_as_it_was(reporter: type[Reporter]) -> None:
    for name, text in reporter(recorded_context()).files(recorded_audit()).items():
        same_as_golden(name, text.encode())


def test_inventories_of_the_recording_are_as_they_were() -> None:
    for table in inventories(recorded_audit()):
        same_as_golden(f"inventory/{table.name}.csv", to_csv(table).encode())


def test_no_golden_of_the_recording_is_left_over() -> None:
    golden = RECORDINGS / "golden"
    names = {name for reporter in REPORTERS for name in reporter(recorded_context()).files(recorded_audit())}
    names |= {f"inventory/{table.name}.csv" for table in inventories(recorded_audit())}
    assert {path.relative_to(golden).as_posix() for path in golden.rglob("*") if path.is_file()} == names
