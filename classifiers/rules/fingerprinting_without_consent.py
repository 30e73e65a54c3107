"""FP-009."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.describe import actor, spread
from classifiers.evidence import Evidence, Seen, by_item
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.states import COOKIES_OFF, REJECT, SILENT
from crawler.observations import BehaviourSighting, Consent

HEURISTICS = ("canvas", "webgl", "audio", "font", "webrtc", "client_hints", "navigator")
"""Beginnings of the names of behaviours that count."""


class FingerprintingWithoutConsent(Rule):
    """Calls consistent with fingerprinting were made before a choice, after refusal, or only with cookies disabled.

    Why it matters: it is access to information on the device, for which the same consent is needed as for cookies
    [ePD-5-3 V2] [G2-23 V2]; one study saw tracking rise after all was refused [P21 V2].

    Fix: let the named script wait for consent; if it serves security only, write that down for a person to judge.
    """

    id = "FP-009"
    severity = Severity.CRITICAL
    reads = (BehaviourSighting,)
    scenarios = (SILENT, REJECT)
    by_label = False
    passed = "No calls that meet a fingerprinting heuristic were observed without consent"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        calls = [one for one in evidence.behaviours if one.trace.name.startswith(HEURISTICS)]
        settled, _ = evidence.after(Consent.REJECTED, calls)
        yield from self._in(evidence, SILENT, evidence.before_choice(calls), "before any choice")
        yield from self._in(evidence, REJECT, settled, "after refusal was confirmed")
        usual = {one.key for one in evidence.in_state(calls, SILENT)}
        only_off = [one for one in evidence.in_state(calls, COOKIES_OFF) if one.key not in usual]
        yield from self._in(evidence, COOKIES_OFF, only_off, "only with cookies disabled")

    def _in(self, evidence: Evidence, state: str, found: Sequence[Seen], when: str) -> Iterator[Finding]:
        for _, seen in by_item(found):
            yield self.finding(
                evidence,
                seen,
                state=state,
                observation=f"{when.capitalize()}, {seen[0].trace.name.replace('_', ' ')} calls were made by "
                f"{actor(seen[0])} {spread(evidence, seen, state)}.",
                explanations=("It may serve the detection of bots or fraud; whether that is exempt is for a person.",),
            )
