"""DECL-014."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.declaration import Source
from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject, Undecided
from classifiers.policy_facts import not_comparable, published_source
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
    passed = "The declaration's source has a date, and the published page holds the words that it was made from"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        source = evidence.declaration.source
        if source is None or source.kind == "inventory":
            return not_comparable(source, evidence.visits)
        why_not = not_comparable(source, evidence.visits)
        if source.effective_date is None or why_not is None:
            return None
        return f"The declaration's source has a date ({source.effective_date}). {why_not}"

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        source = evidence.declaration.source if evidence.declaration else None
        if source is None:
            return
        if source.effective_date is None:
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="effective date", domain=evidence.site),
                observation="The declaration's source has no effective date: the text contains no such statement.",
                declared_at=source.place,
            )
        if not_comparable(source, evidence.visits) is None:
            yield from self._changed(evidence, source)

    def _changed(self, evidence: Evidence, source: Source) -> Iterator[Finding | Undecided]:
        page = published_source(evidence)
        if page.unseen is not None:
            yield Undecided(rule=self.id, scenario=None, visit=None, page=source.page, why=page.unseen)
        elif source.page_sha256 not in page.digests:
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="text", domain=evidence.site),
                visits=page.visits,
                observation=f"The words of {source.page} (SHA-256 {page.digests[0]}) are another text than the one "
                f"the declaration was made from ({source.page_sha256}).",
                declared_at=source.place,
            )

    def looked_at(self, evidence: Evidence) -> str | None:
        seen = len(published_source(evidence).visits)
        return f", as {seen} visit{'' if seen == 1 else 's'} of it saw"
