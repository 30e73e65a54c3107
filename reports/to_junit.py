"""JUnit XML: a suite per scenario, a case per rule. Only what passed is green; undecided is skipped with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from classifiers.findings import Audit, Finding, Outcome, Verdict, VerdictKind
from classifiers.states import ANY
from reports.base import Reporter
from reports.gate import ExitCode, GateResult
from reports.neutral import visible
from reports.standing import waivers_told

WHOLE_SCAN = "all scenarios"
_SKIPPED = {
    VerdictKind.UNDECIDED: "undecided",
    VerdictKind.NOT_APPLICABLE: "not applicable",
    VerdictKind.REVIEW: "needs a person's review",
    VerdictKind.FAIL: "observed, but not counted by the gate",
}


class ToJunit(Reporter):
    format = "junit"
    filename = "junit.xml"

    def render(self, audit: Audit) -> str:
        result = self.context.gate(audit)
        failing = {finding.fingerprint for finding in result.failing}
        findings: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in audit.findings:
            findings[finding.rule, finding.scenario].append(finding)
        suites: dict[str, list[Element]] = defaultdict(list)
        suites["gate"].append(_gate_case(audit, result, waivers_told(audit, self.context.waivers)))
        for verdict in audit.verdicts:
            name = verdict.scenario or WHOLE_SCAN
            mine = _findings_of(verdict, findings)
            suites[name].append(_case(verdict, mine, failing, audit))
        judged = {(verdict.rule, verdict.scenario) for verdict in audit.verdicts}
        for entry in audit.undecided:
            if (entry.rule, entry.scenario) not in judged and (entry.rule, None) not in judged:
                judged.add((entry.rule, entry.scenario))
                case = _element(entry.rule, entry.rule, audit)
                SubElement(case, "skipped", message=visible(f"undecided: {entry.why}"))
                suites[entry.scenario or WHOLE_SCAN].append(case)
        return _text(suites, audit)


def _findings_of(verdict: Verdict, findings: dict[tuple[str, str], list[Finding]]) -> list[Finding]:
    if verdict.scenario is not None:
        return [*findings.get((verdict.rule, verdict.scenario), ()), *findings.get((verdict.rule, ANY), ())]
    return [finding for (rule, _), rows in findings.items() if rule == verdict.rule for finding in rows]


def _case(verdict: Verdict, findings: list[Finding], failing: set[str], audit: Audit) -> Element:
    case = _element(verdict.rule, f"{verdict.rule} {verdict.title}", audit)
    gated = [finding for finding in findings if finding.fingerprint in failing]
    if gated:
        worst = max(gated, key=lambda finding: finding.severity.rank)
        failure = SubElement(case, "failure", type=worst.severity.value, message=visible(worst.observation))
        failure.text = "\n".join(_told(finding) for finding in gated)
    elif verdict.kind is not VerdictKind.PASS:
        SubElement(case, "skipped", message=visible(f"{_SKIPPED[verdict.kind]}: {verdict.sentence}"))
    if findings and not gated:
        note = SubElement(case, "system-out")
        note.text = "\n".join(("Observed, but not counted by the gate:", *map(_told, findings)))
    return case


def _gate_case(audit: Audit, result: GateResult, waivers: Sequence[str]) -> Element:
    """Too little seen is an error, so that a board never shows a scan that saw nothing as green."""
    case = _element("gate", "gate", audit)
    if result.exit_code == ExitCode.FINDINGS:
        SubElement(case, "failure", type="gate", message=visible(result.sentence))
    elif result.exit_code != ExitCode.PASSED:
        SubElement(case, "error", type="too-little-seen", message=visible(result.sentence))
    if waivers:
        SubElement(case, "system-out").text = "\n".join(visible(sentence) for sentence in waivers)
    return case


def _told(finding: Finding) -> str:
    mark = "" if finding.outcome is Outcome.FAIL else f" ({finding.outcome})"
    lines = [f"[{finding.severity}]{mark} {visible(finding.observation)}"]
    if finding.blame:
        lines.append("  caused by: " + " > ".join(visible(link) for link in finding.blame))
    if finding.fix:
        lines.append(f"  fix: {visible(finding.fix)}")
    if finding.evidence:
        lines.append("  evidence: " + " ".join(visible(entry) for entry in finding.evidence[:5]))
    return "\n".join(lines)


def _element(rule: str, name: str, audit: Audit) -> Element:
    group = rule.split("-")[0].lower()
    return Element("testcase", classname=visible(f"consentinel.{group}.{audit.site}"), name=visible(name), time="0")


def _text(suites: dict[str, list[Element]], audit: Audit) -> str:
    root = Element("testsuites", name="consentinel")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for name, cases in suites.items():
        counts = {
            "tests": len(cases),
            "failures": sum(case.find("failure") is not None for case in cases),
            "errors": sum(case.find("error") is not None for case in cases),
            "skipped": sum(case.find("skipped") is not None for case in cases),
        }
        for key, count in counts.items():
            totals[key] += count
        suite = SubElement(
            root,
            "testsuite",
            name=visible(name),
            time="0",
            timestamp=audit.judged_at.replace(tzinfo=None).isoformat(timespec="seconds"),
            hostname=visible(audit.site),
        )
        for key, count in counts.items():
            suite.set(key, str(count))
        suite.extend(cases)
    for key, count in totals.items():
        root.set(key, str(count))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"
