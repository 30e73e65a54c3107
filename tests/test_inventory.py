"""Inventories as tables: typed, complete, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from consentinel.config import ConfigurationError
from consentinel.verbs.inventory import inventory
from reports.inventories import inventories, to_csv, to_parquet
from tests import audits
from tests.recording import CATALOGUE, DECLARATION, RECORDINGS, recorded_audit, stored

app = typer.Typer()
app.command()(inventory)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_item_is_in_exactly_one_table() -> None:
    audit = recorded_audit()
    tables = {table.name: table for table in inventories(audit)}
    listed = [row["kind"] + row["name"] + row["domain"] for name in tables if name != "third_parties"
              for row in rows(to_csv(tables[name]))]  # fmt: skip
    assert sorted(listed) == sorted(item.kind + item.name + item.domain for item in audit.items)


def test_third_parties_are_counted() -> None:
    table = next(table for table in inventories(recorded_audit()) if table.name == "third_parties")
    told = {row["entity"]: row for row in rows(to_csv(table))}
    pulse = next(row for row in told.values() if "PulseMetrics" in row["vendors"])
    assert int(pulse["cookies"]) + int(pulse["beacons"]) + int(pulse["requests"]) > 0
    assert pulse["scenarios"].split() == sorted(pulse["scenarios"].split(), key=["silent", "accept", "reject"].index)


def test_no_cell_is_a_formula() -> None:
    for table in inventories(audits.hostile_audit()):
        for row in rows(to_csv(table)):
            assert not [value for value in row.values() if re.match(r"\s*[=+\-@|%]", value)]


def test_parquet_holds_what_csv_holds_with_types() -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet

    for table in inventories(recorded_audit()):
        read = pyarrow.parquet.read_table(io.BytesIO(to_parquet(table)))
        assert read.column_names == list(table.model.model_fields)
        assert read.num_rows == len(table.rows)
        same = rows(to_csv(table))
        for number, row in enumerate(read.to_pylist()):
            name = "entity" if table.name == "third_parties" else "name"
            assert row[name] == same[number][name].removeprefix("'")
    cookies = pyarrow.parquet.read_table(io.BytesIO(to_parquet(inventories(recorded_audit())[0])))
    assert str(cookies.schema.field("lifetime_asked_days").type) == "double"
    assert str(cookies.schema.field("before_choice").type) == "bool"
    assert str(cookies.schema.field("scenarios").type).startswith("list<")


def test_the_verb_writes_every_table(tmp_path: Path) -> None:
    store = stored(tmp_path)
    flags = ["--declaration", str(DECLARATION), "--catalogue", str(CATALOGUE)]
    done = CliRunner().invoke(app, [str(store), *flags])
    assert done.exit_code == 0, done.output
    golden = RECORDINGS / "golden" / "inventory"
    assert {path.name for path in (tmp_path / "inventory").iterdir()} == {path.name for path in golden.glob("*.csv")}
    assert (tmp_path / "inventory" / "cookies.csv").read_bytes() == (golden / "cookies.csv").read_bytes()


def test_without_pyarrow_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as Python itself marks a module that cannot be had
    done = CliRunner().invoke(app, [str(stored(tmp_path)), "--format", "parquet"])
    assert isinstance(done.exception, ConfigurationError)
    assert "consentinel[parquet]" in str(done.exception)
