"""`consentinel check`, and the pre-commit hook that runs it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from consentinel.cli import app
from consentinel.verbs.check import FileKind, kind_of
from reports.baseline import Baseline, baseline_text

ROOT = Path(__file__).parents[1]
DECLARATIONS = ROOT / "fixtures" / "declarations"
WAIVERS = """\
waivers:
  - rule: STO-001
    match: {subject: "nimbus.*"}
    reason: removed with release 12
    owner: web@shop.example
    ticket: SHOP-12
    created: 2026-01-15
    expires: 2026-06-15
"""


def check(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, ["check", *(str(part) for part in arguments)])


def told(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.yaml", WAIVERS, FileKind.WAIVERS),
        ("b.yaml", "crawl: {max_pages: 3}\n", FileKind.CONFIGURATION),
        ("c.yaml", "schema: tracker-declaration/1\nservice: Shop\n", FileKind.DECLARATION),
        ("d.json", baseline_text(Baseline()), FileKind.BASELINE),
        ("e.yaml", "id: a\ncategory: analytics\npurpose: analytics\n", FileKind.VENDOR),
    ],
)
def test_what_a_file_is_is_told_by_its_keys(tmp_path: Path, name: str, text: str, kind: FileKind) -> None:
    (tmp_path / name).write_text(text)
    assert kind_of(tmp_path / name) is kind


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("crawl:\n  max_page: 3\n", "file.yaml:2: crawl.max_page: unknown key"),
        ("crawl:\n  scenarios: [acept]\n", "no scenario is called 'acept'"),
        ("declaration: absent.yaml\n", "absent.yaml: no such file"),
        (WAIVERS.replace("STO-001", "STO-999"), "file.yaml:2: waivers[0].rule: is not a rule"),
        (WAIVERS.replace("    expires: 2026-06-15\n", ""), "waivers[0].expires: this key is required and missing"),
        ("schema: tracker-declaration/1\nservise: Shop\n", "file.yaml:2: servise: unknown key"),
        ("format: consentinel-baseline\nversion: 9\n", "file.yaml"),
        ("a: [1\n", "file.yaml:2: neither YAML nor JSON"),
        ("colour: oak\n", "file.yaml:1: its keys do not tell what it is"),
        ("", "its keys do not tell what it is"),
    ],
)
def test_a_fault_is_told_with_its_place_and_ends_with_2(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    result = check(file)
    assert fault in told(result)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_every_faulty_file_is_told_and_sound_ones_do_not_hide_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("crawl: {max_page: 3}\n")
    (tmp_path / "c.yaml").write_text("crawl: {max_pages: 3}\n")
    result = check(*sorted(tmp_path.iterdir()))
    assert "a.yaml:1" in told(result)
    assert "b.yaml:1" in told(result)
    assert result.exit_code == 2


def test_files_that_can_be_used_pass(tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(WAIVERS)
    (tmp_path / "baseline.json").write_text(baseline_text(Baseline()))
    result = check(*tmp_path.iterdir(), *DECLARATIONS.glob("*.yaml"))
    assert result.exit_code == 0, result.output
    assert "4 files can be used" in told(result)
    assert "expired on 2026-06-15" in told(result), "an expired waiver is told, and is no fault of the file"


def test_a_lock_file_is_read_through_its_declaration(tmp_path: Path) -> None:
    for path in DECLARATIONS.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    (lock,) = tmp_path.glob("*.lock.yaml")
    assert check(lock).exit_code == 0
    lock.write_text(lock.read_text() + "  - {name: late, technology: no_such_thing}\n")
    result = check(lock)
    assert lock.name in told(result)
    assert result.exit_code == 2


def test_the_hook_looks_at_the_files_that_people_edit() -> None:
    (hook,) = YAML(typ="safe", pure=True).load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].split() == ["consentinel", "check"]
    files, exclude = re.compile(hook["files"]), re.compile(hook["exclude"])
    wanted = [
        "consentinel.yaml",
        "privacy/declaration.yaml",
        "site.lock.yml",
        "waivers.yaml",
        "consentinel-baseline.json",
    ]
    assert [name for name in wanted if not files.search(name) or exclude.search(name)] == []
    unwanted = ["package.json", "pnpm-lock.yaml", "src/app.yaml", "consentinel-report/consentinel.json"]
    assert [name for name in unwanted if files.search(name) and not exclude.search(name)] == []
