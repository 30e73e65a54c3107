"""`consentinel lso`: shared objects on disk, told to people and machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from consentinel.config import ConfigurationError
from consentinel.verbs.lso import lso
from tests.test_flash_files import entry0, sol

APP = typer.Typer()
APP.command()(lso)


def run(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "120", "TERM": "dumb"}).invoke(APP, [str(part) for part in arguments])


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    folder = tmp_path / "Flash Player" / "#SharedObjects" / "QX5ABCDE" / "cdn.example" / "film.swf"
    folder.mkdir(parents=True)
    (folder / "tracker_id.sol").write_bytes(sol(entry0("uid", b"\x02\0\x07abc-123")))
    (folder / "broken.sol").write_bytes(b"\0\xbf")
    (folder / "notes.txt").write_text("not one of them")
    return tmp_path


def test_a_profile_is_told_with_owners_and_digests_only(profile: Path) -> None:
    result = run(profile, "--json")
    assert result.exit_code == 0
    broken, tracker = json.loads(result.stdout)
    assert (tracker["host"], tracker["path"], tracker["name"]) == ("cdn.example", "/film.swf", "tracker_id")
    assert tracker["seen_by"] == "sol_file"
    assert tracker["entries"][0]["name"] == "uid"
    assert "abc-123" not in result.stdout
    assert "bytes are announced" in broken["problem"]
    assert "broken.sol: not read to its end" in result.stderr


def test_values_are_shown_when_asked_for(profile: Path) -> None:
    assert "abc-123" not in run(profile).output
    shown = run(profile, "--keep-values").output
    assert "uid" in shown
    assert "abc-123" in shown


def test_nothing_found_is_not_told_as_nothing_written(tmp_path: Path) -> None:
    assert "does not say that none was ever written" in " ".join(run(tmp_path).output.split())


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path / "nowhere").exception, ConfigurationError)
