"""What machines get: each format read by the parser or schema of whoever consumes it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from classifiers.findings import Audit, Outcome, Place, Severity, VerdictKind
from reports import REPORTERS
from reports.context import Context
from reports.gate import GatePolicy, gate
from reports.neutral import markdown, visible
from reports.to_csv import COLUMNS, UNDECIDED, ToCsv
from reports.to_github import ToGithub
from reports.to_gitlab import ToGitlab
from reports.to_json import DocumentError, ToJson, read_document, schema
from reports.to_junit import ToJunit
from reports.to_markdown import ToMarkdown
from reports.to_sarif import FINGERPRINT, ToSarif
from tests import audits

ROOT = Path(__file__).parent.parent
SARIF_SCHEMA = "@microsoft/sarif-multitool-linux/sarif-2.1.0.json"
AUDITS = {
    "rich": audits.audit,
    "clean": audits.clean_audit,
    "blind": audits.blind_audit,
    "hostile": audits.hostile_audit,
}


@pytest.fixture(params=AUDITS)
def any_audit(request: pytest.FixtureRequest) -> Audit:
    audit: Audit = AUDITS[request.param]()
    return audit


def npm_file(path: str) -> Path:
    """In node_modules here or where NODE_PATH says; the test is skipped where the package was not fetched."""
    folders = [ROOT / "node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))]
    found = next((folder / path for folder in folders if (folder / path).is_file()), None)
    if found is None:
        pytest.skip(f"the npm package that ships {path} is not fetched")
    return found


def sarif(audit: Audit, context: Context | None = None) -> Any:
    return json.loads(ToSarif(context).render(audit))


def test_rendering_is_pure(any_audit: Audit) -> None:
    for reporter in REPORTERS:
        assert reporter().render(any_audit) == reporter().render(any_audit)


def test_format_names_and_file_names_are_unique() -> None:
    assert len({reporter.format for reporter in REPORTERS}) == len(REPORTERS)
    assert len({reporter.filename for reporter in REPORTERS}) == len(REPORTERS)


# JSON


def test_json_reads_back_as_the_same_audit(any_audit: Audit) -> None:
    document = read_document(ToJson().render(any_audit), file="audit.json")
    assert document.audit == any_audit
    assert document.gate.exit_code in (0, 1, 3)


def test_json_fits_its_published_schema(any_audit: Audit) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    published = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(published)
    text = ToJson(audits.context(audits.audit())).render(any_audit)
    jsonschema.Draft202012Validator(published).validate(json.loads(text))


def test_json_of_another_version_is_refused_with_the_place() -> None:
    text = ToJson().render(audits.clean_audit()).replace('"version": "1"', '"version": "9"')
    with pytest.raises(DocumentError, match=r"old\.json: version"):
        read_document(text, file="old.json")


# SARIF


def test_sarif_is_valid_against_the_oasis_schema(any_audit: Audit) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    oasis = json.loads(npm_file(SARIF_SCHEMA).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(oasis)
    assert list(validator.iter_errors({"version": "2.1.0"})), "the schema itself must be able to fail"
    context = audits.context(audits.audit())
    assert [error.message for error in validator.iter_errors(sarif(any_audit, context))] == []


def test_sarif_points_at_the_line_of_the_declaration() -> None:
    results = sarif(audits.audit())["runs"][0]["results"]
    declared = next(result for result in results if result["ruleId"] == "STO-001")
    place = declared["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "declaration.yaml"
    assert place["region"]["startLine"] == 44
    assert all(result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1 for result in results)


def test_sarif_says_fail_only_of_failures_and_open_of_the_undecided() -> None:
    audit = audits.audit()
    results = sarif(audit)["runs"][0]["results"]
    kinds = {(result["ruleId"], result["kind"]) for result in results}
    assert {("CONSENT-001", "fail"), ("CONSENT-006", "review"), ("DECL-008", "informational")} <= kinds
    assert ("TP-002", "open") in kinds
    assert ("CONSENT-019", "open") in kinds
    assert all(result["level"] == "none" for result in results if result["kind"] != "fail")
    assert not any(result["kind"] == "pass" for result in results)


def test_sarif_carries_identity_baseline_and_suppressions() -> None:
    audit = audits.audit()
    results = {
        result["ruleId"]: result
        for result in sarif(audit, audits.context(audit))["runs"][0]["results"]
        if result["kind"] != "open"
    }
    for finding in audit.findings:
        assert results[finding.rule]["partialFingerprints"] == {FINGERPRINT: finding.fingerprint}
    assert results["CONSENT-004"]["baselineState"] == "unchanged"
    assert results["CONSENT-004"]["properties"]["firstSeen"] == "2026-10-02"
    assert results["CONSENT-001"]["baselineState"] == "new"
    (suppression,) = results["STO-001"]["suppressions"]
    assert suppression["status"] == "accepted"
    assert suppression["properties"]["expires"] == "2027-01-15"
    assert results["RET-001"]["suppressions"] == [], "an expired waiver suppresses nothing"
    assert "baselineState" not in sarif(audit)["runs"][0]["results"][0]


def test_sarif_of_a_blind_scan_is_not_a_success() -> None:
    (invocation,) = sarif(audits.blind_audit())["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    assert invocation["toolExecutionNotifications"]


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/etc/passwd", "passwd"),
        ("../../up.yaml", "up.yaml"),
        ("C:\\Users\\x\\declaration.yaml", "declaration.yaml"),
        ("policies/declaration.yaml", "policies/declaration.yaml"),
        ("https://evil.example/x", "x"),
        ("", "consentinel.yaml"),
    ],
)
def test_a_place_never_leaves_the_repository(file: str, shown: str) -> None:
    audit = audits.audit(findings=(audits.finding(declared_at=Place(file=file, line=3)),))
    place = sarif(audit)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == shown
    assert json.loads(ToGitlab().render(audit))[0]["location"]["path"] == shown
    assert f"file={shown}," in ToGithub().render(audit)


def test_a_place_inside_the_repository_is_told_relative_to_it() -> None:
    audit = audits.audit(findings=(audits.finding(declared_at=Place(file="/home/me/shop/policies/d.yaml", line=3)),))
    context = Context(root="/home/me/shop")
    place = sarif(audit, context)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "policies/d.yaml"
    assert json.loads(ToGitlab(context).render(audit))[0]["location"]["path"] == "policies/d.yaml"
    assert "file=policies/d.yaml,line=3" in ToGithub(context).render(audit)


# JUnit


def cases(audit: Audit, context: Context | None = None) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(ToJunit(context).render(audit))
    return {str(case.get("name")): case for case in root.iter("testcase")}


def test_junit_is_read_by_a_junit_parser(any_audit: Audit) -> None:
    junitparser = pytest.importorskip("junitparser")
    parsed = junitparser.JUnitXml.fromstring(ToJunit().render(any_audit).encode())
    read = [case for suite in parsed for case in suite]
    assert len(read) == parsed.tests > len(any_audit.verdicts)
    for name, number in (("Failure", parsed.failures), ("Skipped", parsed.skipped), ("Error", parsed.errors)):
        assert number == sum(type(result).__name__ == name for case in read for result in case.result)


def test_junit_is_green_only_for_what_passed(any_audit: Audit) -> None:
    found = cases(any_audit)
    marks = ("skipped", "failure", "error")
    green = {name for name, case in found.items() if not any(case.find(mark) is not None for mark in marks)}
    passed = {visible(f"{row.rule} {row.title}") for row in any_audit.verdicts if row.kind is VerdictKind.PASS}
    assert green - {"gate"} == passed
    assert ("gate" in green) is (gate(any_audit).exit_code == 0)


def test_junit_skips_the_undecided_with_the_reason() -> None:
    found = cases(audits.audit())
    told = {name.split()[0]: case.find("skipped") for name, case in found.items()}
    for rule in ("TP-002", "CONSENT-019"):
        skipped = told[rule]
        assert skipped is not None
        assert str(skipped.get("message")).startswith("undecided: ")


def test_junit_fails_the_rules_that_fail_the_gate() -> None:
    audit = audits.audit()
    found = cases(audit, audits.context(audit))
    failed = {name.split()[0] for name, case in found.items() if case.find("failure") is not None}
    assert failed == {"gate", "CONSENT-001", "CONSENT-004"}
    strict = cases(audit, Context(policy=GatePolicy(reviews=True)))
    assert strict["CONSENT-006 Controls of the interface differ visually"].find("failure") is not None


def test_junit_of_a_blind_scan_is_an_error() -> None:
    assert cases(audits.blind_audit())["gate"].find("error") is not None
    assert cases(audits.clean_audit())["gate"].find("error") is None


# CSV


def csv_rows(audit: Audit, context: Context | None = None) -> list[list[str]]:
    return list(csv.reader(io.StringIO(ToCsv(context).render(audit), newline="")))


def test_csv_has_a_row_per_item_and_the_columns_it_promises(any_audit: Audit) -> None:
    rows = csv_rows(any_audit)
    assert tuple(rows[0]) == COLUMNS
    assert len([row for row in rows[1:] if row[0] != UNDECIDED]) == len(any_audit.items)
    assert {len(row) for row in rows} == {len(COLUMNS)}


def test_csv_has_a_row_for_what_the_scan_leaves_open() -> None:
    told = [dict(zip(COLUMNS, row, strict=True)) for row in csv_rows(audits.audit()) if row[0] == UNDECIDED]
    assert {entry.rule for entry in audits.audit().undecided} <= {row["name"] for row in told}
    assert all(row["label_reason"] for row in told)
    assert not [row for row in csv_rows(audits.clean_audit()) if row[0] == UNDECIDED]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "|", "%"])
def test_no_cell_is_a_formula(start: str) -> None:
    item = audits.audit().items[0].model_copy(update={"name": f"{start}1+1", "domain": f"{start}x"})
    rows = list(csv.reader(io.StringIO(ToCsv().render(audits.audit(items=(item,))), newline="")))
    assert rows[1][1].startswith("'")
    assert rows[1][2].startswith("'")


# Markdown


def test_markdown_is_short_and_says_what_who_and_how() -> None:
    audit = audits.audit()
    text = ToMarkdown(audits.context(audit)).render(audit)
    assert len(text) < 4000
    assert text.startswith("<!-- consentinel -->\n")
    assert "`https://ads.adnimbus.example/pixel.js`" in text
    assert "fix: Let the tag manager start AdNimbus Pixel" in text
    assert "expired, its findings are back" in text


def test_markdown_stays_short_however_much_was_found() -> None:
    many = tuple(audits.finding(name=f"_c{number}") for number in range(500))
    assert len(ToMarkdown().render(audits.audit(findings=many))) < 8000


@pytest.mark.parametrize(("build", "word"), [(audits.clean_audit, "passed"), (audits.blind_audit, "undecided")])
def test_markdown_says_the_result_in_its_heading(build: Any, word: str) -> None:
    assert word in ToMarkdown().render(build()).splitlines()[1]


def test_literal_text_is_read_back_literally() -> None:
    for attack in (*audits.ATTACKS, "a_b_c *d* ~e~ #1 @x www.evil.example <b> &lt; $x$"):
        (inline,) = [
            token for token in MarkdownIt("gfm-like", {"linkify": False}).parse(markdown(attack)) if token.children
        ]
        kinds = {child.type for child in inline.children or []}
        assert kinds <= {"text", "html_inline", "text_special"}, attack
        read = "".join(child.content for child in inline.children or [] if child.type != "html_inline")
        assert read.strip() == re.sub(r"\s+", " ", visible(attack)).strip()


# GitHub and GitLab


def test_github_commands_are_one_line_each_and_speak_of_the_gate() -> None:
    audit = audits.audit()
    lines = ToGithub().render(audit).splitlines()
    assert all(re.match(r"::(error|warning|notice) ", line) for line in lines)
    assert any("file=declaration.yaml,line=44,title=STO-001" in line for line in lines)
    assert lines[-1].startswith("::error title=Consentinel::Failed")
    assert ToGithub().render(audits.clean_audit()).startswith("::notice title=Consentinel::Passed")
    assert ToGithub().render(audits.blind_audit()).startswith("::error title=Consentinel::Undecided")


def test_github_shows_no_more_than_a_step_may() -> None:
    many = tuple(audits.finding(name=f"_c{number}") for number in range(50))
    lines = ToGithub().render(audits.audit(findings=many)).splitlines()
    assert len(lines) == 10
    assert "(41 more in the report)" in lines[-1]


def test_gitlab_issues_have_what_gitlab_requires(any_audit: Audit) -> None:
    issues = json.loads(ToGitlab().render(any_audit))
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert issue["location"]["path"]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_gitlab_never_shows_a_blind_scan_as_clean() -> None:
    (issue,) = json.loads(ToGitlab().render(audits.blind_audit()))
    assert issue["check_name"] == "too-little-seen"
    assert json.loads(ToGitlab().render(audits.clean_audit())) == []


# All of them


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: str(reporter.format))
def test_every_format_tells_a_blind_scan_from_a_clean_one(reporter: Any) -> None:
    blind = reporter().render(audits.blind_audit())
    assert "too little was seen" in blind.lower()
    assert "too little was seen" not in reporter().render(audits.clean_audit()).lower()


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: str(reporter.format))
def test_every_report_tells_every_waiver_in_force_and_expired(reporter: Any) -> None:
    if reporter.format in ("har", "wec"):  # facts in another tool's form: findings are no part of them
        return
    in_force, covers_nothing = (
        audits.waiver(),
        audits.waiver(subject="else.*").model_copy(update={"owner": "data-team"}),
    )
    expired = audits.waiver("RET-001", expires=date(2026, 1, 1)).model_copy(update={"owner": "shop-team"})
    text = reporter(Context(waivers=(in_force, covers_nothing, expired))).render(audits.audit())
    for owner in ("web-team", "data-team", "shop-team"):
        assert owner in text
    assert "2027-01-15" in text
    assert "expired" in text


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: str(reporter.format))
def test_review_findings_are_not_told_as_failures(reporter: Any) -> None:
    row = audits.finding(outcome=Outcome.REVIEW, severity=Severity.HIGH)
    text = reporter().render(audits.clean_audit(findings=(row,)))
    assert "Failed" not in text
