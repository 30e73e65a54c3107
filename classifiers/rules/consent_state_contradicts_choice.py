"""CONSENT-017."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.carried import tc_strings
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import CONSENT_OF, REJECT, SILENT, WITHDRAW
from crawler.observations import Consent, RequestSighting
from crawler.visits import ChoiceStatus

_GRANTED = (Consent.ACCEPTED, Consent.PARTIAL)


class ConsentStateContradictsChoice(Rule):
    """The consent state that is stored or sent contradicts the choice.

    Why it matters: a positive consent string must not exist before a clear affirmative action, nor after a refusal
    [TCFS V] [GDPR V2]; one study found consent stored before a choice on 141 of 1,426 sites [M20 V2].

    Fix: make the consent platform write its record only from the visitor's action, and pass it on unchanged.
    """

    id = "CONSENT-017"
    severity = Severity.CRITICAL
    reads = (RequestSighting,)
    scenarios = (SILENT, REJECT)
    by_label = False
    passed = "No consent string that says granted was observed without acceptance"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        granted = [one for one, _, tc in tc_strings(evidence.requests) if tc is not None and tc.says in _GRANTED]
        yield from self._sent(evidence, SILENT, evidence.before_choice(granted), severity=Severity.HIGH)
        for state in (REJECT, WITHDRAW):
            settled, _ = evidence.after(CONSENT_OF[state], granted)
            yield from self._sent(evidence, state, settled, severity=None)
        yield from self._witnessed(evidence)

    def _sent(
        self, evidence: Evidence, state: str, seen_there: Sequence[Seen], *, severity: Severity | None
    ) -> Iterator[Finding]:
        for (domain,), seen in by_domain(seen_there):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name="gdpr_consent", domain=domain),
                state=state,
                severity=severity,
                observation=f"A TC string that says granted was sent without acceptance (state: {state}) in "
                f"{requests_to(seen)} {spread(evidence, seen, state)}.",
            )

    def _witnessed(self, evidence: Evidence) -> Iterator[Finding]:
        """The site's own record says granted although the opposite was chosen and the interface took the click."""
        for state in (REJECT, WITHDRAW):
            wanted = CONSENT_OF[state]
            for visit in evidence.visits_in(state):
                for choice in visit.choices:
                    against = [w for w in choice.witnesses if w.says in _GRANTED]
                    if choice.wanted is not wanted or choice.status is not ChoiceStatus.CONTRADICTED or not against:
                        continue
                    said = "; ".join(f"{w.witness} says {w.says} ({w.detail})" for w in against)
                    yield self.finding(
                        evidence,
                        visits=[visit],
                        subject=Subject(
                            kind="consent_signal",
                            name=", ".join(sorted({w.witness for w in against})),
                            domain=evidence.site,
                        ),
                        state=state,
                        observation=f"After the choice `{wanted.value}` was clicked on {visit.url}, {said}.",
                        explanations=("The click may have reached another control than the one meant.",),
                    )
                    return
