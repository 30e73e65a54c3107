"""Every built-in scenario, whole, on one interface that offers all it needs."""

from __future__ import annotations

import pytest

from crawler.observations import Consent
from crawler.scenarios import SCENARIOS
from crawler.visits import ChoiceStatus, VisitStatus
from tests.conftest import FAST, Auditor
from tests.site_server import SiteServer

pytestmark = pytest.mark.browser

HOST = "onetrust.consent.localhost"
SETTINGS = FAST.model_copy(update={"phase_cap": 8.0, "visit_cap": 60.0})
MADE = {
    "silent": (),
    "accept": (Consent.ACCEPTED,),
    "reject": (Consent.REJECTED,),
    "withdraw": (Consent.ACCEPTED, Consent.WITHDRAWN),
    "granular": (Consent.PARTIAL,),
    "dismiss": (Consent.UNDECIDED,),
    "return-after-accept": (Consent.ACCEPTED,),
    "return-after-reject": (Consent.REJECTED,),
    "gpc": (),
    "cookies-off": (),
    "script-off": (),
}
LEFT_OPEN = ("dismiss",)
"""Nothing closes this interface: it stays, and nothing is recorded as a choice."""


def test_the_table_has_every_scenario() -> None:
    assert set(MADE) == set(SCENARIOS)


@pytest.mark.parametrize("name", MADE)
def test_a_scenario_is_played_from_end_to_end_and_its_choices_are_proved(
    audited: Auditor, site_server: SiteServer, name: str
) -> None:
    scenario = SCENARIOS[name]
    seen = audited.visit(site_server.url(HOST), scenario, settings=SETTINGS).visit
    assert [span.name for span in seen.phases] == [phase.name for phase in scenario.phases], seen.problems
    assert tuple(choice.wanted for choice in seen.choices) == MADE[name]
    if name in LEFT_OPEN:
        assert [choice.clicks for choice in seen.choices] == [()]
    else:
        unproved = [choice.why for choice in seen.choices if choice.status is not ChoiceStatus.CONFIRMED]
        assert unproved == []
        assert seen.status is VisitStatus.COMPLETE, seen.problems
    expected = [Consent.UNDECIDED, *MADE[name]]
    assert list(dict.fromkeys(span.consent for span in seen.phases)) == list(dict.fromkeys(expected))


def test_one_purpose_is_granted_and_the_others_are_not(audited: Auditor, site_server: SiteServer) -> None:
    seen = audited.visit(site_server.url(HOST), SCENARIOS["granular"], settings=SETTINGS).visit
    record = next(reading for reading in seen.choices[0].witnesses if reading.witness == "consent_record")
    assert record.after is not None
    assert "C0002=1 C0003=0 C0004=0" in record.after


def test_what_would_bring_the_interface_back_and_where_its_policy_is_are_facts(
    audited: Auditor, site_server: SiteServer
) -> None:
    seen = audited.visit(site_server.url(HOST), SCENARIOS["reject"], settings=SETTINGS).visit
    facts = {fact.name: fact.value for fact in seen.facts if fact.name.startswith("interface.")}
    assert facts["interface.policy_link"] == site_server.url(HOST, "/privacy")
    assert facts["interface.reopener"].startswith("“Cookie Settings” button <button> ")
    (interface, *_) = seen.interfaces
    assert (interface.language, interface.blocks_content) == ("en", False)
    accept = next(control for control in interface.controls if control.meaning == "accept")
    assert accept.box is not None
    assert None not in (accept.font_px, accept.font_weight, accept.contrast)
