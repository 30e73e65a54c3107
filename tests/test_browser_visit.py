"""What a visit makes of sites that fail, and how phases, scenarios and neighbours are kept apart."""

from __future__ import annotations

import threading

import pytest

from crawler.observations import Consent, SightingKind
from crawler.scenarios import SCENARIOS, Action, Phase, Scenario
from crawler.settings import Recipe
from crawler.visits import ChoiceStatus, ProblemKind, Visit, VisitStatus
from tests.conftest import Auditor
from tests.page_server import GIF, Got, Page, PageServer

pytestmark = pytest.mark.browser


def kinds(visit: Visit) -> list[ProblemKind]:
    return [problem.kind for problem in visit.problems]


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page("gone", status=404), ProblemKind.HTTP_ERROR),
        (Page("", status=404), ProblemKind.HTTP_ERROR),
        (Page("broken", status=500), ProblemKind.HTTP_ERROR),
        (Page("", status=204), ProblemKind.EMPTY),
        (Page(""), ProblemKind.EMPTY),
        (Page(cut=True), ProblemKind.EMPTY),
        (Page("x", status=302, headers=(("Location", "/"),)), ProblemKind.REDIRECT_LOOP),
        (Page(b"zip", "application/zip", headers=(("Content-Disposition", "attachment"),)), ProblemKind.DOWNLOAD),
        (Page(b"%PDF-1.4", "application/pdf"), ProblemKind.DOWNLOAD),
        (Page(hang=True), ProblemKind.TIMEOUT),
    ],
    ids=["404", "empty 404", "500", "204", "empty", "cut", "loop", "download", "pdf", "hang"],
)
def test_a_page_that_cannot_be_seen_fails_with_a_reason(
    audited: Auditor, pages: PageServer, page: Page, problem: ProblemKind
) -> None:
    pages.page("site", "/", page)
    outcome = audited.visit(pages.url("site"))
    assert outcome.visit.status is VisitStatus.FAILED
    assert kinds(outcome.visit) == [problem]
    assert pages.url("site") in outcome.visit.problems[0].message


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://nowhere.invalid/", ProblemKind.UNREACHABLE),
        ("http://127.0.0.1:1/", ProblemKind.UNREACHABLE),
        ("file:///etc/hostname", ProblemKind.UNREACHABLE),
        ("about:blank", ProblemKind.UNREACHABLE),
        ("no address", ProblemKind.UNREACHABLE),
    ],
)
def test_an_address_that_leads_nowhere_fails_with_a_reason(audited: Auditor, url: str, problem: ProblemKind) -> None:
    visit = audited.visit(url).visit
    assert (visit.status, kinds(visit)) == (VisitStatus.FAILED, [problem])


def test_a_server_without_a_certificate_is_told_apart(audited: Auditor, pages: PageServer) -> None:
    visit = audited.visit(pages.url("site").replace("http:", "https:")).visit
    assert (visit.status, kinds(visit)) == (VisitStatus.FAILED, [ProblemKind.CERTIFICATE])


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("setTimeout(() => { for (;;); }, 20)", ProblemKind.TIMEOUT),
        ("for (;;) alert('again')", ProblemKind.DIALOG),
        ("new Image().src = '/never'", ProblemKind.TIMEOUT),
    ],
    ids=["endless loop", "endless alerts", "never loaded"],
)
def test_what_was_seen_before_a_page_ran_wild_is_kept(
    audited: Auditor, pages: PageServer, script: str, problem: ProblemKind
) -> None:
    pages.page("site", "/never", Page(hang=True))
    pages.page("site", "/", f"<script>document.cookie = 'early=1'; {script}</script>")
    visit = audited.visit(pages.url("site")).visit
    assert visit.status is VisitStatus.PARTIAL
    assert problem in kinds(visit)
    assert [cookie.name for cookie in visit.cookies] == ["early"]


