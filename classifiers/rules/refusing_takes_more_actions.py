"""CONSENT-008."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity
from classifiers.interfaces import clicks_for, interface_subject
from classifiers.rules.base import Rule
from classifiers.states import ACCEPT, REJECT
from crawler.observations import Consent


class RefusingTakesMoreActions(Rule):
    """Refusing takes more actions than accepting.

    Why it matters: refusing should be as easy as accepting [C092 V2] [TF V2]. Only actions are counted, not reading.

    Fix: offer the refusal on the layer, and with the number of clicks, of the acceptance.
    """

    id = "CONSENT-008"
    severity = Severity.HIGH
    scenarios = (ACCEPT, REJECT)
    by_label = False
    passed = "Refusing was not observed to take more actions than accepting"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        accepting = self._fewest(evidence, ACCEPT, Consent.ACCEPTED)
        refusing = self._fewest(evidence, REJECT, Consent.REJECTED)
        for url in sorted(accepting.keys() & refusing.keys()):
            if refusing[url] > accepting[url] > 0:
                yield self.finding(
                    evidence,
                    visits=[visit for visit in evidence.visits_in(REJECT) if visit.url == url],
                    subject=interface_subject(evidence),
                    state=REJECT,
                    observation=f"On {url}, {refusing[url]} actions were counted until refusal was confirmed, and "
                    f"{accepting[url]} until acceptance was.",
                    explanations=("The crawler may have missed a shorter way.",),
                )
                return

    def _fewest(self, evidence: Evidence, state: str, wanted: Consent) -> dict[str, int]:
        counted: dict[str, int] = {}
        for visit in evidence.visits_in(state):
            clicks = clicks_for(visit, wanted.value)
            if clicks is not None and visit.entry:
                counted[visit.url] = min(clicks, counted.get(visit.url, clicks))
        return counted
