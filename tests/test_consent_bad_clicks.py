"""Consent controls that do something else than make the choice: it is told with what was clicked; the scan goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.frontier.run import crawl
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, CrawlSettings, Settle, VisitSettings
from crawler.store import Store
from crawler.visits import ChoiceStatus, ProblemKind, Visit, VisitStatus
from tests.conftest import Auditor, auditing
from tests.page_server import Page, PageServer

pytestmark = pytest.mark.browser

SMALL = BrowserSettings(extra_flags=("--js-flags=--max-old-space-size=48",))
"""The usual limit of a tab is some gigabytes."""
CAPPED = VisitSettings(settle=Settle.FAST, navigation_cap=4, phase_cap=5, visit_cap=40, screenshots=False)
BAR = """<!doctype html><html lang=en><title>shop</title><h1>Shop</h1>
<div id=bar role=dialog aria-label=Cookies style="position: fixed; bottom: 0; left: 0; right: 0; background: #eee">
<p>We use cookies to measure our audience and for advertising. You may accept or reject them.</p>
<button id=accept>Accept all</button> <button id=reject>Reject all</button></div><script>
const bar = document.getElementById('bar');
if (document.cookie.includes('consent=')) bar.remove();
const keep = (choice) => { document.cookie = `consent=${choice}; Max-Age=3600`; bar.remove(); };
document.getElementById('reject').addEventListener('click', () => keep('rejected'));
document.getElementById('accept').addEventListener('click', () => { ACT });
</script>"""
KEEP = "keep('accepted');"
AWAY = "location.href = 'http://third.localhost:PORT/other'"
HOARD = "const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()))"
C, X, U = ChoiceStatus.CONFIRMED, ChoiceStatus.CONTRADICTED, ChoiceStatus.UNCONFIRMED


@pytest.fixture(scope="module")
def small() -> Iterator[Auditor]:
    with auditing(SMALL) as auditor:
        yield auditor


def serve(pages: PageServer, act: str) -> None:
    pages.page("site", "/", BAR.replace("ACT", act))
    pages.page("site", "/file.zip", Page(b"PK", "application/zip", headers=(("Content-Disposition", "attachment"),)))
    # Its cookie is named as a record of consent is, and proves nothing about the site that was left.
    pages.page("third", "/other", "other<script>document.cookie = 'consent=accepted'</script>")
    pages.page("third", "/never", Page(hang=True))


def told(visit: Visit, kind: ProblemKind = ProblemKind.CLICK) -> list[str]:
    return [problem.message for problem in visit.problems if problem.kind is kind]


@pytest.mark.parametrize(
    ("act", "says", "status"),
    [
        (KEEP + AWAY, "led away to http://third.localhost", C),
        (AWAY, "led away to http://third.localhost", X),
        (KEEP + "location.replace('about:blank')", "led away to about:blank", C),
        ("location.href = 'http://third.localhost:1/dead'", "led away to", X),
        (KEEP + "location.href = 'http://third.localhost:PORT/never'", "began to lead to http://third.localhost", C),
        (f"alert('Thanks'); {KEEP}", "opened a message box (alert), which was dismissed", C),
        (f"if (confirm('Sure?')) {KEEP}", "opened a message box (confirm), which was agreed to", C),
        (f"if (prompt('Why?')) {KEEP}", "opened a message box (prompt), which was dismissed", X),
        ("location.href = '/file.zip'", "began the download of http://site.localhost", X),
        (f"Object.assign(document.createElement('a'), {{ href: '/file.zip', download: 'x' }}).click(); {KEEP}",
         "began the download of http://site.localhost", C),
        (HOARD, "crashed the page", U),
    ],
    ids=["elsewhere", "elsewhere without a record", "blank", "nowhere", "hanging", "alert", "confirm", "prompt",
         "download instead", "download", "crash"],
)  # fmt: skip
def test_a_click_that_does_something_else_is_told_and_leaves_the_visit_partial(
    small: Auditor, pages: PageServer, act: str, says: str, status: ChoiceStatus
) -> None:
    serve(pages, act)
    began = time.monotonic()
    visit = small.visit(pages.url("site"), SCENARIOS["accept"], settings=CAPPED).visit
    assert time.monotonic() - began < CAPPED.visit_cap
    assert visit.status is VisitStatus.PARTIAL
    (choice,) = visit.choices
    assert (choice.status, choice.clicks[0].element) == (status, "button <button> #accept"), choice
    assert any("“Accept all” (button <button> #accept)" in text and says in text for text in told(visit)), told(visit)
    assert visit.final_url == pages.url("site"), "the visit is about the page that was asked for"


@pytest.mark.parametrize("act", [f"{KEEP} for (;;);", "for (;;) alert('again')"])
def test_a_click_that_the_page_never_comes_back_from_is_kept(small: Auditor, pages: PageServer, act: str) -> None:
    serve(pages, act)
    visit = small.visit(pages.url("site"), SCENARIOS["accept"], settings=CAPPED).visit
    assert visit.duration < CAPPED.visit_cap
    assert visit.status is VisitStatus.PARTIAL
    (choice,) = visit.choices
    assert choice.status is U
    assert [click.text for click in choice.clicks] == ["Accept all"]
    (unproved,) = told(visit, ProblemKind.UNCONFIRMED)
    assert "did not answer within 5 s" in unproved
    assert "Clicked was “Accept all” (button <button> #accept)" in unproved
    assert told(visit, ProblemKind.TIMEOUT)


@pytest.mark.parametrize(
    ("act", "says"),
    [("document.getElementById('accept').remove()", ""), ("throw new Error('broken')", "error in a script (broken)")],
    ids=["removes itself", "throws"],
)
def test_a_click_without_effect_is_no_choice(audited: Auditor, pages: PageServer, act: str, says: str) -> None:
    serve(pages, act)
    visit = audited.visit(pages.url("site"), SCENARIOS["accept"], settings=CAPPED).visit
    assert visit.status is VisitStatus.PARTIAL
    (choice,) = visit.choices
    assert choice.status is X
    assert choice.clicks
    assert any("Clicked was “Accept all”" in text for text in told(visit, ProblemKind.CONTRADICTED))
    assert [says in text for text in told(visit)] == [True] * bool(says)


@pytest.mark.parametrize("features", ["", ", '_blank', 'noopener'"])
def test_a_window_that_the_click_opens_is_told_and_the_choice_is_proved(
    audited: Auditor, pages: PageServer, features: str
) -> None:
    serve(pages, f"{KEEP} window.open('http://third.localhost:PORT/other'{features})")
    visit = audited.visit(pages.url("site"), SCENARIOS["accept"], settings=CAPPED).visit
    assert (visit.status, visit.choices[0].status) == (VisitStatus.COMPLETE, C)
    assert any("opened another window" in text for text in told(visit))


def test_a_page_that_errs_all_the_time_is_not_told_of_where_the_choice_is_proved(
    audited: Auditor, pages: PageServer
) -> None:
    serve(pages, f"{KEEP} throw new Error('as ever')")
    visit = audited.visit(pages.url("site"), SCENARIOS["accept"], settings=CAPPED).visit
    assert (visit.status, told(visit)) == (VisitStatus.COMPLETE, [])


@pytest.mark.parametrize("act", [HOARD, AWAY], ids=["crash", "elsewhere"])
def test_the_other_visits_of_the_scan_go_on(pages: PageServer, tmp_path: Path, act: str) -> None:
    serve(pages, act)
    asked = CrawlSettings(
        urls=(pages.url("site"),), scenarios=("accept", "silent", "reject"), max_depth=0, sitemaps=False,
        obey_robots=False, delay=0, concurrency=1, browser=SMALL, visit=CAPPED,
    )  # fmt: skip
    scan = crawl(asked, store=tmp_path / "scan.sqlite", scenarios=SCENARIOS)
    assert scan.finished is not None
    with Store.open(tmp_path / "scan.sqlite") as store:
        visits = {visit.scenario: visit for visit in store.visits(scan.id)}
    assert {name: visit.status for name, visit in visits.items()} == {
        "accept": VisitStatus.PARTIAL,
        "silent": VisitStatus.COMPLETE,
        "reject": VisitStatus.COMPLETE,
    }
    assert visits["reject"].choices[0].status is C
