"""BCN-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, classed, spread, thing
from classifiers.evidence import Evidence, by_item, sent
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION, is_undeclared, list_at, severity_at
from crawler.observations import RequestSighting


class UndeclaredBeacon(Rule):
    """A beacon is in no declared entry.

    Why it matters: the policy speaks of beacons in general words only [POLICY V]; a pixel stores and reads like a
    cookie does [G2-23 V2]. What counts as a beacon follows the collector's stated method [WEC V].

    Fix: remove it, or add its host and path to the lock file and to the published list.
    """

    id = "BCN-001"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    passed = "Every beacon that was observed is declared,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_DECLARATION if evidence.declaration is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        beacons = [
            one
            for one in sent(evidence.requests)
            if isinstance(one.sighting, RequestSighting) and one.sighting.beacon and is_undeclared(evidence, one)
        ]
        for _, seen in by_item(beacons):
            first = seen[0]
            methods = sorted(
                {m for one in seen if isinstance(one.sighting, RequestSighting) for m in one.sighting.beacon}
            )
            yield self.finding(
                evidence,
                seen,
                purpose=first.label.purpose,
                severity=severity_at(evidence, self.severity),
                observation=f"In no entry of {list_at(evidence)}: {thing(first)} ({', '.join(methods)}), by "
                f"{actor(first)} {spread(evidence, seen, None)}; {classed(first.label)}.",
                declared_at=evidence.declaration.place if evidence.declaration else None,
            )
