"""The pytest plugin as a web team meets it: in a project of its own, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.page_server import Page, PageServer

TRACKED = (
    "<!doctype html><title>Shop</title>"
    "<script>document.cookie='_ga=GA1.1.123456789.1700000000; max-age=63072000; path=/'</script>"
)
FAST = "visit: {settle: fast, screenshots: false, navigation_cap: 10}\ncrawl: {scenarios: [silent], max_pages: 1}\n"


def run_tests(folder: Path, code: str, *, ini: str = "", plugin: bool = True) -> subprocess.CompletedProcess[str]:
    (folder / "test_site.py").write_text(code)
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}")
    # Named, so that an environment which was installed before the entry point was made tells the same.
    chosen = ["-p", "consentinel.pytest_plugin"] if plugin else []
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *chosen, "-q", str(folder)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "160"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.browser
def test_a_team_is_told_what_its_page_does_and_the_imports_never_meet(tmp_path: Path, pages: PageServer) -> None:
    pages.page("shop", "/", TRACKED)
    pages.page("shop", "/gone", Page("", status=500))
    (tmp_path / "consentinel.yaml").write_text(FAST)
    code = f"""
import sys

def test_tracked(consentinel):
    assert consentinel.scan({pages.url("shop")!r}).passes()

def test_unseen(consentinel):
    scan = consentinel.scan({pages.url("shop", "/gone")!r})
    assert scan.undecided
    assert scan.passes()

def test_apart():
    assert not {{"scrapy", "playwright", "pydantic", "crawler", "classifiers", "reports"}} & set(sys.modules)
"""
    done = run_tests(tmp_path, code, ini="consentinel_config = consentinel.yaml\n")
    told = done.stdout
    assert done.returncode == 1, told + done.stderr
    assert "2 failed, 1 passed" in told
    assert "assert consentinel.scan(" in told
    assert f"Consentinel: {pages.url('shop')}" in told
    assert "_ga" in told
    assert "fix: " in told
    assert f"{pages.url('shop', '/gone')}: too little was seen to say" in told
    assert "Report: " in told


def test_a_mistake_is_an_error_and_not_a_failed_assertion(tmp_path: Path) -> None:
    (tmp_path / "consentinel.yaml").write_text("crawl: {max_page: 1}\n")
    code = "def test_site(consentinel):\n    assert consentinel.scan('http://shop.localhost:9/').passes()\n"
    done = run_tests(tmp_path, code, ini="consentinel_config = consentinel.yaml\n")
    assert done.returncode == 1
    assert "ConsentinelError" in done.stdout
    assert "crawl.max_page: unknown key" in done.stdout


@pytest.mark.parametrize(
    ("stdout", "code"),
    [("", 0), ("{}", 0), ('{"exit_code": 0}', 3), ("not json", 1), ('{"exit_code": 2}', 2)],
)
def test_a_program_that_dies_has_not_passed(tmp_path: Path, stdout: str, code: int) -> None:
    (tmp_path / "audit.py").write_text(f"import sys\nprint({stdout!r})\nsys.exit({code})\n")
    test = "def test_site(consentinel):\n    assert consentinel.scan('http://shop.localhost:9/').passes()\n"
    done = run_tests(tmp_path, test, ini=f"consentinel_program = {sys.executable} {tmp_path / 'audit.py'}\n")
    assert done.returncode == 1
    assert "ConsentinelError" in done.stdout


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    test = "def test_site(consentinel):\n    consentinel.scan('http://shop.localhost:9/')\n"
    done = run_tests(tmp_path, test, ini="consentinel_program = /no/program\n")
    assert "/no/program: there is no such program" in done.stdout


def test_the_entry_point_names_the_plugin() -> None:
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    assert '[project.entry-points.pytest11]\nconsentinel = "consentinel.pytest_plugin"' in text
