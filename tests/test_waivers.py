"""Waivers: what they cover, when they end, and how a wrong file is refused with file, line and key."""

from __future__ import annotations

import json
from datetime import date

import pytest
from ruamel.yaml import YAML

from reports.standing import stale_waivers, standings, waiver_uses
from reports.waivers import WaiverError, WaiverMatch, parse_waivers, schema
from tests import audits

GOOD = """\
# who answers for what
waivers:
  - rule: STO-001
    match:
      subject: nimbus.*
    reason: Goes with the next release.
    owner: web-team
    ticket: WEB-1184
    created: 2026-09-01
    expires: 2027-01-15
"""


def test_a_good_file_is_read_with_the_place_of_each_waiver() -> None:
    (waiver,) = parse_waivers(GOOD, file="waivers.yaml", known_rules=("STO-001",))
    assert waiver.source == "waivers.yaml:3"
    assert waiver.expires == date(2027, 1, 15)
    assert waiver.match.subject == "nimbus.*"


def test_a_good_file_fits_the_published_schema_and_a_bad_one_does_not() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    plain = json.loads(json.dumps(YAML(typ="safe").load(GOOD), default=str))
    validator.validate(plain)
    del plain["waivers"][0]["expires"]
    assert not validator.is_valid(plain)


@pytest.mark.parametrize("text", ["", "# none yet\n\n", "waivers: []\n"])
def test_an_empty_file_holds_no_waiver(text: str) -> None:
    assert parse_waivers(text, file="waivers.yaml") == ()


def test_all_faults_of_a_file_are_told_at_once() -> None:
    with pytest.raises(WaiverError) as caught:
        parse_waivers(spoiled("STO-001", "STO-999").replace("2027", "2028"), file="waivers.yaml", known_rules=())
    assert [fault.split(": ")[0] for fault in caught.value.faults] == ["waivers.yaml:3", "waivers.yaml:10"]


def spoiled(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("waivers: [", "waivers.yaml:1: not valid YAML"),
        ("- a", "waivers.yaml:1: a waiver file is a mapping"),
        ("waivers: []\nextra: 1\n", "waivers.yaml:2: extra: unknown key; accepted: waivers"),
        ("waivers:\n  - STO-001\n", "waivers.yaml:2: waivers[0]: input should be a valid dictionary"),
        (spoiled("    owner: web-team\n", ""), "waivers.yaml:3: waivers[0].owner: this key is required"),
        (spoiled("    expires: 2027-01-15\n", ""), "waivers.yaml:3: waivers[0].expires: this key is required"),
        (
            spoiled("owner:", "ownr:"),
            "waivers.yaml:7: waivers[0].ownr: unknown key (did you mean 'owner'?); accepted: rule, match",
        ),
        (
            spoiled("subject:", "sujet:"),
            "waivers.yaml:5: waivers[0].match.sujet: unknown key (did you mean 'subject'?)",
        ),
        (spoiled("2027-01-15", "soon"), "waivers.yaml:10: waivers[0].expires"),
        (spoiled("2027-01-15", "2026-08-01"), "waivers.yaml:10: waivers[0].expires: lies before `created`"),
        (
            spoiled("2027-01-15", "2027-12-15"),
            "waivers.yaml:10: waivers[0].expires: is 470 days after `created`; at most 180",
        ),
        (spoiled("STO-001", "STO-999"), "waivers.yaml:3: waivers[0].rule: is not a rule"),
        (spoiled("STO-001", "CONSENT-004"), "waivers.yaml:3: waivers[0].rule: cannot be waived unless"),
        (spoiled("STO-001", "SCAN-005"), "waivers.yaml:3: waivers[0].rule: cannot be waived unless"),
        (spoiled("\n      subject: nimbus.*", " {}"), "waivers.yaml:4: waivers[0].match: give at least one of"),
        (GOOD + "    rule: STO-002\n", "waivers.yaml:11: not valid YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_key(text: str, says: str) -> None:
    with pytest.raises(WaiverError) as caught:
        parse_waivers(text, file="waivers.yaml", known_rules=("STO-001", "CONSENT-004", "SCAN-005"))
    assert says in str(caught.value)


def test_a_rule_can_be_waived_anyway_where_the_configuration_says_so() -> None:
    text = spoiled("STO-001", "CONSENT-004")
    assert parse_waivers(text, file="waivers.yaml", waivable_anyway=("CONSENT-004",))


def test_the_longest_life_can_be_configured() -> None:
    text = spoiled("2027-01-15", "2027-12-15")
    assert parse_waivers(text, file="waivers.yaml", max_days=500)


def test_a_waiver_covers_what_all_its_globs_match_and_nothing_else() -> None:
    audit = audits.audit()
    covered = [row.finding.rule for row in standings(audit, waivers=(audits.waiver(),)) if row.waiver]
    assert covered == ["STO-001"]
    other = audits.waiver(subject="else.*")
    assert not [row for row in standings(audit, waivers=(other,)) if row.waiver]


@pytest.mark.parametrize(
    ("expires", "in_force"),
    [(date(2026, 11, 19), False), (date(2026, 11, 20), True), (date(2026, 11, 21), True)],
)
def test_a_waiver_holds_through_its_last_day_and_no_longer(expires: date, in_force: bool) -> None:
    audit = audits.audit()  # judged on 2026-11-20
    row = next(
        row for row in standings(audit, waivers=(audits.waiver(expires=expires),)) if row.finding.rule == "STO-001"
    )
    assert (row.waiver is not None) is in_force
    assert (row.expired is not None) is not in_force


def test_every_waiver_is_told_with_its_state() -> None:
    uses = waiver_uses(audits.audit(), (audits.waiver(), audits.waiver("RET-001", expires=date(2026, 1, 1))))
    assert [(use.expired, use.covers) for use in uses] == [(False, 1), (True, 0)]


def test_a_waiver_that_covers_nothing_is_named_with_its_line() -> None:
    stale = stale_waivers(audits.audit(), (audits.waiver(subject="else.*"),))
    (told,) = stale
    assert told.startswith("waivers.yaml:2: match: this waiver of STO-001 covers no finding of atelier-nord.example")


@pytest.mark.parametrize("match", [{"site": "other.example"}, {"scenario": "withdraw"}])
def test_a_waiver_for_another_site_or_a_scenario_that_was_not_played_is_not_stale(match: dict[str, str]) -> None:
    waiver = audits.waiver().model_copy(update={"match": WaiverMatch(**match)})
    assert stale_waivers(audits.audit(), (waiver,)) == ()


def test_a_scan_that_saw_too_little_calls_no_waiver_stale() -> None:
    assert stale_waivers(audits.blind_audit(), (audits.waiver(),)) == ()
