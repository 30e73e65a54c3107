"""TAG-007."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import google_states
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import ACCEPT, REJECT
from crawler.observations import Consent, RequestSighting


class GoogleStateContradictsChoice(Rule):
    """The consent state in Google requests contradicts the choice.

    Why it matters: after a refusal the tags must be told denied [GCM V2]; a state that says granted lets them store
    and read as if consent was given. `gcs` is not officially documented and covers two of four signals.

    Fix: check the order of default and update, and the mapping of the platform's categories to Google's types.
    """

    id = "TAG-007"
    severity = Severity.CRITICAL
    reads = (RequestSighting,)
    scenarios = (REJECT, ACCEPT)
    by_label = False
    passed = "No consent state that contradicts the confirmed choice was observed in Google requests"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        states = {state.seen.id: state for state in google_states(sent(evidence.requests))}
        everything = [state.seen for state in states.values()]
        for scenario, consent, wrong, severity in (
            (REJECT, Consent.REJECTED, (Consent.ACCEPTED, Consent.PARTIAL), None),
            (ACCEPT, Consent.ACCEPTED, (Consent.REJECTED,), Severity.MEDIUM),
        ):
            settled, _ = evidence.after(consent, everything)
            for (domain,), seen in by_domain([one for one in settled if states[one.id].says in wrong]):
                first = states[seen[0].id]
                yield self.finding(
                    evidence,
                    seen,
                    subject=Subject(kind="consent_signal", name="gcs", domain=domain),
                    state=scenario,
                    severity=severity,
                    observation=f"After `{consent.value}` was confirmed, {first.raw} says {first.says} in "
                    f"{requests_to(seen)} {spread(evidence, seen, scenario)}.",
                )
