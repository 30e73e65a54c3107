"""SARIF 2.1.0 for code scanning: each result at the line of the declaration, lock or configuration file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from classifiers.findings import Audit, Finding, Outcome, Place, Severity, Undecided, VerdictKind
from reports import sarif
from reports.base import Reporter
from reports.context import RuleText
from reports.gate import ExitCode, GateResult
from reports.neutral import capital, json_safe, visible
from reports.places import ANCHOR_FILE, repository_path
from reports.standing import Standing, standings, waivers_told

FINGERPRINT = "consentinel/v1"
_LEVELS: dict[Severity, sarif.Level] = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "none",
}
_KINDS: dict[Outcome, sarif.Kind] = {
    Outcome.FAIL: "fail",
    Outcome.REVIEW: "review",
    Outcome.INFORMATIONAL: "informational",
}
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.0", Severity.LOW: "2.0"}


class ToSarif(Reporter):
    format = "sarif"
    filename = "report.sarif"

    def render(self, audit: Audit) -> str:
        gate = self.context.gate(audit)
        rows = standings(audit, baseline=self.context.baseline, waivers=self.context.waivers)
        open_questions = _open_questions(audit)
        rules = _rules(audit, self.context.rules, (entry.rule for entry in open_questions))
        index = {rule.id: number for number, rule in enumerate(rules)}
        results = [self._result(row, index) for row in rows]
        results += [self._open(entry, index, audit) for entry in open_questions]
        run = sarif.Run(
            tool=sarif.Tool(driver=sarif.Driver(version=visible(audit.scan.tool_version), rules=rules)),
            invocations=(_invocation(audit, gate, waivers_told(audit, self.context.waivers)),),
            results=tuple(results),
            automation_details=sarif.AutomationDetails(id=f"consentinel/{_text(audit.site)}/"),
        )
        return json_safe(sarif.Log(runs=(run,)).model_dump_json(by_alias=True, exclude_none=True, indent=2)) + "\n"

    def _result(self, row: Standing, index: dict[str, int]) -> sarif.Result:
        finding = row.finding
        kind = _KINDS[finding.outcome]
        return sarif.Result(
            rule_id=visible(finding.rule),
            rule_index=index[visible(finding.rule)],
            kind=kind,
            level=_LEVELS[finding.severity] if kind == "fail" else "none",
            message=sarif.Message(text=_text(" ".join(filter(None, (finding.observation, capital(finding.fix)))))),
            locations=(self._location(finding.declared_at, finding),),
            code_flows=_flow(finding.blame),
            partial_fingerprints={FINGERPRINT: visible(finding.fingerprint)},
            baseline_state=None if self.context.baseline is None else "unchanged" if row.known else "new",
            suppressions=_suppressions(row),
            properties=sarif.ResultProperties(
                severity=finding.severity,
                scenario=visible(finding.scenario),
                site=visible(finding.site),
                pages=tuple(visible(page) for page in finding.pages),
                confidence=finding.confidence,
                runs=f"{finding.seen_in_runs} of {finding.runs}",
                evidence=tuple(visible(entry) for entry in finding.evidence),
                first_seen=row.known.first_seen.isoformat() if row.known else None,
            ),
        )

    def _open(self, entry: Undecided, index: dict[str, int], audit: Audit) -> sarif.Result:
        digest = hashlib.sha256("\x1f".join((entry.rule, entry.scenario or "", audit.site, "undecided")).encode())
        return sarif.Result(
            rule_id=visible(entry.rule),
            rule_index=index[visible(entry.rule)],
            kind="open",
            level="none",
            message=sarif.Message(text=_text(f"Could not be decided: {entry.why}")),
            locations=(sarif.Location(physical_location=self._at(audit.declaration)),),
            partial_fingerprints={FINGERPRINT: digest.hexdigest()},
            properties=sarif.ResultProperties(
                severity="undecided",
                scenario=visible(entry.scenario) if entry.scenario else None,
                site=visible(audit.site),
                pages=(visible(entry.page),) if entry.page else (),
            ),
        )

    def _location(self, place: Place | None, finding: Finding) -> sarif.Location:
        subject = finding.subject
        return sarif.Location(
            physical_location=self._at(place),
            logical_locations=(
                sarif.LogicalLocation(
                    fully_qualified_name=visible(f"{subject.domain}/{subject.kind}/{subject.name}"), kind="resource"
                ),
            ),
        )

    def _at(self, place: Place | None) -> sarif.PhysicalLocation:
        snippet = sarif.Message(text=visible(place.quote)) if place and place.quote else None
        return sarif.PhysicalLocation(
            artifact_location=sarif.ArtifactLocation(
                uri=quote(repository_path(place.file, self.context.root) if place else ANCHOR_FILE)
            ),
            region=sarif.Region(start_line=(place.line if place else None) or 1, snippet=snippet),
        )


def _text(text: str) -> str:
    """SARIF messages may hold `[text](target)` links and `{0}` placeholders: ours never do."""
    return re.sub(r"([\[\]\\])", r"\\\1", visible(text)).replace("{", "{{").replace("}", "}}")


def _flow(blame: tuple[str, ...]) -> tuple[sarif.CodeFlow, ...] | None:
    if not blame:
        return None
    points = tuple(
        sarif.ThreadFlowLocation(location=sarif.FlowPoint(message=sarif.Message(text=_text(link)))) for link in blame
    )
    return (sarif.CodeFlow(thread_flows=(sarif.ThreadFlow(locations=points),)),)


def _suppressions(row: Standing) -> tuple[sarif.Suppression, ...]:
    """An empty list says "not suppressed", which differs from silence."""
    if row.waiver is None:
        return ()
    properties = {"owner": row.waiver.owner, "expires": str(row.waiver.expires), "ticket": row.waiver.ticket}
    return (
        sarif.Suppression(
            status="accepted",
            justification=visible(row.waiver.reason),
            properties={name: visible(value) for name, value in properties.items()},
        ),
    )


def _open_questions(audit: Audit) -> tuple[Undecided, ...]:
    """One per rule and scenario: code scanning is no place for a line per visit."""
    seen: dict[tuple[str, str | None], Undecided] = {}
    for entry in audit.undecided:
        seen.setdefault((entry.rule, entry.scenario), entry)
    for row in audit.verdicts:
        if row.kind is VerdictKind.UNDECIDED:
            entry = Undecided(rule=row.rule, scenario=row.scenario, visit=None, page=None, why=row.sentence)
            seen.setdefault((row.rule, row.scenario), entry)
    return tuple(seen.values())


def _rules(
    audit: Audit, texts: tuple[RuleText, ...], undecided: Iterable[str]
) -> tuple[sarif.ReportingDescriptor, ...]:
    known = {text.id: text for text in texts}
    for finding in audit.findings:
        known.setdefault(
            finding.rule, RuleText(id=finding.rule, title=finding.title, severity=finding.severity, fix=finding.fix)
        )
    for row in audit.verdicts:
        known.setdefault(row.rule, RuleText(id=row.rule, title=row.title, severity=Severity.INFO))
    for rule in undecided:
        known.setdefault(rule, RuleText(id=rule, title=rule, severity=Severity.INFO))
    return tuple(_descriptor(text) for _, text in sorted(known.items()))


def _descriptor(text: RuleText) -> sarif.ReportingDescriptor:
    return sarif.ReportingDescriptor(
        id=visible(text.id),
        short_description=sarif.Message(text=_text(text.title)),
        full_description=sarif.Message(text=_text(" ".join(filter(None, (text.title, text.why))))),
        help=sarif.Message(text=_text(text.fix or text.title)),
        help_uri=text.help_uri,
        default_configuration=sarif.Configuration(level=_LEVELS[text.severity]),
        properties=sarif.RuleProperties(
            tags=("privacy", *text.tags), **{"security-severity": _SCORES.get(text.severity)}
        ),
    )


def _invocation(audit: Audit, gate: GateResult, waivers: Iterable[str]) -> sarif.Invocation:
    """A waiver that covers nothing suppresses no result, so all of them stand here too."""
    return sarif.Invocation(
        execution_successful=gate.exit_code != ExitCode.TOO_LITTLE_SEEN,
        exit_code=gate.exit_code,
        exit_code_description=_text(gate.sentence),
        start_time_utc=_utc(audit.scan.started),
        end_time_utc=_utc(audit.scan.finished or audit.judged_at),
        tool_execution_notifications=tuple(
            sarif.Notification(level="error", message=sarif.Message(text=_text(reason))) for reason in gate.blind
        ),
        tool_configuration_notifications=tuple(
            sarif.Notification(level="note", message=sarif.Message(text=_text(told))) for told in waivers
        ),
    )


def _utc(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
