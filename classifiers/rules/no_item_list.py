"""DECL-010."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION


class NoItemList(Rule):
    """The policy publishes no list of individual items.

    Why it matters: visitors must be able to see what is stored, by whom and for how long [P49 V2] [C091 V2]
    [PIPA30 V2]. An internal lock file is no publication.

    Fix: publish the list that the lock file holds, or let the consent platform show its own.
    """

    id = "DECL-010"
    severity = Severity.MEDIUM
    by_label = False
    passed = "The declaration comes from a source that lists items"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        return None if evidence.declaration.source else "The declaration names no published source."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        source = evidence.declaration.source if evidence.declaration else None
        if source is not None and source.granularity == "category" and source.kind != "inventory":
            yield self.finding(
                evidence,
                subject=Subject(kind="policy", name="item list", domain=evidence.site),
                observation="The policy lists no individual cookies, storage keys or beacons. Items were matched to "
                "its general categories, and to the operator's own list where there is one.",
                declared_at=source.place,
            )