def test_an_open_stream_does_not_keep_a_page_from_being_done(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/stream", Page(hang=True))
    pages.page("site", "/", "<script>new EventSource('/stream'); fetch('/stream')</script>here")
    visit = audited.visit(pages.url("site")).visit
    assert visit.status is VisitStatus.COMPLETE
    assert "stream" in visit.phases[0].ended_by


def test_a_page_that_never_rests_is_ended_by_its_cap_and_says_so(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<script>setInterval(() => fetch('/tick?' + Math.random()), 100)</script>here")
    visit = audited.visit(pages.url("site")).visit
    assert kinds(visit) == [ProblemKind.CAP]
    assert visit.phases[0].ended_by.startswith("cap")


def test_message_boxes_do_not_stop_a_visit(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<script>alert(1); confirm(2); prompt(3); document.cookie = 'after=1'</script>")
    visit = audited.visit(pages.url("site")).visit
    assert visit.status is VisitStatus.COMPLETE
    assert [cookie.name for cookie in visit.cookies] == ["after"]


CHOICE = """<div id=bar>We use cookies. <button id=yes onclick="choose('accepted')">Accept all</button>
<button id=no onclick="choose('rejected')">Reject all</button></div><script>
function choose(what) {
  document.cookie = 'consent=' + what + '; Max-Age=3600'; document.getElementById('bar').remove();
  if (what === 'accepted') { document.cookie = '_track=1; Max-Age=3600'; new Image().src = '/after.gif' } }
document.cookie = 'before=1';
if (document.cookie.includes('consent=')) document.getElementById('bar').remove();
</script>"""
RECIPE = Recipe(accept=("#yes",), reject=("#no",), interface="#bar", record="consent")


def test_consent_is_stamped_at_the_click_and_not_before(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", CHOICE)
    pages.page("site", "/after.gif", Page(GIF, "image/gif", headers=(("Set-Cookie", "late=1"),)))
    visit = audited.visit(pages.url("site"), SCENARIOS["accept"], recipe=RECIPE).visit
    seen = {(cookie.name, cookie.phase): cookie.consent for cookie in visit.cookies}
    assert seen["before", "open"] is Consent.UNDECIDED
    assert seen["_track", "accept"] is Consent.ACCEPTED
    assert seen["late", "accept"] is Consent.ACCEPTED
    assert seen["before", "reload"] is Consent.ACCEPTED
    assert [choice.status for choice in visit.choices] == [ChoiceStatus.CONFIRMED]
    assert visit.status is VisitStatus.COMPLETE
    assert [span.name for span in visit.phases] == ["open", "accept", "reload"]


def test_a_choice_that_is_not_offered_leaves_the_visit_partial(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<h1>nothing to choose</h1><script>document.cookie = 'a=1'</script>")
    visit = audited.visit(pages.url("site"), SCENARIOS["reject"]).visit
    assert visit.status is VisitStatus.PARTIAL
    assert ProblemKind.NO_CONTROL in kinds(visit)
    assert {cookie.consent for cookie in visit.cookies} == {Consent.UNDECIDED}


def test_an_answer_that_was_under_way_at_the_choice_is_marked(audited: Auditor, pages: PageServer) -> None:
    chosen = threading.Event()

    def open_gate(_: Got) -> Page:
        chosen.set()
        return Page("open")

    def slow(_: Got) -> Page:
        chosen.wait(10)
        return Page("slow", headers=(("Set-Cookie", "slow=1"),))

    choice = CHOICE.replace("function choose(what) {", "function choose(what) { fetch('/open-gate');")
    pages.page("site", "/", choice + "<script>if (!document.cookie.includes('consent')) fetch('/slow')</script>")
    pages.page("site", "/open-gate", open_gate)
    pages.page("site", "/slow", slow)
    visit = audited.visit(pages.url("site"), SCENARIOS["reject"], recipe=RECIPE).visit
    cookie = next(cookie for cookie in visit.cookies if cookie.name == "slow")
    request = next(request for request in visit.requests if request.id == cookie.request)
    assert (cookie.consent, cookie.in_flight) == (Consent.REJECTED, True)
    assert (request.consent, request.in_flight) == (Consent.UNDECIDED, True)


def test_visits_side_by_side_in_one_browser_do_not_mix(audited: Auditor, pages: PageServer) -> None:
    hosts = ("one", "two", "three")
    for host in hosts:
        pages.page(
            host,
            "/",
            f"<script>document.cookie = 'own={host}'; localStorage.{host} = 1; fetch('/{host}')</script>"
            f"<iframe src='http://shared.localhost:PORT/'></iframe>",
        )
    pages.page("shared", "/", "<script>localStorage.shared = 1; new Worker('/w.js')</script>")
    pages.page("shared", "/w.js", Page("fetch('/from-worker')", "text/javascript"))
    for host, outcome in zip(hosts, audited.visits(tuple(pages.url(host) for host in hosts)), strict=True):
        visit = outcome.visit
        assert [cookie.name for cookie in visit.cookies] == ["own"]
        assert {write.key for write in visit.storage} == {host, "shared"}
        assert {other for other in hosts if any(f"{other}.localhost" in r.url for r in visit.requests)} == {host}
        assert sum(request.url.endswith("/from-worker") for request in visit.requests) == 1
        assert {sighting.page for sighting in visit.sightings()} == {pages.url(host)}


def test_each_visit_starts_with_an_empty_profile(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<script>document.cookie = `n${document.cookie.length}_${localStorage.length}=1`; "
               "localStorage.a = 1</script>")  # fmt: skip
    names = [audited.visit(pages.url("site")).visit.cookies[0].name for _ in range(2)]
    assert names == ["n0_0", "n0_0"]


def test_global_privacy_control_reaches_requests_windows_and_workers(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<script>fetch('/w?' + navigator.globalPrivacyControl); new Worker('/worker.js')</script>"
               "<iframe src='http://third.localhost:PORT/'></iframe>")  # fmt: skip
    pages.page("site", "/worker.js", Page("fetch('/wk?' + navigator.globalPrivacyControl)", "text/javascript"))
    pages.page("third", "/", "<script>fetch('/f?' + navigator.globalPrivacyControl)</script>")
    gpc = Scenario(name="gpc", title="", phases=(Phase(name="open", action=Action.OPEN),), gpc=True)
    audited.visit(pages.url("site"), gpc)
    asked = {got.path: got.headers.get("sec-gpc") for got in pages.got if got.path != "/favicon.ico"}
    assert asked == {"/": "1", "/worker.js": "1", "/w?true": "1", "/wk?true": "1", "/f?true": "1"}


def test_without_cookies_nothing_is_kept_and_the_writes_are_still_seen(audited: Auditor, pages: PageServer) -> None:
    pages.page(
        "site", "/", Page("<script>document.cookie = 'script=1'</script>", headers=(("Set-Cookie", "header=1"),))
    )
    off = Scenario(name="off", title="", phases=(Phase(name="open", action=Action.OPEN),), cookies="off")
    visit = audited.visit(pages.url("site"), off).visit
    assert {cookie.name: cookie.stored for cookie in visit.cookies} == {"header": False, "script": False}


def test_without_script_the_noscript_pixel_is_really_asked_for(audited: Auditor, pages: PageServer) -> None:
    page = "<noscript><img src='/ns.gif'></noscript><script>document.cookie = 'a=1'</script>"
    pages.page("site", "/", page)
    pages.page("site", "/ns.gif", Page(GIF, "image/gif"))
    plain = Scenario(name="plain", title="", phases=(Phase(name="open", action=Action.OPEN),), script=False)
    visit = audited.visit(pages.url("site"), plain).visit
    assert visit.status is VisitStatus.COMPLETE
    assert visit.cookies == ()
    assert [request.beacon for request in visit.requests if request.url.endswith("/ns.gif")] == [("1×1 image",)]


def test_a_collector_that_breaks_blinds_its_kind_and_nothing_else(
    audited: Auditor, pages: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crawler.browser.collectors.storage import StorageCollector

    def breaks(_: StorageCollector, call: object) -> None:
        raise ValueError(f"no {call.__class__.__name__}")

    monkeypatch.setattr(StorageCollector, "heard", breaks)
    pages.page("site", "/", "<script>document.cookie = 'a=1'; localStorage.b = 1</script>")
    visit = audited.visit(pages.url("site")).visit
    assert visit.status is VisitStatus.PARTIAL
    assert [(problem.kind, problem.collector, problem.blinds) for problem in visit.problems] == [
        (ProblemKind.COLLECTOR, "storage", (SightingKind.STORAGE,))
    ]
    assert [cookie.name for cookie in visit.cookies] == ["a"]


def test_the_outcome_carries_the_rendered_page_and_its_headers(audited: Auditor, pages: PageServer) -> None:
    page = "<title>T</title><script>document.write('<a href=/next>made by script</a>')</script>"
    pages.page("site", "/", Page(page, headers=(("X-Kind", "test"), ("Set-Cookie", "secret=1"))))
    outcome = audited.visit(pages.url("site"))
    assert '<a href="/next">made by script</a>' in outcome.html
    assert outcome.headers["x-kind"] == "test"
    assert "set-cookie" not in outcome.headers
    assert (outcome.visit.title, outcome.visit.http_status) == ("T", 200)
