"""SCAN-025."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject, Undecided
from classifiers.policy_facts import not_comparable, published_source
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION


class DeclarationOutOfStep(Rule):
    """The declaration was made from another text of the policy than the one that is published.

    Why it matters: whatever is held against the declaration may be held against an old text [PRACTICE V].

    Fix: read the policy anew, confirm the declaration, and set its `source.page_sha256` to the page's new digest.
    """

    id = "SCAN-025"
    severity = Severity.MEDIUM
    states_limit = True
    by_label = False
    passed = "The published page holds the words that the declaration was made from"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        return not_comparable(evidence.declaration.source, evidence.visits)

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        source = evidence.declaration.source if evidence.declaration else None
        if source is None or source.page_sha256 is None:
            return
        page = published_source(evidence)
        if page.unseen is not None:
            yield Undecided(rule=self.id, scenario=None, visit=None, page=source.page, why=page.unseen)
        elif source.page_sha256 not in page.digests:
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="text", domain=evidence.site),
                visits=page.visits,
                observation=f"The words of {source.page} (SHA-256 {page.digests[0]}) are not those that the "
                f"declaration was made from ({source.page_sha256}); what is held against it may be out of date.",
                declared_at=source.place,
            )
