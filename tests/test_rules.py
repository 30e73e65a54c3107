"""Every rule against its cases, and the rules folder against its own promises."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from classifiers import rules
from classifiers.findings import Audit, Verdict, VerdictKind
from classifiers.rules import RULES
from classifiers.rules.base import Rule
from classifiers.rules.severity import PROFILES, severities
from classifiers.rules.sources import cited, sources
from classifiers.vendor_files import read_folders
from classifiers.vendors import Catalogue
from tests.rule_cases import CASES, Case, CaseFile, case_files, judge

NOT_RULES = {"base", "severity", "sources"}
FILES = case_files()
ALL_CASES = [(file, case) for file in FILES for case in file.cases]
WORST = [
    VerdictKind.FAIL,
    VerdictKind.REVIEW,
    VerdictKind.UNDECIDED,
    VerdictKind.NOT_APPLICABLE,
    VerdictKind.PASS,
]

BANNED = re.compile(
    r"\b(violat\w*|illegal\w*|unlawful\w*|non-?complian\w*|complian(?:t|ce)|certified|gdpr-safe|no trackers|is tracked"
    r"|data is transferred|shared with|sold (?:to|with)|uses it for ads|ignored consent|necessary cookies?|no banner"
    r"|breach\w*|infring\w*|guilty|offen[cs]e|must pay|clean site)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    vendors, digest = read_folders([CASES / "vendors"], cache=None)
    return Catalogue(vendors, digest=digest)


def verdicts_of(audit: Audit, rule: str, under: str | None) -> list[Verdict]:
    return [v for v in audit.verdicts if v.rule == rule and (under is None or v.scenario == under)]


@pytest.mark.parametrize(("file", "case"), ALL_CASES, ids=[f"{file.rule}: {case.name}" for file, case in ALL_CASES])
def test_rule_case(file: CaseFile, case: Case, catalogue: Catalogue) -> None:
    audit = judge(case, declaration=file.declaration, catalogue=catalogue, plan=file.plan)
    verdicts = verdicts_of(audit, file.rule, case.under)
    assert verdicts, f"{file.rule} gave no verdict under {case.under}"
    worst = min(verdicts, key=lambda verdict: WORST.index(verdict.kind))
    told = [f"{finding.scenario} {finding.observation}" for finding in audit.findings if finding.rule == file.rule]
    open_questions = [undecided.why for undecided in audit.undecided if undecided.rule == file.rule]
    assert worst.kind is case.expect, f"{worst.sentence}\nfindings: {told}\nundecided: {open_questions}"
    findings = [
        finding
        for finding in audit.findings
        if finding.rule == file.rule and (case.under is None or finding.scenario in (case.under, "any"))
    ]
    if case.findings is not None:
        assert len(findings) == case.findings, told
    if case.severity is not None:
        assert findings, "a severity needs a finding"
        assert findings[0].severity is case.severity
    for part in case.says:
        assert any(part.casefold() in sentence.casefold() for sentence in [worst.sentence, *told]), [
            worst.sentence,
            *told,
        ]
    texts = [f.observation for f in audit.findings] + [f.fix for f in audit.findings]
    texts += [e for f in audit.findings for e in f.explanations] + [v.sentence for v in audit.verdicts]
    for text in texts:
        assert not BANNED.search(text), text


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_rule_has_a_case_of_each_kind(rule: type[Rule]) -> None:
    kinds = {case.expect for file in FILES if file.rule == rule.id for case in file.cases}
    if rule.states_limit:  # the scan's own statements are never a pass
        assert VerdictKind.NOT_APPLICABLE in kinds
        findings = [case.findings or 0 for file in FILES if file.rule == rule.id for case in file.cases]
        assert max(findings, default=0) > 0
        assert min(findings, default=1) == 0
        return
    assert kinds & {VerdictKind.FAIL, VerdictKind.REVIEW}
    assert {VerdictKind.PASS, VerdictKind.UNDECIDED} <= kinds


def test_the_tuple_lists_what_the_folder_holds() -> None:
    modules = {info.name for info in pkgutil.iter_modules(rules.__path__)} - NOT_RULES
    listed = {rule.__module__.rpartition(".")[2] for rule in RULES}
    assert listed == modules
    for name in sorted(modules):
        module = importlib.import_module(f"classifiers.rules.{name}")
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__
        ]
        assert len(own) == 1, f"{name} holds {len(own)} rules"
        assert own[0].__name__.lower() == name.replace("_", "")


def test_ids_are_used_once_and_each_case_file_is_named_after_its_rule() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    named = {path.stem: file.rule for path, file in zip(sorted(CASES.glob("*.yaml")), FILES, strict=True)}
    by_file = {rule.__module__.rpartition(".")[2]: rule.id for rule in RULES}
    assert named == by_file


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_explains_itself(rule: type[Rule]) -> None:
    assert rule.title()
    assert not rule.title().endswith(".")
    assert rule.why()
    assert rule.fix()
    assert rule.passed
    known = sources().sources
    citations = cited(rule.why())
    assert citations, "a rule names what it rests on"
    for key, mark in citations:
        assert key in known, f"{key} is not in sources.yaml"
        assert known[key].mark == mark, f"{key} is marked {known[key].mark}"
    for text in (rule.__doc__ or "", rule.passed):
        assert not BANNED.search(text), BANNED.search(text)


def test_no_banned_words_in_templates() -> None:
    folder = Path(str(rules.__file__)).parent
    for path in [*sorted(folder.glob("*.py")), *sorted(folder.parent.glob("*.py"))]:
        for match in BANNED.finditer(path.read_text(encoding="utf-8")):
            pytest.fail(f"{path.name}: {match.group()}")


def test_severities_name_known_rules_and_profiles() -> None:
    ids = {rule.id for rule in RULES}
    for rule, profiles in severities().rules.items():
        assert rule in ids
        assert set(profiles) <= set(PROFILES)
