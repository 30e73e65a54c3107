"""STO-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, classed, spread, thing
from classifiers.evidence import Evidence, by_item, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION, is_undeclared, list_at, severity_at
from crawler.observations import StorageArea, StorageSighting

_WEB_STORAGE = (StorageArea.LOCAL, StorageArea.SESSION)


class UndeclaredWebStorage(Rule):
    """A local or session storage key is in no declared entry.

    Why it matters: web storage is storage on the device like a cookie [ePD-5-3 V2] [G2-23 V2], and the policy names
    local storage in general words only [POLICY V].

    Fix: remove it, or add it to the lock file and to the published list.
    """

    id = "STO-001"
    severity = Severity.HIGH
    reads = (StorageSighting,)
    passed = "Every local and session storage key that was observed is declared,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_DECLARATION if evidence.declaration is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        keys = [
            one
            for one in stored(evidence.storage)
            if isinstance(one.sighting, StorageSighting)
            and one.sighting.area in _WEB_STORAGE
            and is_undeclared(evidence, one)
        ]
        for _, seen in by_item(keys):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                purpose=first.label.purpose,
                severity=severity_at(evidence, self.severity),
                observation=f"In no entry of {list_at(evidence)}: {thing(first)}, written by {actor(first)} "
                f"{spread(evidence, seen, None)}; {classed(first.label)}.",
                declared_at=evidence.declaration.place if evidence.declaration else None,
            )
