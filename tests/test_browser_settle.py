"""When a page is done: what it does long after loading, and how long visits look for an interface that is not there."""

from __future__ import annotations

import time

import pytest

from crawler.observations import Consent
from crawler.scenarios import SCENARIOS, Action, Phase, Scenario
from crawler.settings import Settle, VisitSettings
from crawler.visits import ChoiceStatus, ProblemKind, Visit, VisitStatus
from tests.conftest import Auditor
from tests.page_server import GIF, Page, PageServer

pytestmark = pytest.mark.browser

STANDARD = VisitSettings(settle=Settle.STANDARD, phase_cap=6, visit_cap=40, screenshots=False)
PIXELS = "const pixel = (name) => { new Image().src = 'http://site.localhost:PORT/p.gif?' + name; };"
LATE = f"""<p>Here</p><script>{PIXELS}
for (const s of [1, 3, 8, 30])
  setTimeout(() => {{ pixel(s); document.cookie = 'c' + s + '=1'; }}, s * 1000);</script>"""


def asked(visit: Visit) -> list[str]:
    return [request.url.partition("?")[2] for request in visit.requests if "p.gif" in request.url]


@pytest.fixture
def late(pages: PageServer) -> PageServer:
    pages.page("site", "/p.gif", Page(GIF, "image/gif"))
    pages.page("site", "/", LATE)
    return pages


def test_pixels_of_eight_and_thirty_seconds_are_seen_within_four(audited: Auditor, late: PageServer) -> None:
    began = time.monotonic()
    visit = audited.visit(late.url("site"), settings=STANDARD).visit
    took = time.monotonic() - began
    assert visit.status is VisitStatus.COMPLETE
    assert asked(visit) == ["1", "3", "8", "30"]
    assert {cookie.name for cookie in visit.cookies} == {"c1", "c3", "c8", "c30"}
    assert took < 8, "four seconds on a quiet machine, and it may be busy"
    assert all(sighting.at < took for sighting in visit.sightings()), "our own times stay real"


def test_half_a_minute_of_timers_costs_little_more_than_none(audited: Auditor, late: PageServer) -> None:
    """By the ratio, because a busy machine slows both."""
    late.page("quiet", "/", "<p>Here</p><script>document.cookie = 'c=1'</script>")
    ratios = []
    for _ in range(3):
        none, half_a_minute = (
            audited.visit(late.url(host), settings=STANDARD).visit.duration for host in ("quiet", "site")
        )
        ratios.append(half_a_minute / none)
    assert sorted(ratios)[1] < 2, ratios


def test_what_came_after_two_five_ten_and_thirty_seconds_is_told(audited: Auditor, late: PageServer) -> None:
    visit = audited.visit(late.url("site"), settings=STANDARD).visit
    requests = [(visit.fact(f"after_{mark}s") or "").split()[0] for mark in (2, 5, 10)]
    assert requests == ["request=3", "request=2", "request=1"]
    assert visit.fact("watched_seconds") == "32"


def test_a_gate_does_not_wait_for_what_is_late_and_claims_nothing_about_it(audited: Auditor, late: PageServer) -> None:
    visit = audited.visit(late.url("site")).visit
    assert not {"8", "30"} & set(asked(visit))
    assert visit.fact("watched_seconds") is None


