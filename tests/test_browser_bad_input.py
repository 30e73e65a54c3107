"""Pages that go wrong on purpose: the visit ends within its cap, keeps what was seen, and says what was not."""

from __future__ import annotations

import time

import pytest

from crawler.browser import exchanges
from crawler.browser.visit import GRACE
from crawler.observations import SightingKind
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, Settle, VisitSettings
from crawler.visits import ProblemKind, Visit, VisitStatus
from tests.conftest import Auditor, auditing
from tests.page_server import Page, PageServer

pytestmark = pytest.mark.browser

CAPPED = VisitSettings(settle=Settle.STANDARD, navigation_cap=4, phase_cap=3, visit_cap=20, screenshots=False)
EARLY = "<script>document.cookie = 'early=1'</script>"
AFTER = "<script>document.cookie = 'after=1'</script>"


def names(visit: Visit) -> set[str]:
    return {cookie.name for cookie in visit.cookies}


@pytest.mark.parametrize(
    "script",
    [
        "window.print()",
        "Notification.requestPermission()",
        "navigator.geolocation.getCurrentPosition(() => {})",
        "navigator.mediaDevices?.getUserMedia({ audio: true }).catch(() => {})",
        "addEventListener('beforeunload', (e) => { e.preventDefault(); e.returnValue = 'stay' })",
        "navigator.registerProtocolHandler('web+x', '/?%s')",
        "document.documentElement.requestFullscreen().catch(() => {})",
        "navigator.clipboard?.readText().catch(() => {})",
        "const a = document.createElement('a'); a.href = '/file.zip'; a.download = 'x'; a.click()",
    ],
    ids=["print", "notification", "geolocation", "microphone", "beforeunload", "protocol", "fullscreen", "clipboard",
         "download"],
)  # fmt: skip
def test_prompts_do_not_hold_a_visit_up(audited: Auditor, pages: PageServer, script: str) -> None:
    pages.page("site", "/", f"here{EARLY}<script>{script}</script>{AFTER}")
    pages.page("site", "/file.zip", Page(b"zip", "application/zip"))
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert visit.status is VisitStatus.COMPLETE, visit.problems
    assert names(visit) == {"early", "after"}


@pytest.mark.parametrize("address", ["mailto:someone@example.com", "no-such-app://open"])
def test_handing_over_to_another_program_leaves_the_page_where_it_was(
    audited: Auditor, pages: PageServer, address: str
) -> None:
    pages.page("site", "/", f"here{EARLY}<script>onload = () => {{ location.href = '{address}'; "
               "setTimeout(() => { document.cookie = 'after=1' }, 100) }</script>")  # fmt: skip
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert names(visit) == {"early", "after"}
    assert (visit.final_url, visit.http_status) == (pages.url("site"), 200)


def test_leaving_prompts_do_not_hold_a_reload_up(audited: Auditor, pages: PageServer) -> None:
    stay = "addEventListener('beforeunload', (e) => { e.preventDefault(); e.returnValue = 'stay' })"
    pages.page("site", "/", f"<body onclick=''>here{EARLY}<script>{stay}</script>")
    visit = audited.visit(pages.url("site"), SCENARIOS["accept"], settings=CAPPED).visit
    assert [span.name for span in visit.phases] == ["open", "accept", "reload"]


def test_a_page_behind_a_password_fails_with_a_reason(audited: Auditor, pages: PageServer) -> None:
    ask = (("WWW-Authenticate", 'Basic realm="in here"'),)
    pages.page("site", "/", Page("no", status=401, headers=ask))
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert visit.status is VisitStatus.FAILED
    assert [problem.kind for problem in visit.problems] == [ProblemKind.HTTP_ERROR]


def test_a_resource_behind_a_password_is_recorded_as_refused(audited: Auditor, pages: PageServer) -> None:
    ask = (("WWW-Authenticate", 'Basic realm="in here"'),)
    pages.page("site", "/secret.gif", Page("no", status=401, headers=ask))
    pages.page("site", "/", f"<img src='/secret.gif'>{EARLY}")
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert visit.status is VisitStatus.COMPLETE
    assert [request.status for request in visit.requests if request.url.endswith("/secret.gif")] == [401]


