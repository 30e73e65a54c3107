"""Interfaces that are hidden from automation: looked for once per host, and the choice is made where they show."""

from __future__ import annotations

import asyncio

import pytest

from crawler.browser.second_look import NOTHING, SecondLook
from crawler.browser.stage import VisitAsk, VisitOutcome
from crawler.scenarios import SCENARIOS
from crawler.visits import INTERFACE_WITH_AUTOMATION_HIDDEN, ChoiceStatus, Visit, VisitStatus
from tests.conftest import FAST, Auditor
from tests.site_server import SiteServer

pytestmark = pytest.mark.browser


class Counting:
    """Plays visits in real browsers, and remembers which were asked to hide."""

    def __init__(self, audited: Auditor) -> None:
        self.audited = audited
        self.hidden: list[bool] = []
        self.look = SecondLook(self._play)

    async def _play(self, ask: VisitAsk) -> VisitOutcome:
        self.hidden.append(ask.browser.hide_automation)
        return await self.audited.browsers.visit(ask)

    def visit(self, url: str, scenario: str, *, second_look: bool = True) -> Visit:
        ask = VisitAsk(
            url=url,
            scenario=SCENARIOS[scenario],
            settings=FAST.model_copy(update={"phase_cap": 8.0, "second_look": second_look}),
            browser=self.audited.browser.settings,
            digest_key=b"test",
        )
        return self.audited.runner.run(self.look.visit(ask)).visit


@pytest.fixture
def looking(audited: Auditor) -> Counting:
    return Counting(audited)


def facts_of(visit: Visit) -> dict[str, str]:
    return {fact.name: fact.value for fact in visit.facts}


def test_a_choice_is_made_where_the_interface_shows_and_the_visit_says_so(
    looking: Counting, site_server: SiteServer
) -> None:
    url = site_server.url("hidden.consent.localhost")
    refused = looking.visit(url, "reject")
    assert looking.hidden == [False, True]
    assert [choice.status for choice in refused.choices] == [ChoiceStatus.CONFIRMED], refused.choices
    assert facts_of(refused)[INTERFACE_WITH_AUTOMATION_HIDDEN] == "shown"
    assert facts_of(refused)["navigator.webdriver"] == "false"
    accepted = looking.visit(url, "accept")
    assert looking.hidden == [False, True, True]  # known by now
    assert [choice.status for choice in accepted.choices] == [ChoiceStatus.CONFIRMED], accepted.choices


def test_where_nothing_is_chosen_the_plain_visit_stands_with_the_interface_beside_it(
    looking: Counting, site_server: SiteServer
) -> None:
    seen = looking.visit(site_server.url("hidden.consent.localhost"), "silent")
    assert facts_of(seen)["navigator.webdriver"] == "true"
    assert facts_of(seen)[INTERFACE_WITH_AUTOMATION_HIDDEN] == "shown"
    assert [interface.kind for interface in seen.interfaces] == ["banner"]
    assert looking.visit(site_server.url("hidden.consent.localhost"), "silent").status is VisitStatus.COMPLETE
    assert looking.hidden == [False, True, False]


def test_where_there_is_none_it_is_looked_for_once_and_said(looking: Counting, site_server: SiteServer) -> None:
    refused = looking.visit(site_server.url("none.consent.localhost"), "reject")
    assert refused.choices[0].status is ChoiceStatus.NOT_OFFERED
    assert NOTHING in refused.choices[0].tried
    assert facts_of(refused)[INTERFACE_WITH_AUTOMATION_HIDDEN] == "not shown"
    again = looking.visit(site_server.url("none.consent.localhost", "/second.html"), "reject")
    assert INTERFACE_WITH_AUTOMATION_HIDDEN not in facts_of(again)
    assert looking.hidden == [False, True, False]


def test_an_interface_that_shows_at_once_costs_no_second_look(looking: Counting, site_server: SiteServer) -> None:
    looking.visit(site_server.url("two-buttons.consent.localhost"), "reject")
    looking.visit(site_server.url("two-buttons.consent.localhost"), "silent")
    assert looking.hidden == [False, False]


def test_the_second_look_can_be_left_out(looking: Counting, site_server: SiteServer) -> None:
    refused = looking.visit(site_server.url("hidden.consent.localhost"), "reject", second_look=False)
    assert looking.hidden == [False]
    assert refused.choices[0].status is ChoiceStatus.NOT_OFFERED


def test_the_browser_that_hides_names_no_headless_engine(audited: Auditor, site_server: SiteServer) -> None:
    browser = audited.browser.settings.model_copy(update={"hide_automation": True})
    ask = VisitAsk(
        url=site_server.url("two-buttons.consent.localhost"),
        scenario=SCENARIOS["silent"],
        settings=FAST,
        browser=browser,
        digest_key=b"test",
    )

    async def agents() -> set[str]:
        before = len(site_server.hits)
        await audited.browsers.visit(ask)
        return {hit.headers.get("user-agent", "") for hit in site_server.hits[before:]}

    told = audited.runner.run(asyncio.wait_for(agents(), 60))
    assert told
    assert not any("Headless" in agent for agent in told)
