"""Every format from the stored recording is as it was. Written anew with UPDATE_GOLDEN=1."""

from __future__ import annotations

import io
import json

import pytest

from reports import REPORTERS
from reports.base import Reporter
from reports.inventories import Inventory, inventories, to_csv, to_parquet
from tests.recording import RECORDINGS, recorded_audit, recorded_context, recording, same_as_golden


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: str(reporter.format))
def test_report_of_the_recording_is_as_it_was(reporter: type[Reporter]) -> None:
    for name, text in reporter(recorded_context()).files(recorded_audit()).items():
        same_as_golden(name, text.encode())


def test_inventories_of_the_recording_are_as_they_were() -> None:
    for table in inventories(recorded_audit()):
        same_as_golden(f"inventory/{table.name}.csv", to_csv(table).encode())


def test_parquet_tables_of_the_recording_are_as_they_were() -> None:
    """Columns with their types and every row: the bytes themselves differ from one pyarrow to the next."""
    pytest.importorskip("pyarrow")
    for table in inventories(recorded_audit()):
        same_as_golden(f"inventory/{table.name}.parquet.json", parquet_content(table))


def test_web_archives_of_the_recording_are_as_they_were() -> None:
    pytest.importorskip("warcio")
    from reports.warc import warc

    for scenario in recording().scan.scenarios:
        content = warc(recorded_audit(), scenario=scenario, compressed=False)
        same_as_golden(f"warc/{scenario}.warc", content)


def parquet_content(table: Inventory) -> bytes:
    import pyarrow.parquet

    read = pyarrow.parquet.read_table(io.BytesIO(to_parquet(table)))
    columns = {field.name: str(field.type).replace("element", "item") for field in read.schema}
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in read.to_pylist())
    return f'{{"columns": {json.dumps(columns)},\n"rows": [\n{rows}\n]}}\n'.encode()


def test_no_golden_of_the_recording_is_left_over() -> None:
    golden = RECORDINGS / "golden"
    names = {name for reporter in REPORTERS for name in reporter(recorded_context()).files(recorded_audit())}
    for table in inventories(recorded_audit()):
        names |= {f"inventory/{table.name}.csv", f"inventory/{table.name}.parquet.json"}
    names |= {f"warc/{scenario}.warc" for scenario in recording().scan.scenarios}
    assert {path.relative_to(golden).as_posix() for path in golden.rglob("*") if path.is_file()} == names
