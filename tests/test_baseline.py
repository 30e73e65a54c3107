"""The baseline file: what an update adds, keeps and drops, and how a wrong file is refused."""

from __future__ import annotations

import pytest

from classifiers.findings import Undecided, Verdict, VerdictKind
from reports.baseline import Baseline, BaselineError, baseline_text, parse_baseline, update_baseline
from tests import audits

PASSED = Verdict(rule="DECL-001", title="x", scenario="silent", kind=VerdictKind.PASS, sentence="None on 1 page.")


def test_an_update_keeps_the_day_of_first_sight() -> None:
    first = update_baseline(Baseline(), audits.audit())
    assert len(first.added) == len(audits.audit().findings)
    later = audits.audit(judged_at=audits.BEGAN.replace(year=2027))
    second = update_baseline(first.baseline, later)
    assert second.added == ()
    assert {entry.first_seen.year for entry in second.baseline.entries} == {2026}
    assert second.baseline.by_fingerprint() == first.baseline.by_fingerprint()


def test_the_file_reads_back_as_it_was_written() -> None:
    baseline = update_baseline(Baseline(), audits.audit()).baseline
    again = parse_baseline(baseline_text(baseline), file="baseline.json")
    assert again.by_fingerprint() == baseline.by_fingerprint()


def test_the_file_does_not_depend_on_the_order_of_findings() -> None:
    audit = audits.audit()
    turned = audit.model_copy(update={"findings": audit.findings[::-1]})
    assert baseline_text(update_baseline(Baseline(), audit).baseline) == baseline_text(
        update_baseline(Baseline(), turned).baseline
    )


def test_absence_counts_only_from_three_runs_on() -> None:
    known = update_baseline(Baseline(), audits.clean_audit(findings=(audits.finding("DECL-001"),))).baseline
    once = update_baseline(known, audits.clean_audit(verdicts=(PASSED,)))
    assert once.dropped == ()
    assert len(once.not_seen) == len(once.baseline.entries) == 1
    scan = audits.audit().scan.model_copy(update={"runs": 3})
    thrice = update_baseline(known, audits.clean_audit(verdicts=(PASSED,), scan=scan))
    assert len(thrice.dropped) == 1
    assert thrice.baseline.entries == ()


@pytest.mark.parametrize("spoil", ["undecided", "coverage", "verdict", "scenario"])
def test_a_scan_that_could_not_show_absence_drops_nothing(spoil: str) -> None:
    known = update_baseline(Baseline(), audits.clean_audit(findings=(audits.finding("DECL-001"),))).baseline
    scan = audits.audit().scan.model_copy(update={"runs": 3})
    clean = audits.clean_audit(verdicts=(PASSED,), scan=scan)
    if spoil == "undecided":
        entry = Undecided(rule="DECL-001", scenario=None, visit=None, page=None, why="Dropped events.")
        clean = clean.model_copy(update={"undecided": (entry,)})
    elif spoil == "coverage":
        clean = clean.model_copy(update={"coverage": clean.coverage.model_copy(update={"enough": False})})
    elif spoil == "verdict":
        clean = clean.model_copy(update={"verdicts": ()})
    else:
        clean = clean.model_copy(update={"visits": tuple(v for v in clean.visits if v.scenario != "silent")})
    assert update_baseline(known, clean).dropped == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "baseline.json:1: this is not JSON"),
        ("[]", "baseline.json:1: this is not a baseline"),
        ('{"format": "other"}', "this is not a baseline"),
        ('{\n"format": "consentinel-baseline",\n"version": 7}', "baseline.json:3: baseline version 7 cannot be read"),
        (
            '{"format": "consentinel-baseline", "version": 1,\n"entries": [\n{"fingerprint": 3}]}',
            "baseline.json:3: entries.0.fingerprint",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(BaselineError) as caught:
        parse_baseline(text, file="baseline.json")
    assert says in str(caught.value)


def test_a_fingerprint_twice_is_refused() -> None:
    baseline = update_baseline(Baseline(), audits.clean_audit(findings=(audits.finding(),))).baseline
    doubled = baseline.model_copy(update={"entries": baseline.entries * 2})
    with pytest.raises(BaselineError, match="twice"):
        parse_baseline(baseline_text(doubled), file="baseline.json")
