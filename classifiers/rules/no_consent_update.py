"""TAG-006."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import google_states
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import ACCEPT
from crawler.observations import Consent, RequestSighting
from crawler.signals import Granted


class NoConsentUpdate(Rule):
    """Google tags were not told of the acceptance.

    Why it matters: without a consent update the tags keep the default state, so data is lost that was consented to,
    or the default was granted all along [GCM V2].

    Fix: let the consent platform call `gtag('consent', 'update', …)` after the choice, on every page.
    """

    id = "TAG-006"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    scenarios = (ACCEPT,)
    by_label = False
    passed = "No Google request without a consent update was observed after acceptance was confirmed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        by_id = {state.seen.id: state for state in google_states(sent(evidence.requests)) if state.gcd is not None}
        settled, _ = evidence.after(Consent.ACCEPTED, [state.seen for state in by_id.values()])
        stale: list[Seen] = []
        for one in settled:
            gcd = by_id[one.id].gcd
            if gcd is not None and all(signal.update is Granted.UNSET for signal in gcd.signals):
                stale.append(one)
        for (domain,), seen in by_domain(stale):
            raw = by_id[seen[0].id].raw
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name="gcd", domain=domain),
                state=ACCEPT,
                outcome=Outcome.REVIEW,
                observation=f"After acceptance was confirmed, no consent update is signalled ({raw}) in "
                f"{requests_to(seen)} {spread(evidence, seen, ACCEPT)}.",
                explanations=("The letters of gcd are known from reverse engineering only.",),
            )
