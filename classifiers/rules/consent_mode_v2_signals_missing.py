"""TAG-008."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import google_states
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import RequestSighting
from crawler.signals import Gcd, Granted

_LATER = ("ad_user_data", "ad_personalization")
"""Signals that consent mode has had since March 2024."""


class ConsentModeV2SignalsMissing(Rule):
    """A Google request carries no state for ad_user_data or ad_personalization.

    Why it matters: since March 2024 Google expects four signals for visitors in the EEA; what is not set counts for
    neither consent nor refusal [GCM V2].

    Fix: name all four types in `gtag('consent', 'default', …)` and in every update.
    """

    id = "TAG-008"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    by_label = False
    passed = "Every Google request with a parameter gcd was observed to carry all four signals"

    def not_applicable(self, evidence: Evidence) -> str | None:
        carried = any(state.gcd is not None for state in google_states(sent(evidence.requests)))
        return None if carried or not evidence.visits else "No request with a readable parameter gcd was observed."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        states = {state.seen.id: state for state in google_states(sent(evidence.requests)) if _unset(state.gcd)}
        for (domain,), seen in by_domain([state.seen for state in states.values()]):
            first = states[seen[0].id]
            names = " and ".join(_unset(first.gcd))
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name="gcd", domain=domain),
                observation=f"No state of {names} is signalled ({first.raw}) in {requests_to(seen)} "
                f"{spread(evidence, seen, None)}.",
                explanations=("The letters of gcd are known from reverse engineering only.",),
            )


def _unset(gcd: Gcd | None) -> tuple[str, ...]:
    if gcd is None:
        return ()
    states = {name: getattr(gcd, name) for name in _LATER}
    return tuple(name for name, one in states.items() if one.effective is Granted.UNSET)
