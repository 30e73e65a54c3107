"""Pages that ask for more than can be watched: the visit ends in time, keeps what came, and says how much did not."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from crawler.browser.exchanges import MOST
from crawler.browser.visit import GRACE
from crawler.observations import SightingKind
from crawler.settings import Settle, VisitSettings
from crawler.visits import ProblemKind, Visit, VisitStatus
from tests.conftest import Auditor
from tests.flood_server import FloodServer

pytestmark = pytest.mark.browser

EARLY = "<title>t</title>here<script>document.cookie = 'early=1'</script>"
WRITING = 3.0
"""Seconds for putting the record together when the browser is gone."""


@dataclass(frozen=True)
class Seen:
    visit: Visit
    wall: float
    reached: int
    """Requests that the server counted."""

    @property
    def lost(self) -> int:
        return sum(channel.dropped for channel in self.visit.channels if channel.name == "request")

    def problems(self, kind: ProblemKind) -> list[str]:
        return [problem.message for problem in self.visit.problems if problem.kind is kind]


def flooded(audited: Auditor, script: str, *, cap: float) -> Seen:
    settings = VisitSettings(settle=Settle.STANDARD, navigation_cap=4, phase_cap=3, visit_cap=cap, screenshots=False)
    with FloodServer(f"{EARLY}<script>{script}</script>") as server:
        began = time.monotonic()
        visit = audited.visit(server.url, settings=settings).visit
        seen = Seen(visit, time.monotonic() - began, server.made)
    print(
        f"{script[:60]}: {seen.reached} reached the server, {len(visit.requests)} recorded, {seen.lost} told as lost, "
        f"{seen.wall:.1f} s against {cap:g} s + {GRACE:g} s"
    )
    assert seen.wall < cap + GRACE + WRITING
    assert visit.status is VisitStatus.PARTIAL
    assert [cookie.name for cookie in visit.cookies] == ["early"]
    blinded = {kind for problem in visit.problems for kind in problem.blinds}
    assert SightingKind.REQUEST in blinded, "no rule about requests may pass"
    return seen


def test_a_hundred_thousand_requests_in_one_loop_are_kept_or_told_as_lost(audited: Auditor) -> None:
    seen = flooded(audited, "for (let i = 0; i < 1e5; i += 1) new Image().src = '/p.gif?' + i", cap=45)
    assert len(seen.visit.requests) == MOST
    whole = "was ended" in seen.problems(ProblemKind.TIMEOUT)[0]  # a crowded machine may not get through in time
    told = len(seen.visit.requests) + seen.lost
    assert told == pytest.approx(100_001, abs=5) if whole else MOST < told <= 100_006, "the page, its icon and the like"
    assert str(seen.lost) in seen.problems(ProblemKind.LOST)[0]


def test_a_loop_of_requests_without_end_is_ended_and_all_until_then_is_told(audited: Auditor) -> None:
    seen = flooded(audited, "for (let i = 0; ; i += 1) fetch('/f?' + i).catch(() => {})", cap=30)
    assert len(seen.visit.requests) == MOST
    assert seen.lost > 0
    assert "did not let go of the page and was ended" in seen.problems(ProblemKind.TIMEOUT)[0]


def test_thousands_of_requests_that_outlast_their_page_are_joined_with_their_calls_in_time(audited: Auditor) -> None:
    script = "for (let i = 0; i < 3000; i += 1) fetch('/k?' + i, { keepalive: true }).catch(() => {})"
    settings = VisitSettings(settle=Settle.FAST, navigation_cap=4, phase_cap=3, visit_cap=40, screenshots=False)
    with FloodServer(f"{EARLY}<script>{script}</script>") as server:
        began = time.monotonic()
        visit = audited.visit(server.url, settings=settings).visit
        wall = time.monotonic() - began
    asked = [request for request in visit.requests if "/k?" in request.url]
    print(f"{len(asked)} recorded of 3000, {server.made} reached the server, {wall:.1f} s against 40 s + {GRACE:g} s")
    assert wall < 40 + GRACE + WRITING
    assert len(asked) == 3000
    assert all("keepalive" in request.beacon for request in asked)


def test_what_left_a_page_that_cannot_be_ended_is_counted_by_host(audited: Auditor) -> None:
    """The browser begins what millions of lines asked for before it takes a question; nothing can stop it in that."""
    seen = flooded(audited, "for (let i = 0; i < 5e6; i += 1) new Image().src = '/p.gif?' + i", cap=10)
    said = " ".join(seen.problems(ProblemKind.TIMEOUT))
    assert "never lets go of the page" in said
    assert seen.reached > 0
    assert f"more requests left, to site.localhost:{seen.visit.url.rsplit(':', 1)[1].strip('/')}" in said