def test_a_timer_that_follows_a_late_answer_is_brought_forward_too(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/p.gif", Page(GIF, "image/gif"))
    pages.page("site", "/late.js", Page(f"{PIXELS} setTimeout(() => pixel('chained'), 6000)", "text/javascript"))
    load = "const s = document.createElement('script'); s.src = '/late.js'; document.body.append(s);"
    pages.page("site", "/", f"<p>Here</p><script>setTimeout(() => {{ {load} }}, 4000)</script>")
    visit = audited.visit(pages.url("site"), settings=STANDARD).visit
    assert asked(visit) == ["chained"]


def test_frames_of_other_sites_and_workers_are_brought_forward_too(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/p.gif", Page(GIF, "image/gif"))
    pages.page("site", "/", f"<iframe src='http://third.localhost:PORT/'></iframe><script>{PIXELS}"
               "new Worker('/w.js'); setTimeout(() => pixel('page'), 8000)</script>")  # fmt: skip
    pages.page("third", "/", f"<script>{PIXELS} setTimeout(() => pixel('frame'), 20000)</script>")
    worker = "setTimeout(() => fetch('/p.gif?worker'), 15000)"
    pages.page("site", "/w.js", Page(worker, "text/javascript"))
    visit = audited.visit(pages.url("site"), settings=STANDARD).visit
    assert sorted(asked(visit)) == ["frame", "page", "worker"]


def test_a_stream_left_open_does_not_stop_the_clock(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/p.gif", Page(GIF, "image/gif"))
    pages.page("site", "/stream", Page(hang=True))
    pages.page("site", "/", f"<script>{PIXELS} new EventSource('/stream'); setTimeout(() => pixel('8'), 8000)</script>")
    visit = audited.visit(pages.url("site"), settings=STANDARD).visit
    assert asked(visit) == ["8"]
    assert visit.fact("watched_seconds") == "32"


def test_a_page_that_is_never_idle_is_said_to_be_unseen_later(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/p.gif", Page(GIF, "image/gif"))
    pages.page(
        "site",
        "/",
        f"""here<script>{PIXELS} const {{ port1, port2 }} = new MessageChannel();
        port1.onmessage = port2.onmessage = ({{ target }}) => target.postMessage(0); port1.postMessage(0);
        setTimeout(() => pixel('8'), 8000)</script>""",
    )
    visit = audited.visit(pages.url("site"), settings=STANDARD).visit
    assert asked(visit) == []
    assert [problem.kind for problem in visit.problems] == [ProblemKind.CAP]
    assert float(visit.fact("watched_seconds") or 99) < 8


def test_scrolling_through_shows_what_waits_below(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/p.gif", Page(GIF, "image/gif"))
    pages.page(
        "site",
        "/",
        f"""<div style='height:4000px'></div><p id=end>End</p><script>{PIXELS}
        new IntersectionObserver(([e]) => e.isIntersecting && pixel('below')).observe(document.getElementById('end'));
        addEventListener('mousemove', () => pixel('moved'), {{ once: true }})</script>""",
    )
    visit = audited.visit(pages.url("site"), settings=STANDARD).visit
    assert sorted(asked(visit)) == ["below", "moved"]


def test_before_a_choice_the_clock_is_never_moved(audited: Auditor, pages: PageServer) -> None:
    """A choice is played in real time, and late events are those of the last phase."""
    pages.page("site", "/p.gif", Page(GIF, "image/gif"))
    pages.page(
        "site",
        "/",
        f"""<div id=bar>We use cookies. <button id=yes>Accept all</button></div><script>{PIXELS}
        const given = document.cookie.includes('consent=');
        if (given) document.getElementById('bar').remove();
        document.getElementById('yes')?.addEventListener('click', () => {{
          document.cookie = 'consent=yes; max-age=999'; document.getElementById('bar').remove(); }});
        setTimeout(() => pixel(given ? 'after' : 'before'), 9000)</script>""",
    )
    visit = audited.visit(pages.url("site"), SCENARIOS["accept"], settings=STANDARD).visit
    assert [choice.status for choice in visit.choices] == [ChoiceStatus.CONFIRMED], visit.choices
    assert asked(visit) == ["after"]
    assert [r.consent for r in visit.requests if "p.gif" in r.url] == [Consent.ACCEPTED]


def test_a_silent_page_is_not_searched_to_the_end(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/a.js", Page("document.cookie = 'a=1'", "text/javascript"))
    pages.page("site", "/", "<title>Shop</title><h1>Shoes</h1><script src='/a.js'></script>")
    visit = audited.visit(pages.url("site"), SCENARIOS["accept"]).visit
    span = visit.phases[1]
    assert [choice.status for choice in visit.choices] == [ChoiceStatus.NOT_OFFERED]
    assert "speaks of consent" in visit.choices[0].tried[-1]
    assert span.ends - span.begins < 3.5


LATE_BAR = """setTimeout(() => { document.body.insertAdjacentHTML('beforeend',
  '<div style="position:fixed;bottom:0">We use cookies. <button>Accept</button><button>Reject</button></div>')
}, 3000)"""


@pytest.mark.parametrize("where", ["script", "inline"])
def test_an_interface_that_comes_late_is_waited_for(audited: Auditor, pages: PageServer, where: str) -> None:
    pages.page("site", "/a.js", Page(LATE_BAR, "text/javascript"))
    inline = f"<script>{LATE_BAR}</script>" if where == "inline" else "<script src='/a.js'></script>"
    pages.page("site", "/", f"<h1>Shoes</h1>{inline}")
    settings = VisitSettings(settle=Settle.FAST, phase_cap=8, screenshots=False)
    accept = Scenario(name="a", title="", phases=(Phase(name="open", action=Action.OPEN),
                                                  Phase(name="accept", action=Action.ACCEPT)))  # fmt: skip
    visit = audited.visit(pages.url("site"), accept, settings=settings).visit
    assert [choice.found_by for choice in visit.choices] == ["words:en"]
