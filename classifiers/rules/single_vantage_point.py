"""SCAN-006."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule

_SHAPING = ("locale", "timezone", "proxy")


class SingleVantagePoint(Rule):
    """The site was seen from one place only.

    Why it matters: sites show other interfaces and load other technologies by country [T25 V2] [D22 V2].

    Fix: scan from each country whose visitors matter.
    """

    id = "SCAN-006"
    severity = Severity.INFO
    states_limit = True
    by_label = False
    passed = "Nothing was visited"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if not evidence.visits:
            return
        shaped = [f"{s.name} {s.value}" for s in evidence.scan.settings if s.name.rpartition(".")[2] in _SHAPING]
        yield self.finding(
            evidence,
            subject=Subject(kind="scan", name="vantage point", domain=evidence.site),
            observation=f"Seen from one network address with {evidence.scan.browser}"
            f"{' (' + ', '.join(shaped) + ')' if shaped else ''}; another country may be shown something else.",
        )
