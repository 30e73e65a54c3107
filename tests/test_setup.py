"""`make setup` runs on a bare Python: what it may import, and what it does about packages that lack a file."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from setup import npm, step
from setup.step import SetupError, answer, digest, is_done, mark_done

FOLDER = Path(step.__file__).parent
BUILD_HOOK = "build_hook.py"
"""Runs where hatchling is."""


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_only_the_standard_library_is_imported(file: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    allowed = sys.stdlib_module_names | {"setup"} | ({"hatchling"} if file.name == BUILD_HOOK else set())
    assert imported <= allowed


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one fetched package."""
    package = tmp_path / "node_modules" / "@maker" / "thing"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "1.0.0"}')
    (package / "LICENSE").write_text("do as you like")
    (package / "thing.js").write_text("1")
    monkeypatch.setattr(npm, "ROOT", tmp_path)
    return tmp_path


def test_a_package_is_copied_with_its_licence(project: Path) -> None:
    npm.copy_package("@maker/thing", ["*.js"], into=project / "assets")
    assert {file.name for file in (project / "assets" / "thing").iterdir()} == {"thing.js", "LICENSE", "package.json"}


def test_a_package_without_the_file_or_licence_we_need_stops_the_setup(project: Path) -> None:
    with pytest.raises(SetupError, match=r"'rules\.json' of @maker/thing"):
        npm.copy_package("@maker/thing", ["rules.json"], into=project / "assets")
    (project / "node_modules" / "@maker" / "thing" / "LICENSE").unlink()
    with pytest.raises(SetupError, match="LICENSE"):
        npm.copy_package("@maker/thing", ["*.js"], into=project / "assets")


def test_licences_of_bundled_packages_are_kept_beside(project: Path) -> None:
    inner = project / "node_modules" / "inner"
    inner.mkdir()
    (inner / "LICENSE").write_text("mine")
    tool = project / "node_modules" / "tool"
    tool.mkdir()
    (tool / "LICENSE").write_text("only used while working on it")
    (project / "package-lock.json").write_text(
        json.dumps(
            {
                "packages": {
                    "": {},
                    "node_modules/@maker/thing": {},
                    "node_modules/inner": {},
                    "node_modules/tool": {"dev": True},
                }
            }
        )
    )
    npm.copy_licences({"assets": {"@maker/thing": ["*.js"]}})
    assert [str(file.relative_to(project)) for file in (project / "assets").rglob("*") if file.is_file()] == [
        "assets/licences/inner/LICENSE"
    ]


def test_a_step_is_done_for_what_it_was_done_for_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "STAMPS", tmp_path / "stamps")
    assert not is_done("npm", digest("a"))
    mark_done("npm", digest("a"))
    assert is_done("npm", digest("a"))
    assert not is_done("npm", digest("b"))


def test_a_question_that_cannot_be_asked_has_no_answer() -> None:
    assert answer("/no/such/program", "--version") is None
    assert answer(sys.executable, "-c", "import sys; sys.exit(1)") is None
    assert answer(sys.executable, "-c", "print(' 7 ')") == "7"
