"""The stamp of a choice against the page's own clock; `python -m tests.consent_clock --repeats 20` does all pages."""

from __future__ import annotations

import pytest

from crawler.observations import Consent
from crawler.visits import Choice, ChoiceStatus, Visit
from tests.conftest import Auditor
from tests.consent_clock import ClockedSites, Compared, Entry, Told, compare, play
from tests.site_server import SITES, SiteServer
from tests.truth import Truth

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scenario", ["accept", "reject"])
def test_each_event_of_the_start_page_is_on_the_right_side_of_the_choice(audited: Auditor, scenario: str) -> None:
    found = Compared()
    with SiteServer() as server:
        server.answers = ClockedSites(SITES, port=server.port)
        play(audited, server, Truth.load().entry, scenario, found)
    assert (found.wrong, found.unmatched, found.unproved) == ([], [], [])
    assert found.before >= 2
    assert found.after >= 2
    assert found.gaps[0] > 0


def test_an_event_on_the_wrong_side_is_told(audited: Auditor) -> None:
    with SiteServer() as server:
        server.answers = ClockedSites(SITES, port=server.port)
        entry = Truth.load().entry
        visit = audited.visit(server.url(entry.host, entry.path)).visit
    choice = _confirmed(visit)
    first = next(request for request in choice.requests if not request.navigation)
    late = first.wall.timestamp() * 1000 + 60_000
    clicked = Entry(kind="click", name="", at=late - 1000)
    done = Entry(kind="request", name=first.url, at=late)
    found = Compared()
    compare(choice, [Told(page=visit.url, top=True, entries=(clicked, done))], found)
    assert any(first.url in line and "under undecided" in line for line in found.wrong + found.unmatched)


def _confirmed(visit: Visit) -> Visit:
    """As if a choice had been made: its events stay before it."""
    made = Choice(
        wanted=Consent.REJECTED, status=ChoiceStatus.CONFIRMED, found_by="test", at=visit.duration, order=10**6
    )
    return visit.model_copy(update={"choices": (made,)})
