"""CONSENT-018."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import tc_strings
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import ANY, REJECT
from crawler.observations import Consent, RequestSighting

_CONSENT_ONLY = frozenset({3, 4, 5, 6})
"""Purposes for which TCF 2.2 and later allow consent only."""


class LegitimateInterestAfterRefusal(Rule):
    """Legitimate interest is asserted for consent-only purposes, or kept on after all was refused.

    Why it matters: the bits of purposes 3 to 6 must be 0 since TCF 2.2 [TCFS V]; authorities see no room for
    legitimate interest where consent is the rule [TF V2]; one study found it on 72.8 % of sites that otherwise
    recorded the refusal [S24 V2].

    Fix: switch legitimate interest off for these purposes in the consent platform, and on refusal for all.
    """

    id = "CONSENT-018"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    scenarios = (REJECT,)
    by_label = False
    passed = "No TC string with legitimate interest was observed to be sent after refusal was confirmed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        strings = [(one, tc) for one, _, tc in tc_strings(evidence.requests) if tc is not None]
        kept = [one for one, tc in strings if tc.purpose_legitimate_interests]
        settled, _ = evidence.after(Consent.REJECTED, kept)
        yield from self._about(evidence, REJECT, settled, "with legitimate interest after refusal was confirmed")
        done = {one.id for one in settled}
        forbidden = [
            one
            for one, tc in strings
            if tc.policy_version >= 4
            and _CONSENT_ONLY.intersection(tc.purpose_legitimate_interests)
            and one.id not in done
        ]
        yield from self._about(evidence, ANY, forbidden, "with legitimate interest for purposes 3 to 6")

    def _about(self, evidence: Evidence, state: str, found: list[Seen], what: str) -> Iterator[Finding]:
        for (domain,), seen in by_domain(found):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name="gdpr_consent", domain=domain),
                state=None if state == ANY else state,
                outcome=Outcome.REVIEW,
                observation=f"A TC string {what} was sent in {requests_to(seen)} {spread(evidence, seen, None)}.",
            )