@pytest.mark.parametrize(
    "script",
    [
        "setTimeout(() => location.reload(), 100)",
        "location.hash = Math.random(); onhashchange = () => { location.hash = Math.random() }",
        "setInterval(() => { const f = document.createElement('iframe'); f.src = '/'; document.body.append(f); "
        "setTimeout(() => f.remove(), 5) }, 20)",
        "setInterval(() => document.body.insertAdjacentHTML('beforeend', '<p>more</p>'.repeat(100)), 10)",
    ],
    ids=["endless reload", "endless hash", "frames removed mid-load", "endless growth"],
)
def test_restless_pages_end_within_the_cap_and_keep_what_was_seen(
    audited: Auditor, pages: PageServer, script: str
) -> None:
    pages.page("site", "/", f"<body>here{EARLY}<script>if (self === top) {{ {script} }}</script>")
    began = time.monotonic()
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert time.monotonic() - began < CAPPED.visit_cap + GRACE
    assert visit.status is not VisitStatus.FAILED
    assert "early" in names(visit)


def test_an_endless_loop_after_the_load_is_told_and_the_next_visit_is_whole(
    audited: Auditor, pages: PageServer
) -> None:
    pages.page("site", "/", f"here{EARLY}<script>setTimeout(() => {{ for (;;); }}, 4000)</script>")
    pages.page("next", "/", f"here{EARLY}")
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert visit.status is VisitStatus.PARTIAL, "a loop that only starts when time is brought forward"
    assert "early" in names(visit)
    assert audited.visit(pages.url("next"), settings=CAPPED).visit.status is VisitStatus.COMPLETE


def test_two_hundred_megabytes_do_not_end_a_visit_badly(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/huge", Page(bytes(200 << 20), "application/octet-stream"))
    pages.page("site", "/", f"here{EARLY}<script>fetch('/huge')</script>")
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert visit.status is not VisitStatus.FAILED
    assert "early" in names(visit)
    assert any(request.url.endswith("/huge") for request in visit.requests)


def test_megabyte_addresses_cookies_and_broken_text_are_taken_as_they_come(audited: Auditor, pages: PageServer) -> None:
    script = "new Image().src = '/p.gif?' + 'x'.repeat(1 << 20); document.cookie = 'big=' + 'y'.repeat(1 << 20);"
    broken = b"\xfe\x80broken \xed\xa0\x80" + f"{EARLY}<script>{script}</script>{AFTER}".encode()
    pages.page("site", "/", Page(broken, "text/html; charset=utf-8"))
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert visit.status is not VisitStatus.FAILED, visit.problems
    assert {"early", "after"} <= names(visit)
    assert any("p.gif" in request.url for request in visit.requests)


def test_a_tab_that_runs_out_of_memory_is_told_and_the_next_visit_is_whole(pages: PageServer) -> None:
    hoard = "const all = []; setTimeout(() => { for (;;) all.push(new Array(1e5).fill(Math.random())); }, 300)"
    pages.page("site", "/", f"here{EARLY}<script>{hoard}</script>")
    pages.page("next", "/", f"here{EARLY}")
    small = BrowserSettings(extra_flags=("--js-flags=--max-old-space-size=48",))  # the usual limit is some gigabytes
    with auditing(small) as auditor:
        visit = auditor.visit(pages.url("site"), settings=CAPPED).visit
        assert visit.status is VisitStatus.PARTIAL
        # A crowded machine takes so long over it that the script is ended before memory does.
        assert {problem.kind for problem in visit.problems} & {ProblemKind.CRASH, ProblemKind.TIMEOUT}
        assert "early" in names(visit)
        assert auditor.visit(pages.url("next"), settings=CAPPED).visit.status is VisitStatus.COMPLETE


def test_requests_beyond_the_most_that_are_recorded_are_counted(
    audited: Auditor, pages: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanges, "MOST", 200)
    # A port that browsers refuse: such requests cost no connection.
    flood = "for (let i = 0; i < 1000; i += 1) new Image().src = 'http://site.localhost:1/' + i"
    pages.page("site", "/", f"here{EARLY}<script>{flood}</script>")
    visit = audited.visit(pages.url("site"), settings=CAPPED).visit
    assert visit.status is VisitStatus.PARTIAL
    assert len(visit.requests) == 200
    assert "early" in names(visit)
    lost = [problem for problem in visit.problems if problem.kind is ProblemKind.LOST]
    assert [problem.blinds for problem in lost] == [(SightingKind.REQUEST,)]
    dropped = {channel.name: channel.dropped for channel in visit.channels}["request"]
    assert 790 <= dropped <= 810, "the page, the icon and their like are among them"
    assert str(dropped) in lost[0].message
