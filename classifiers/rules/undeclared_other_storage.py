"""STO-002."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, classed, spread, thing
from classifiers.evidence import Evidence, by_item, stored
from classifiers.findings import DeclaredState, Finding, Severity
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION, is_undeclared, list_at, severity_at
from crawler.observations import StorageArea, StorageSighting

_WEB_STORAGE = (StorageArea.LOCAL, StorageArea.SESSION)


class UndeclaredOtherStorage(Rule):
    """A database, cache, file or service worker is in no declared entry.

    Why it matters: these store on the device as cookies do [G2-23 V2], and hardly any policy names them.

    Fix: remove it, or add it to the lock file and name the technology in the policy.
    """

    id = "STO-002"
    severity = Severity.HIGH
    reads = (StorageSighting,)
    passed = "Every database, cache, file and service worker that was observed is declared,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_DECLARATION if evidence.declaration is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        others = [
            one
            for one in stored(evidence.storage)
            if isinstance(one.sighting, StorageSighting)
            and one.sighting.area not in _WEB_STORAGE
            and is_undeclared(evidence, one)
        ]
        for _, seen in by_item(others):
            first = seen[0]
            clause = first.match.state is DeclaredState.OPEN_CLAUSE
            yield self.finding(
                evidence,
                seen,
                purpose=first.label.purpose,
                severity=Severity.MEDIUM if clause else severity_at(evidence, self.severity),
                observation=f"In no entry of {list_at(evidence)}: {thing(first)}, written by {actor(first)} "
                f"{spread(evidence, seen, None)}; {classed(first.label)}.",
                declared_at=evidence.declaration.place if evidence.declaration else None,
            )
