"""DECL-011."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION


class NoLifetimesPublished(Rule):
    """The policy states no lifetimes.

    Why it matters: how long cookies work must be told [P49 V2] [GDPR V2].

    Fix: state a duration for each item or category in the policy.
    """

    id = "DECL-011"
    severity = Severity.MEDIUM
    by_label = False
    passed = "The declaration says that the policy states lifetimes"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        return None if evidence.declaration.retention else "The declaration says nothing about retention."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        retention = evidence.declaration.retention if evidence.declaration else None
        if retention is not None and retention.device_lifetimes in (None, "none_stated"):
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="lifetimes", domain=evidence.site),
                observation="The policy states no lifetime. Observed lifetimes are compared with the operator's own "
                "list where it has a value, and reported without comparison elsewhere.",
                declared_at=retention.place,
            )
