"""The engines: each is found by its name, is run like any other, and has a ledger that says what it cannot do."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.browser import found
from crawler.browser.browsers import Browsers
from crawler.browser.found import BrowserKind, BrowserMissing, find_browser
from crawler.browser.visit import VisitAsk
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings
from crawler.visits import Channel, ChannelState, Visit, VisitStatus
from tests.conftest import FAST
from tests.page_server import PageServer
from tests.test_cli_audit import consentinel

SHELL = Path("/usr/lib/chromium/chromium-headless-shell")
needs_shell = pytest.mark.skipif(not SHELL.is_file(), reason="chromium-headless-shell is not installed here")
WRITES = """<!doctype html><title>Shop</title>here<script>document.cookie = 'early=1; max-age=9999';
localStorage.setItem('kept', '1'); new Image().src = '/p.gif';
fetch('/late', { method: 'POST', body: 'a=1' })</script>"""


def played(settings: BrowserSettings, pages: PageServer) -> tuple[tuple[Channel, ...], Visit]:
    """Its ledger and a visit."""
    pages.page("site", "/", WRITES)

    async def play() -> tuple[tuple[Channel, ...], Visit]:
        browsers = Browsers(settings)
        try:
            browser = await browsers.first()
            ask = VisitAsk(url=pages.url("site"), scenario=SCENARIOS["silent"], settings=FAST, digest_key=b"t")
            return browser.ledger, (await browsers.visit(ask)).visit
        finally:
            await browsers.close()

    return asyncio.run(play())


def check_visit(visit: Visit) -> None:
    assert visit.status is VisitStatus.COMPLETE, visit.problems
    assert [cookie.name for cookie in visit.cookies] == ["early"]
    assert {one.key for one in visit.storage} == {"kept"}
    assert {"/", "/p.gif", "/late"} <= {urlsplit(request.url).path for request in visit.requests}


def asking_for(name: str) -> BrowserSettings:
    return BrowserSettings(executable=Path(name))


@needs_shell
@pytest.mark.browser
def test_headless_shell_records_all_but_what_its_ledger_names(pages: PageServer) -> None:
    ledger, visit = played(asking_for("headless-shell"), pages)
    assert [one.name for one in ledger if one.state is ChannelState.DEAD] == []
    untested = {one.name: one.note for one in ledger if one.state is ChannelState.UNTESTED}
    assert untested["request.icon"] == "chromium-headless-shell asks for no icons"
    assert untested.keys() <= {"request.icon", "cookie.netlog", "storage.shared_storage"}
    check_visit(visit)


@needs_shell
@pytest.mark.browser
def test_an_audit_runs_under_headless_shell(tmp_path: Path, pages: PageServer) -> None:
    pages.page("site", "/", WRITES)
    (tmp_path / "consentinel.yaml").write_text(
        "browser:\n  executable: headless-shell\ncrawl:\n  scenarios: [silent]\n"
    )
    done = consentinel("audit", pages.url("site"), "--max-pages", "1", cwd=tmp_path)
    assert done.returncode in (0, 1, 3), done.stderr
    store = tmp_path / "consentinel-report" / "scan.sqlite"
    with sqlite3.connect(store) as database:
        ((path,),) = database.execute("select browser_path from scans").fetchall()
        assert path == str(SHELL)
        assert {name for (name,) in database.execute("select name from cookies")} == {"early"}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser but those that a test puts into this folder."""
    monkeypatch.setattr(found, "_PLACES", ())
    monkeypatch.setattr(found, "_SHELLS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("chrome", "https://www.google.com/chrome/"),
        ("edge", "playwright install msedge"),
        ("msedge", "or give its path"),
        ("chromium", "apt-get install chromium"),
        ("headless-shell", "apt-get install chromium-headless-shell"),
        ("playwright", "playwright install chromium"),
    ],
)
def test_an_engine_that_is_not_there_is_named_with_the_way_to_get_it(installed: Path, name: str, remedy: str) -> None:
    with pytest.raises(BrowserMissing, match=r"`browser\.executable` asks for .*not found") as told:
        find_browser(asking_for(name))
    assert remedy in str(told.value)
    assert list(installed.iterdir()) == []


def test_an_engine_that_is_there_and_does_not_run_is_told(installed: Path) -> None:
    fake(installed / "google-chrome-stable", runs="exit 1")
    with pytest.raises(BrowserMissing, match="google-chrome-stable"):
        find_browser(asking_for("chrome"))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("asked", "program", "kind"),
    [("chrome", "google-chrome-stable", BrowserKind.CHROME), ("edge", "microsoft-edge-stable", BrowserKind.EDGE)],
)
def test_chrome_and_edge_are_found_by_name_and_run_like_any_other(
    request: pytest.FixtureRequest, pages: PageServer, asked: str, program: str, kind: BrowserKind
) -> None:
    real = find_browser(BrowserSettings()).path  # an engine of the same family stands in for the program
    installed: Path = request.getfixturevalue("installed")
    fake(installed / program, runs=f'exec {real} "$@"')
    settings = asking_for(asked)
    browser = find_browser(settings)
    assert (browser.kind, browser.path) == (kind, str(installed / program))
    ledger, visit = played(settings, pages)
    assert [one.name for one in ledger if one.state is ChannelState.DEAD] == []
    check_visit(visit)


def fake(program: Path, *, runs: str) -> None:
    program.write_text(f"#!/bin/sh\n{runs}\n")
    program.chmod(0o755)
