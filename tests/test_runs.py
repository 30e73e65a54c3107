"""Repeated runs: what a page does only sometimes is reported as k of N, and counts only where that is asked for."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.page_server import Got, Page, PageServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUNS = 3
CONFIGURATION = (
    "crawl: {scenarios: [silent], max_pages: 1, max_depth: 0, sitemaps: false, delay: 0, concurrency: 1}\n"
    "visit: {settle: fast, screenshots: false, second_look: false}\n"
)
ALWAYS = "_fbp=fb.1.1700000000000.123456789"
SOMETIMES = "_ga=GA1.1.123456789.1700000000"


def consentinel(folder: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "consentinel", *arguments, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["exit_code"] == done.returncode
    return said


def test_a_finding_of_some_runs_is_told_as_such_and_counts_only_where_asked(tmp_path: Path, pages: PageServer) -> None:
    visits = itertools.count()

    def flaky(got: Got) -> Page:
        del got
        cookies = [ALWAYS, SOMETIMES] if next(visits) == 1 else [ALWAYS]  # the second visit alone
        script = "".join(f"document.cookie = '{cookie}; max-age=31536000; path=/';" for cookie in cookies)
        return Page(f"<!doctype html><title>Shop</title><p>Chairs.<script>{script}</script>")

    pages.page("shop", "/", flaky)
    pages.page("shop", "/robots.txt", Page("User-agent: *\nAllow: /\n", type="text/plain"))
    (tmp_path / "consentinel.yaml").write_text(CONFIGURATION)
    said = consentinel(tmp_path, "audit", pages.url("shop"), "--runs", str(RUNS))
    assert next(visits) == RUNS, "each run visits the page once"

    mine = {row["subject"]["name"]: row for row in said["findings"] if row["rule"] == "CONSENT-001"}
    assert (mine["_ga"]["seen_in_runs"], mine["_ga"]["runs"]) == (1, RUNS)
    assert (mine["_fbp"]["seen_in_runs"], mine["_fbp"]["runs"]) == (RUNS, RUNS)

    counting = {(row["rule"], row["subject"]["name"]) for row in said["gate"]["failing"]}
    assert ("CONSENT-001", "_fbp") in counting
    assert not {name for _, name in counting if name == "_ga"}
    spared = {row["finding"]["subject"]["name"]: row["why"] for row in said["gate"]["spared"]}
    assert f"1 of {RUNS} runs" in spared["_ga"]

    (tmp_path / "consentinel.yaml").write_text(CONFIGURATION + "gate: {intermittent: [CONSENT-001]}\n")
    again = consentinel(tmp_path, "gate", "consentinel-report")
    assert again["exit_code"] == 1
    assert ("CONSENT-001", "_ga") in {(row["rule"], row["subject"]["name"]) for row in again["failing"]}
