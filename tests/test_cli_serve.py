"""`consentinel serve` as a person starts it: a process of its own, on loopback, ended with Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

pytest.importorskip("datasette")

from consentinel.cli import app
from crawler.browser.found import find_browser
from crawler.settings import BrowserSettings
from reports.to_html import ToHtml
from tests.recording import CATALOGUE, DECLARATION, recorded_audit, recorded_context, recording, stored
from tests.test_outputs import npm_file


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three weekly scans; beside the newest lies its report."""
    known = recording()
    folders = []
    for week in (2, 1, 0):
        folder = tmp_path_factory.mktemp(f"week{week}")
        started = known.scan.started - timedelta(days=7 * week)
        scan = known.scan.model_copy(update={"id": f"week-{week}", "started": started})
        stored(folder, scan=scan, visits=known.visits[: len(known.visits) - 3 * week])
        folders.append(folder)
    (folders[-1] / "report.html").write_text(ToHtml(recorded_context()).render(recorded_audit()), encoding="utf-8")
    return folders


@pytest.fixture(scope="module")
def address(stores: list[Path]) -> Iterator[str]:
    command = [sys.executable, "-m", "consentinel", "serve", *map(str, stores), "--port", "0"]
    flags = ["--declaration", str(DECLARATION), "--catalogue", str(CATALOGUE)]
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
    with subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert found is not None, said
        yield found[0]
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) in (0, 130), "Ctrl-C ends it, and not with a code that means findings"


def got(address: str, path: str) -> str:
    with urllib.request.urlopen(address + path, timeout=60) as answer:  # waits in the socket's queue until it starts
        return str(answer.read().decode())


def test_the_front_page_leads_to_scans_trends_and_the_report(address: str, stores: list[Path]) -> None:
    text = got(address, "")
    assert "/-/trends" in text
    assert f"Report in {stores[-1].name}" in text
    assert "Consentinel" in got(address, "-/reports/0")
    scans = json.loads(got(address, "judged/scans.json?_shape=array"))
    assert {scan["id"] for scan in scans} == {"week-2", "week-1", "week-0"}
    assert [scan["report"] for scan in scans if scan["id"] == "week-0"] == ["/-/reports/0"]


def test_every_ready_made_question_has_an_answer(address: str) -> None:
    for question in (
        *("fired_before_consent", "who_set_this_cookie", "identifier_flows", "new_since_last_scan"),
        *("not_seen_again", "trends"),
    ):
        answer = json.loads(got(address, f"judged/{question}.json?_shape=objects"))
        assert answer["ok"] is True, question


def test_trends_tell_every_scan_and_when_each_item_was_first_and_last_seen(address: str) -> None:
    text = got(address, "-/trends")
    assert all(f"week-{week}" in text for week in (2, 1, 0))
    assert "3 of 3" in text
    assert "1 of 3" in text
    assert text.count("<svg") >= 3


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_trends_page_can_be_read_by_everyone(address: str, width: int) -> None:
    with sync_playwright() as playwright:
        path = find_browser(BrowserSettings()).path
        browser = playwright.chromium.launch(executable_path=str(path), args=[] if os.geteuid() else ["--no-sandbox"])
        page = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900}).new_page()
        page.goto(f"{address}-/trends")
        assert page.get_by_role("heading", name="Scenario accept").is_visible()
        assert page.locator("section.content svg[role=img]").count() >= 3
        page.add_script_tag(content=npm_file("axe-core/axe.min.js").read_text("utf-8"))
        found = page.evaluate("axe.run(document.querySelector('section.content')).then(result => result.violations)")
        browser.close()
    assert [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_pages_that_are_not_there_say_so(address: str) -> None:
    for path in ("-/reports/1", "judged/nothing"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            got(address, path)


def test_a_taken_port_is_named(address: str, stores: list[Path]) -> None:
    port = address.rstrip("/").rpartition(":")[2]
    done = CliRunner().invoke(app, ["serve", str(stores[0]), "--port", port])
    assert done.exit_code == 2
    assert "in use" in done.output


def test_a_missing_scan_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["serve", str(tmp_path / "no-scan")])
    assert done.exit_code == 2
    assert "no scan here" in " ".join(done.output.split())
