"""SCAN-009."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting, RequestSighting, StorageSighting

_MOST_NAMES = 15


class UnstableObservation(Rule):
    """Some items were not seen in every run.

    Why it matters: sites vary from visit to visit, so one run misses what another shows [D22 V2].

    Fix: scan with more runs; absence counts only over several.
    """

    id = "SCAN-009"
    severity = Severity.INFO
    reads = (CookieSighting, StorageSighting, RequestSighting)
    states_limit = True
    by_label = False
    passed = "Every item was seen in every run"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        runs = {visit.run for visit in evidence.visits}
        if len(runs) < 2:
            if evidence.visits:
                yield self.finding(
                    evidence,
                    subject=Subject(kind="scan", name="runs", domain=evidence.site),
                    observation="The scan ran once; what varies from visit to visit may be missing.",
                )
            return
        unstable = [
            (f"{key[1]} ({key[2]}) {len({one.visit.run for one in seen})} of {len(runs)}")
            for key, seen in by_item(evidence.seen)
            if {one.visit.run for one in seen} != runs
        ]
        if unstable:
            more = f" and {len(unstable) - _MOST_NAMES} more" if len(unstable) > _MOST_NAMES else ""
            yield self.finding(
                evidence,
                subject=Subject(kind="scan", name="runs", domain=evidence.site),
                observation=f"Not seen in every run: {'; '.join(unstable[:_MOST_NAMES])}{more}.",
            )
