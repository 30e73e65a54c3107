"""GitLab code-quality JSON, shown in merge requests."""

from __future__ import annotations

import hashlib

import orjson

from classifiers.findings import Audit, Finding, Outcome, Severity
from crawler.observations import Record
from reports.base import Reporter
from reports.gate import ExitCode
from reports.neutral import json_safe, visible
from reports.places import ANCHOR_FILE, repository_path
from reports.standing import waivers_told

_LEVELS = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


class Lines(Record):
    begin: int


class Location(Record):
    path: str
    lines: Lines


class Issue(Record):
    """One entry as GitLab reads it."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Location


class ToGitlab(Reporter):
    format = "gitlab"
    filename = "gl-code-quality-report.json"

    def render(self, audit: Audit) -> str:
        result = self.context.gate(audit)
        waived = {row.finding.fingerprint for row in result.spared if row.why.startswith("waived")}
        issues = [_issue(finding, self.context.root) for finding in audit.findings if finding.fingerprint not in waived]
        issues += [_waiver(sentence) for sentence in waivers_told(audit, self.context.waivers)]
        if result.exit_code == ExitCode.TOO_LITTLE_SEEN:
            issues.insert(0, _blind(result.sentence))
        plain = [issue.model_dump(mode="json") for issue in issues]
        return json_safe(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode()) + "\n"


def _issue(finding: Finding, root: str | None) -> Issue:
    place = finding.declared_at
    informational = finding.outcome is Outcome.INFORMATIONAL
    return Issue(
        description=visible(f"{finding.rule}: {finding.observation}"),
        check_name=visible(finding.rule),
        fingerprint=visible(finding.fingerprint),
        severity="info" if informational else _LEVELS[finding.severity],
        location=Location(
            path=repository_path(place.file, root) if place else ANCHOR_FILE,
            lines=Lines(begin=(place.line if place else None) or 1),
        ),
    )


def _waiver(sentence: str) -> Issue:
    digest = hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).hexdigest()
    return Issue(
        description=visible(sentence),
        check_name="waiver",
        fingerprint=f"consentinel-waiver-{digest}",
        severity="info",
        location=Location(path=ANCHOR_FILE, lines=Lines(begin=1)),
    )


def _blind(sentence: str) -> Issue:
    """An empty list would read as a pass."""
    return Issue(
        description=visible(sentence),
        check_name="too-little-seen",
        fingerprint="consentinel-too-little-seen",
        severity="critical",
        location=Location(path=ANCHOR_FILE, lines=Lines(begin=1)),
    )
