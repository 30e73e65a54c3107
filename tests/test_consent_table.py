"""The kept figures of `python -m tests.consent_table`: of the interfaces there are, and none proved that lies."""

from __future__ import annotations

from crawler.visits import ChoiceStatus
from tests.consent_table import RECORDED, Recorded, fixtures

KEPT = Recorded.model_validate_json(RECORDED.read_text("utf-8"))


def test_the_kept_table_is_of_all_interfaces_and_each_came_out_as_it_should() -> None:
    expected = {
        fixture.name + (" (automation hidden)" if fixture.hide_automation else ""): {
            "kind": fixture.kind,
            **fixture.expected,
        }
        for fixture in fixtures()
    }
    assert KEPT.interfaces == expected


def test_every_choice_that_can_be_proved_was_and_no_other() -> None:
    hopes = [status for fixture in fixtures() for status in fixture.expected.values()]
    assert KEPT.honest == KEPT.proved == hopes.count(ChoiceStatus.CONFIRMED)
    assert KEPT.unknowable == len(hopes) - KEPT.honest
    assert KEPT.false_proofs == 0


def test_the_interfaces_have_the_shapes_that_matter() -> None:
    names = {fixture.name for fixture in fixtures()}
    kinds = [fixture.kind for fixture in fixtures() if not fixture.hide_automation]
    assert kinds.count("platform") >= 10
    assert names >= {
        *("two-buttons", "settings-only", "shadow", "iframe", "late", "scroll", "hidden", "lying-banner"),
        *("lying-state", "accept-only", "pre-ticked", "close-is-consent", "cookie-wall", "comes-back"),
        *("session-only", "two-clicks", "korean", "rtl"),
    }
