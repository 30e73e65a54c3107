"""DECL-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Purpose
from classifiers.describe import classed, spread, thing
from classifiers.evidence import Evidence, Seen, grouped, sent, stored
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION, declared_purposes
from crawler.observations import CookieSighting, RequestSighting, StorageSighting


class UndeclaredPurpose(Rule):
    """Something is used for a purpose that no declared category has.

    Why it matters: purposes must be specified and told [GDPR V2].

    Fix: declare the purpose, or remove what serves it.
    """

    id = "DECL-003"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, RequestSighting)
    passed = "Every classified purpose that was observed belongs to a declared category"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        return None if declared_purposes(evidence) else "The declaration names no purposes."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        declared = declared_purposes(evidence)
        declaration = evidence.declaration
        unnamed = [
            one
            for one in [*stored(evidence.seen), *sent(evidence.requests)]
            if one.label.purpose is not Purpose.UNCLASSIFIED
            and one.label.purpose not in declared
            and not _declared_by_item(evidence, one)
        ]
        for (purpose, domain), seen in grouped(unnamed, _purpose_and_owner):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                subject=Subject(
                    kind="purpose", name=purpose, domain=domain, entity=first.label.entity, vendor=first.label.vendor
                ),
                purpose=first.label.purpose,
                observation=f"No declared category has the purpose {purpose}: {thing(first)} "
                f"{spread(evidence, seen, None)}; {classed(first.label)}.",
                declared_at=declaration.place if declaration else None,
            )


def _declared_by_item(evidence: Evidence, seen: Seen) -> bool:
    item = seen.match.item
    return bool(item and evidence.declaration and seen.label.purpose in evidence.declaration.purposes_of(item))


def _purpose_and_owner(seen: Seen) -> tuple[str, str]:
    return (seen.label.purpose.value, seen.key[2])
