"""DECL-019."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule


class PolicyStatementInconsistent(Rule):
    """An observation is inconsistent with a specific statement of the policy.

    Why it matters: the policy's own words are what visitors rely on [POLICY V].

    Fix: change what the site does, or what the policy says; the observation names the finding behind it.
    """

    id = "DECL-019"
    severity = Severity.HIGH
    by_label = False
    passed = "No observation was inconsistent with a statement that the declaration ties to rules"

    def not_applicable(self, evidence: Evidence) -> str | None:
        claims = evidence.declaration.claims if evidence.declaration else ()
        if not any(claim.rules for claim in claims):
            return "The declaration ties no statement of the policy to a rule."
        return None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for claim in evidence.declaration.claims if evidence.declaration else ():
            against = [f for f in evidence.earlier if f.rule in claim.rules and f.outcome is Outcome.FAIL]
            if not against:
                continue
            rules = ", ".join(sorted({finding.rule for finding in against}))
            pages = sorted({page for finding in against for page in finding.pages})
            yield self.finding(
                evidence,
                visits=[visit for visit in evidence.visits if visit.url in pages],
                subject=Subject(kind="policy", name=claim.id, domain=evidence.site),
                severity=max((finding.severity for finding in against), key=lambda severity: severity.rank),
                observation=f"{claim.id}, “{claim.quote}”: {len(against)} observations of {rules}; the first: "
                f"{against[0].observation}",
                declared_at=claim.place.model_copy(update={"quote": claim.quote}) if claim.place else None,
            )
