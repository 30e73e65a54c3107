"""GitHub workflow commands: an annotation per finding that fails the gate, and one for the gate itself."""

from __future__ import annotations

from classifiers.findings import Audit, Finding, Severity
from reports.base import Reporter
from reports.gate import ExitCode
from reports.neutral import capital, visible
from reports.places import repository_path
from reports.standing import waivers_told

MOST = 10
"""GitHub shows ten annotations of a level per step and drops the rest."""
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning"}


class ToGithub(Reporter):
    format = "github"
    filename = "annotations.txt"

    def render(self, audit: Audit) -> str:
        result = self.context.gate(audit)
        lines = [_finding(finding, self.context.root) for finding in result.failing[: MOST - 1]]
        more = len(result.failing) - len(lines)
        tail = f" ({more} more in the report)" if more else ""
        level = {ExitCode.PASSED: "notice"}.get(ExitCode(result.exit_code), "error")
        lines.append(f"::{level} title=Consentinel::{_message(result.sentence + tail)}")
        lines[-1:-1] = self._waivers(audit)
        return "\n".join(lines) + "\n"

    def _waivers(self, audit: Audit) -> list[str]:
        told = waivers_told(audit, self.context.waivers)
        if len(told) >= MOST:  # the gate's own notice is one of them
            told = (*told[: MOST - 2], f"{len(told) - MOST + 2} more waivers are in the report.")
        return [f"::notice title=Consentinel waiver::{_message(sentence)}" for sentence in told]


def _finding(finding: Finding, root: str | None) -> str:
    properties = {"title": f"{finding.rule} {finding.title}"}
    place = finding.declared_at
    if place is not None:
        properties = {"file": repository_path(place.file, root), "line": str(place.line or 1), **properties}
    head = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    by = f"Caused by {finding.blame[-1]}." if finding.blame else ""
    told = " ".join(filter(None, (finding.observation, by, capital(finding.fix))))
    return f"::{_LEVELS.get(finding.severity, 'notice')} {head}::{_message(told)}"


def _message(text: str) -> str:
    return visible(text).strip().replace("%", "%25")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
