"""From witnesses to a verdict: two independent ones agree, or nothing is proved."""

from __future__ import annotations

import pytest

from crawler.browser.consent.state import State
from crawler.browser.consent.verdict import verdict
from crawler.browser.consent.witnesses import readings
from crawler.observations import Consent
from crawler.visits import ChoiceStatus, WitnessReading
from tests.test_signals_tcf import write_tc

A, R, U = Consent.ACCEPTED, Consent.REJECTED, Consent.UNDECIDED


def reading(witness: str, says: Consent | None) -> WitnessReading:
    return WitnessReading(witness=witness, before=None, after="x", says=says, detail="x")


@pytest.mark.parametrize(
    ("wanted", "said", "status"),
    [
        (R, {"interface": R, "consent_record": R}, ChoiceStatus.CONFIRMED),
        (A, {"interface": A, "consent_record": Consent.PARTIAL}, ChoiceStatus.CONFIRMED),
        (R, {"interface": R, "consent_record": Consent.PARTIAL}, ChoiceStatus.CONTRADICTED),
        (R, {"interface": R}, ChoiceStatus.UNCONFIRMED),
        (R, {"interface": R, "consent_record": None}, ChoiceStatus.UNCONFIRMED),
        (R, {"interface": None, "consent_record": R}, ChoiceStatus.UNCONFIRMED),
        (R, {"consent_record": R}, ChoiceStatus.CONFIRMED),
        (R, {"consent_record": R, "gpc": None}, ChoiceStatus.CONFIRMED),
        (R, {"interface": None, "consent_record": R, "tcf": R}, ChoiceStatus.CONFIRMED),
        (R, {"interface": R, "consent_record": R, "consent_mode": A}, ChoiceStatus.CONTRADICTED),
        (R, {"interface": U, "consent_record": R}, ChoiceStatus.CONTRADICTED),
        (A, {"consent_mode": A, "google_signals": A, "interface": None}, ChoiceStatus.UNCONFIRMED),
        (Consent.WITHDRAWN, {"platform_api": R, "tcf": R}, ChoiceStatus.CONFIRMED),
        (Consent.PARTIAL, {"interface": Consent.PARTIAL, "consent_record": R}, ChoiceStatus.CONTRADICTED),
        (
            Consent.PARTIAL,
            {"interface": Consent.PARTIAL, "consent_record": Consent.PARTIAL, "consent_mode": R},
            ChoiceStatus.CONFIRMED,
        ),
        (Consent.PARTIAL, {"interface": Consent.PARTIAL, "consent_mode": R}, ChoiceStatus.UNCONFIRMED),
        (R, {}, ChoiceStatus.UNCONFIRMED),
    ],
)
def test_a_verdict_needs_two_independent_witnesses_and_none_against(
    wanted: Consent, said: dict[str, Consent | None], status: ChoiceStatus
) -> None:
    found, why = verdict(wanted, [reading(witness, says) for witness, says in said.items()])
    assert found is status
    assert why


def one(found: tuple[WitnessReading, ...], witness: str) -> WitnessReading:
    return next(reading for reading in found if reading.witness == witness)


def test_a_state_that_was_refused_before_the_refusal_is_no_sign_of_it() -> None:
    state = State(api={"cookiebot": {"consent": {"necessary": True, "marketing": False}, "answered": False}})
    assert one(readings(state, state, wanted=R), "platform_api").says is None
    answered = State(api={"cookiebot": {"consent": {"necessary": True, "marketing": False}, "answered": True}})
    assert one(readings(state, answered, wanted=R), "platform_api").says is R


def test_a_grant_that_stays_after_the_refusal_speaks_against_it() -> None:
    state = State(
        api={
            "consent_mode": {
                "entries": [{"command": "default", "state": {"ad_storage": "granted", "analytics_storage": "granted"}}]
            }
        }
    )
    assert one(readings(state, state, wanted=R), "consent_mode").says is A
    assert one(readings(state, state, wanted=A), "consent_mode").says is None


def test_only_items_that_are_new_at_the_choice_count_as_undocumented_records() -> None:
    before = State(items={"cookie:cookie_choice": "rejected"})
    assert readings(before, before, wanted=R) == ()
    after = State(items={"cookie:cookie_choice": "rejected", "local:consent": "denied"})
    found = one(readings(before, after, wanted=R), "consent_record")
    assert (found.says, found.after) == (R, "consent: rejected")


def test_a_record_made_at_the_choice_is_found_again_on_a_later_page_without_the_earlier_state() -> None:
    after = State(items={"cookie:my_cookie_choice": "rejected"})
    then = {"consent_record": one(readings(State(), after, wanted=R), "consent_record")}
    assert one(readings(None, after, wanted=R, earlier=then), "consent_record").says is R
    changed = State(items={"cookie:my_cookie_choice": "accepted"})
    assert one(readings(None, changed, wanted=R, earlier=then), "consent_record").says is A


def test_a_tc_string_shown_before_the_choice_says_nothing_and_after_it_what_its_bits_say() -> None:
    asked = State(api={"tcf": {"tcString": write_tc(), "eventStatus": "cmpuishown"}})
    refused = State(api={"tcf": {"tcString": write_tc(), "eventStatus": "useractioncomplete"}})
    granted = State(
        api={"tcf": {"tcString": write_tc(purposes=(1,), vendors=(2,)), "eventStatus": "useractioncomplete"}}
    )
    assert one(readings(asked, asked, wanted=R), "tcf").says is None
    assert one(readings(asked, refused, wanted=R), "tcf").says is R
    assert one(readings(asked, granted, wanted=R), "tcf").says is A


def test_one_cookie_per_category_is_one_record() -> None:
    items = {"cookie:cmplz_functional": "allow", "cookie:cmplz_marketing": "deny", "cookie:cmplz_statistics": "allow"}
    assert one(readings(State(), State(items=items), wanted=R), "consent_record").says is Consent.PARTIAL


def test_the_last_request_with_a_google_signal_counts() -> None:
    hits = ("https://g.example/collect?gcs=G111", "https://g.example/collect?gcs=G100&gcd=13q3q3q3q5")
    found = one(readings(State(), State(hits=hits), wanted=R), "google_signals")
    assert (found.says, found.after) == (R, "gcs=G100 gcd=13q3q3q3q5")


def test_readings_hold_no_value_of_the_record() -> None:
    items = {"cookie:CookieConsent": "{stamp:'SECRET',necessary:true,marketing:false,method:'explicit'}"}
    found = one(readings(State(), State(items=items), wanted=R), "consent_record")
    assert "SECRET" not in found.model_dump_json()
