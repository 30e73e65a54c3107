"""TAG-007."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import google_states
from classifiers.describe import requests_to, spread
from classifiers.evidence import GRACE, Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import ACCEPT, REJECT
from crawler.observations import Consent, RequestSighting
from crawler.visits import ChoiceStatus

_GOOGLE = frozenset({"google_signals", "consent_mode"})
"""Witnesses of a choice that are the signals in question."""


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
            settled += [one for one in everything if _dissents_alone(one, consent)]
            for (domain,), seen in by_domain([one for one in settled if states[one.id].says in wrong]):
                first = states[seen[0].id]
                yield self.finding(
                    evidence,
                    seen,
                    subject=Subject(kind="consent_signal", name="gcs", domain=domain),
                    state=scenario,
                    severity=severity,
                    observation=f"After `{consent.value}` was chosen, {first.raw} says {first.says} in "
                    f"{requests_to(seen)} {spread(evidence, seen, scenario)}.",
                )


def _dissents_alone(seen: Seen, consent: Consent) -> bool:
    """Sent after a choice on which two other witnesses agree and that Google's own signals alone contradict.

    The signals are witnesses too: without this, what contradicts the choice would keep it from ever being proved.
    """
    sighting = seen.sighting
    if sighting.consent is not consent or sighting.in_flight:
        return False
    for choice in seen.visit.choices:
        if choice.wanted is not consent or choice.status is not ChoiceStatus.CONTRADICTED or choice.at is None:
            continue
        others = [one for one in choice.witnesses if one.witness not in _GOOGLE and one.says is not None]
        agree = len(others) >= 2 and all(one.says is consent for one in others)
        return agree and sighting.at >= choice.at + GRACE
    return False
