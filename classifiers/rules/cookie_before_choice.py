"""CONSENT-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, classed, spread, thing
from classifiers.evidence import Evidence, by_item, stored
from classifiers.findings import Finding, Outcome, Severity
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from classifiers.tracking import consent_requiring, exemption_claimed, unknown_identifiers
from crawler.observations import CookieSighting


class CookieBeforeChoice(Rule):
    """A cookie that needs consent was stored before any choice was made.

    Why it matters: storing or reading on a device without consent is limited to what the service strictly needs
    [ePD-5-3 V2] [P49 V2] [W194 V2]; 69.7 % of sites in one study stored such cookies before a choice [B22 V].

    Fix: let the script that sets the cookie wait for the consent platform's signal; the blame chain names the script
    and who loaded it.
    """

    id = "CONSENT-001"
    severity = Severity.HIGH
    reads = (CookieSighting,)
    scenarios = (SILENT,)
    passed = "No cookie of a consent-requiring purpose was observed to be stored before a choice"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        early = stored(evidence.before_choice(evidence.cookies))
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
                observation=f"Before any choice, {thing(first)} was stored by {actor(first)} "
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
                observation=f"Before any choice, {thing(first)} was stored by {actor(first)} "
                f"{spread(evidence, seen, SILENT)}; {first.label.reason}",
                explanations=("It may be needed for the service; nobody has said what it is for.",),
            )
