"""CONSENT-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, classed, spread, thing
from classifiers.evidence import Evidence, by_item, stored
from classifiers.findings import Finding, Outcome, Severity
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from classifiers.tracking import consent_requiring, exemption_claimed, unknown_identifiers
from crawler.observations import StorageSighting


class StorageBeforeChoice(Rule):
    """Storage other than cookies that needs consent was written before any choice was made.

    Why it matters: local storage, IndexedDB, caches and service workers store on the device just as cookies do
    [ePD-5-3 V2] [G2-23 V2].

    Fix: let the script that writes wait for the consent platform's signal; the blame chain names it.
    """

    id = "CONSENT-003"
    severity = Severity.HIGH
    reads = (StorageSighting,)
    scenarios = (SILENT,)
    passed = "No storage of a consent-requiring purpose was observed to be written before a choice"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        early = stored(evidence.before_choice(evidence.storage))
        for _, seen in by_item(consent_requiring(early)):
            first = seen[0]
            claim = exemption_claimed(first, profile=evidence.profile)
            yield self.finding(
                evidence,
                seen,
                state=SILENT,
                purpose=first.label.purpose,
                outcome=Outcome.REVIEW if claim else Outcome.FAIL,
                severity=Severity.MEDIUM if claim else None,
                observation=f"Before any choice, {thing(first)} was written by {actor(first)} "
                f"{spread(evidence, seen, SILENT)}; {classed(first.label)}.",
                declared_at=first.match.place,
                explanations=(f"The declaration claims the exemption {claim}; not verified.",) if claim else (),
            )
        for _, seen in by_item(unknown_identifiers(early)):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                state=SILENT,
                outcome=Outcome.REVIEW,
                severity=Severity.MEDIUM,
                observation=f"Before any choice, {thing(first)} was written by {actor(first)} "
                f"{spread(evidence, seen, SILENT)}; {first.label.reason}",
                explanations=("It may be needed for the service; nobody has said what it is for.",),
            )
