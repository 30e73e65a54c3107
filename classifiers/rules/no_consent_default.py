"""TAG-005."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import google_states
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import RequestSighting
from crawler.signals import Gcd, Granted


class NoConsentDefault(Rule):
    """A Google tag sent its request before a consent default was set.

    Why it matters: the default must run before the first tag, or the tag acts as if nothing was asked [GCM V2]. The
    parameter that shows it is not officially documented, so a person must look.

    Fix: run `gtag('consent', 'default', …)` before any tag or container loads.
    """

    id = "TAG-005"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "No Google request that signals a missing consent default was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        without = [state.seen for state in google_states(sent(evidence.requests)) if _no_default(state.gcd)]
        for (domain,), seen in by_domain(without):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name="gcd", domain=domain),
                outcome=Outcome.REVIEW,
                observation=f"The parameter gcd signals a consent update without a default in {requests_to(seen)} "
                f"{spread(evidence, seen, None)}.",
                explanations=("The letters of gcd are known from reverse engineering only.",),
            )


def _no_default(gcd: Gcd | None) -> bool:
    """An update stands where no default does."""
    signals = gcd.signals if gcd else ()
    return any(signal.default is Granted.UNSET and signal.update is not Granted.UNSET for signal in signals)
