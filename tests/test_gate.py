"""The gate: exit codes 0, 1 and 3, who wins over whom, and why."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from classifiers.findings import (
    Audit,
    Confidence,
    Coverage,
    DeclaredState,
    Finding,
    Outcome,
    Severity,
    Undecided,
    Verdict,
    VerdictKind,
)
from crawler.visits import ProblemKind, VisitStatus
from reports.baseline import Baseline, update_baseline
from reports.gate import MOST_REASONS, GateMode, GatePolicy, gate
from tests import audits

RULES = st.sampled_from(("CONSENT-001", "DECL-001", "SCAN-005", "TP-002"))
SCENARIOS = st.sampled_from(("silent", "accept", "reject", "gpc", "any"))
FINDINGS = st.builds(
    audits.finding,
    RULES,
    severity=st.sampled_from(Severity),
    outcome=st.sampled_from(Outcome),
    scenario=SCENARIOS,
    name=st.sampled_from(("_a", "_b")),
    confidence=st.sampled_from(Confidence),
    seen_in_runs=st.integers(1, 2),
    runs=st.integers(2, 3),
)
OPEN = st.builds(
    Undecided,
    rule=RULES,
    scenario=st.none() | SCENARIOS,
    visit=st.none(),
    page=st.none(),
    why=st.just("The page was not seen."),
)
VERDICTS = st.builds(
    Verdict,
    rule=RULES,
    title=st.just("A rule"),
    scenario=st.none() | SCENARIOS,
    kind=st.sampled_from(VerdictKind),
    sentence=st.just("One sentence."),
)
POLICIES = st.builds(
    GatePolicy,
    threshold=st.sampled_from(Severity),
    mode=st.sampled_from(GateMode),
    reviews=st.booleans(),
    weak=st.booleans(),
)


@st.composite
def any_audit(draw: st.DrawFn) -> Audit:
    base = draw(st.sampled_from((audits.clean_audit(), audits.blind_audit())))
    coverage = base.coverage.model_copy(update={"enough": draw(st.booleans())})
    return base.model_copy(
        update={
            "findings": tuple(draw(st.lists(FINDINGS, max_size=4))),
            "undecided": tuple(draw(st.lists(OPEN, max_size=2))),
            "verdicts": tuple(draw(st.lists(VERDICTS, max_size=3))),
            "coverage": coverage,
        }
    )


def incomplete(audit: Audit) -> bool:
    asked = {None, "any", *audit.scan.scenarios}
    return (
        not audit.coverage.enough
        or audit.coverage.pages_seen == 0
        or not audit.verdicts
        or all(visit.status is VisitStatus.FAILED for visit in audit.visits)
        or any(entry.scenario in asked for entry in audit.undecided)
        or any(row.kind is VerdictKind.UNDECIDED and row.scenario in asked for row in audit.verdicts)
    )


@settings(max_examples=150, deadline=None)
@given(any_audit(), POLICIES)
def test_findings_win_over_incompleteness_and_incompleteness_over_a_pass(audit: Audit, policy: GatePolicy) -> None:
    result = gate(audit, policy=policy)
    if result.failing or result.unlisted:
        assert result.exit_code == 1
        assert "Failed" in result.sentence
    elif incomplete(audit):
        assert result.exit_code == 3
        assert "too little was seen" in result.sentence
        assert all(reason in result.sentence for reason in result.blind[:MOST_REASONS])
    else:
        assert result.exit_code == 0
        assert result.sentence.startswith("Passed")


@settings(max_examples=100, deadline=None)
@given(any_audit(), POLICIES, OPEN.filter(lambda entry: entry.scenario != "gpc"))
def test_one_more_undecided_rule_never_makes_a_pass(audit: Audit, policy: GatePolicy, entry: Undecided) -> None:
    more = audit.model_copy(update={"undecided": (*audit.undecided, entry)})
    assert gate(more, policy=policy).exit_code != 0
    assert (gate(more, policy=policy).exit_code == 1) == (gate(audit, policy=policy).exit_code == 1)


@settings(max_examples=100, deadline=None)
@given(any_audit(), POLICIES, FINDINGS)
def test_one_more_finding_never_turns_a_failure_into_anything_else(
    audit: Audit, policy: GatePolicy, extra: Finding
) -> None:
    more = audit.model_copy(update={"findings": (*audit.findings, extra)})
    before, after = gate(audit, policy=policy), gate(more, policy=policy)
    assert after.exit_code == before.exit_code or after.exit_code == 1
    assert len(after.failing) + len(after.spared) == len(more.findings)


@settings(max_examples=100, deadline=None)
@given(any_audit(), st.sampled_from(Severity), st.sampled_from(Severity))
def test_a_lower_threshold_is_never_kinder(audit: Audit, one: Severity, other: Severity) -> None:
    low, high = sorted((one, other), key=lambda severity: severity.rank)
    lenient = {row.fingerprint for row in gate(audit, threshold=high).failing}
    strict = {row.fingerprint for row in gate(audit, threshold=low).failing}
    assert lenient <= strict


def test_a_clean_and_complete_scan_passes_and_says_what_it_rests_on() -> None:
    result = gate(audits.clean_audit())
    assert result.exit_code == 0
    assert result.passed
    assert result.sentence == ("Passed: no finding at or above high was observed on 1 of 1 page under 3 scenarios.")


@pytest.mark.parametrize("mode", list(GateMode))
@pytest.mark.parametrize(
    "kind",
    [
        ProblemKind.UNREACHABLE,
        ProblemKind.CERTIFICATE,
        ProblemKind.HTTP_ERROR,
        ProblemKind.EMPTY,
        ProblemKind.DOWNLOAD,
        ProblemKind.REDIRECT_LOOP,
        ProblemKind.OFF_SITE,
        ProblemKind.TIMEOUT,
        ProblemKind.CRASH,
        ProblemKind.CHALLENGE,
        ProblemKind.ROBOTS,
    ],
)
def test_a_site_of_which_nothing_was_seen_never_passes_in_any_mode(kind: ProblemKind, mode: GateMode) -> None:
    result = gate(audits.blind_audit(kind), mode=mode)
    assert result.exit_code == 3
    assert "no page" in result.sentence


def test_a_blind_audit_that_claims_enough_coverage_still_does_not_pass() -> None:
    liar = audits.blind_audit().model_copy(
        update={
            "undecided": (),
            "coverage": Coverage(
                pages_asked=1,
                pages_seen=1,
                visits_asked=3,
                visits_complete=3,
                visits_partial=0,
                visits_failed=0,
                enough=True,
            ),
            "verdicts": audits.clean_audit().verdicts,
        }
    )
    assert gate(liar).exit_code == 3


def test_a_scenario_that_was_asked_for_but_not_seen_does_not_pass() -> None:
    clean = audits.clean_audit()
    without = clean.model_copy(update={"visits": tuple(v for v in clean.visits if v.scenario != "reject")})
    result = gate(without)
    assert result.exit_code == 3
    assert '"reject"' in result.sentence


def test_an_audit_in_which_no_rule_was_judged_does_not_pass() -> None:
    assert gate(audits.clean_audit(verdicts=())).exit_code == 3


def test_a_rule_that_needs_a_scenario_nobody_asked_for_is_named_but_does_not_block() -> None:
    entry = Undecided(rule="CONSENT-019", scenario="gpc", visit=None, page=None, why="Not played.")
    result = gate(audits.clean_audit(undecided=(entry,)))
    assert result.exit_code == 0
    assert result.not_asked == ("CONSENT-019",)


def test_an_undecided_visit_blocks_whatever_its_state_is_called() -> None:
    entry = Undecided(rule="CONSENT-001", scenario="gpc", visit="silent-1-x", page=None, why="Dropped events.")
    assert gate(audits.clean_audit(undecided=(entry,))).exit_code == 3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"severity": Severity.MEDIUM}, "below high"),
        ({"outcome": Outcome.REVIEW}, "needs a person's review"),
        ({"outcome": Outcome.INFORMATIONAL}, "informational"),
        ({"confidence": Confidence.WEAK}, "weak evidence"),
        ({"seen_in_runs": 1, "runs": 3}, "seen in 1 of 3 runs only"),
    ],
)
def test_what_does_not_count_says_why(change: dict[str, object], why: str) -> None:
    row = audits.finding(**{"severity": Severity.HIGH, **change})  # type: ignore[arg-type]  # a table of changes
    result = gate(audits.clean_audit(findings=(row,)))
    assert result.exit_code == 0
    assert [spared.why for spared in result.spared] == [why]


def test_one_capture_of_a_critical_event_is_enough() -> None:
    row = audits.finding(severity=Severity.CRITICAL, seen_in_runs=1, runs=3, confidence=Confidence.WEAK)
    assert gate(audits.clean_audit(findings=(row,))).exit_code == 1


def test_intermittent_findings_count_where_the_policy_names_the_rule() -> None:
    policy = GatePolicy(intermittent=("CONSENT-001",))
    for confidence in Confidence:  # not being repeated is what makes them weak, so that cannot count twice
        row = audits.finding(severity=Severity.HIGH, seen_in_runs=1, runs=3, confidence=confidence)
        assert gate(audits.clean_audit(findings=(row,)), policy=policy).exit_code == 1
        other = gate(audits.clean_audit(findings=(row,)), policy=GatePolicy(weak=True))
        assert other.exit_code == 0
        assert "seen in 1 of 3 runs only" in other.sentence


def test_weak_evidence_of_every_run_stays_weak_whatever_is_said_of_intermittent_findings() -> None:
    row = audits.finding(severity=Severity.HIGH, seen_in_runs=3, runs=3, confidence=Confidence.WEAK)
    policy = GatePolicy(intermittent=("CONSENT-001",))
    assert gate(audits.clean_audit(findings=(row,)), policy=policy).exit_code == 0


def test_a_rule_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError, match="'CONSENT-0O1' is not a rule"):
        GatePolicy(intermittent=("CONSENT-0O1",))


def test_mode_new_fails_only_on_what_the_baseline_does_not_know() -> None:
    old, new = audits.finding(name="_old"), audits.finding(name="_new")
    baseline = update_baseline(Baseline(), audits.clean_audit(findings=(old,))).baseline
    both = audits.clean_audit(findings=(old, new))
    result = gate(both, mode=GateMode.NEW, baseline=baseline)
    assert [row.subject.name for row in result.failing] == ["_new"]
    assert gate(both, mode=GateMode.ALL, baseline=baseline).exit_code == 1
    only_old = audits.clean_audit(findings=(old,))
    assert gate(only_old, mode=GateMode.NEW, baseline=baseline).exit_code == 0
    assert gate(only_old, mode=GateMode.ALL, baseline=baseline).exit_code == 1


def test_mode_new_without_a_baseline_counts_everything_and_says_so() -> None:
    result = gate(audits.clean_audit(findings=(audits.finding(),)), mode=GateMode.NEW)
    assert result.exit_code == 1
    assert "No baseline was given" in result.sentence


def test_mode_inventory_fails_on_items_outside_the_lock_file_whatever_the_rules_say() -> None:
    audit = audits.clean_audit()
    result = gate(audit, mode=GateMode.INVENTORY)
    assert result.exit_code == 1
    assert {item.name for item in result.unlisted} >= {"_nimbus_id", "nimbus.visitor", "/tr"}
    assert "session" not in {item.name for item in result.unlisted}
    locked = audit.model_copy(
        update={"items": tuple(item.model_copy(update={"declared": DeclaredState.ITEM}) for item in audit.items)}
    )
    assert gate(locked, mode=GateMode.INVENTORY).exit_code == 0


def test_a_waiver_in_force_spares_and_an_expired_one_brings_the_finding_back() -> None:
    row = audits.finding("STO-001", name="nimbus.visitor")
    audit = audits.clean_audit(findings=(row,))
    held = gate(audit, waivers=(audits.waiver(),))
    assert held.exit_code == 0
    assert "waived until 2027-01-15 by web-team" in held.sentence
    lapsed = gate(audit, waivers=(audits.waiver(expires=date(2026, 11, 19)),))
    assert lapsed.exit_code == 1


def test_a_failure_and_a_blind_spot_are_both_told() -> None:
    result = gate(audits.audit())
    assert result.exit_code == 1
    assert result.sentence.startswith("Failed: 3 findings at or above high")
    assert "too little was seen to say more" in result.sentence
