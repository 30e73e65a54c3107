"""CONSENT-026."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.states import COOKIES_OFF, SILENT
from crawler.observations import BehaviourSighting, CookieSighting, StorageSighting


class IdentifierMovesWithoutCookies(Rule):
    """With cookies disabled, an identifier is kept elsewhere or fingerprinting starts.

    Why it matters: the policy offers disabling cookies as a choice [POLICY V]; other ways of telling browsers apart
    fall under the same rule as cookies [G2-23 V2].

    Fix: treat disabled cookies as a refusal of every technology with the same purpose.
    """

    id = "CONSENT-026"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, BehaviourSighting)
    scenarios = (SILENT, COOKIES_OFF)
    by_label = False
    passed = "With cookies disabled, no identifier in other storage and no new fingerprinting was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        usual = {one.key for one in evidence.in_state(evidence.seen, SILENT)}
        off = evidence.in_state(evidence.seen, COOKIES_OFF)
        kept = [
            one
            for one in stored(off)
            if isinstance(one.sighting, StorageSighting) and one.label.identifier and one.key not in usual
        ]
        started = [one for one in off if isinstance(one.sighting, BehaviourSighting) and one.key not in usual]
        for _, seen in by_item([*kept, *started]):
            yield self.finding(
                evidence,
                seen,
                state=COOKIES_OFF,
                observation=f"With cookies disabled and not otherwise, {thing(seen[0])} was observed, by "
                f"{actor(seen[0])} {spread(evidence, seen, COOKIES_OFF)}.",
            )
