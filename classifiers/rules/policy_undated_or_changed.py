"""DECL-014."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.policy_facts import policy_digests
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION


class PolicyUndatedOrChanged(Rule):
    """The policy is undated, or not the text that the declaration was made from.

    Why it matters: information must be transparent [GDPR V2], and the policy itself promises a date [POLICY V].

    Fix: put the effective date on the policy, and read the declaration anew when the text changes.
    """

    id = "DECL-014"
    severity = Severity.MEDIUM
    by_label = False
    passed = "The declaration's source has a date, and no other text was seen,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        return None if evidence.declaration.source else "The declaration names no published source."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        source = evidence.declaration.source if evidence.declaration else None
        if source is None or source.kind == "inventory":
            return
        if source.effective_date is None:
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="effective date", domain=evidence.site),
                observation="The declaration's source has no effective date: the text contains no such statement.",
                declared_at=source.place,
            )
        other = sorted(digest for digest in policy_digests(evidence) if digest != source.sha256)
        if source.sha256 and other:
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="text", domain=evidence.site),
                observation=f"The policy that was fetched (SHA-256 {other[0][:12]}…) is another text than the one the "
                f"declaration was made from ({source.sha256[:12]}…).",
                declared_at=source.place,
            )
