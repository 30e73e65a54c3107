"""SCAN-025."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.policy_facts import policy_digests
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION


class DeclarationOutOfStep(Rule):
    """The declaration was made from another text of the policy than the one that is published.

    Why it matters: whatever is held against the declaration may be held against an old text [PRACTICE V].

    Fix: read the policy anew and confirm the declaration.
    """

    id = "SCAN-025"
    severity = Severity.MEDIUM
    states_limit = True
    by_label = False
    passed = "No other text of the policy was seen than the one the declaration was made from"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_DECLARATION if evidence.declaration is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        source = evidence.declaration.source if evidence.declaration else None
        if source is None or not source.sha256:
            return
        other = sorted(digest for digest in policy_digests(evidence) if digest != source.sha256)
        if other:
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="text", domain=evidence.site),
                observation=f"The published policy (SHA-256 {other[0][:12]}…) is not the text that the declaration was "
                f"made from ({source.sha256[:12]}…); what is held against the declaration may be out of date.",
                declared_at=source.place,
            )
