"""CONSENT-007."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity
from classifiers.interfaces import REFUSALS, interface_subject, layers, no_interface
from classifiers.rules.base import Rule


class NoRefusalBesideAcceptance(Rule):
    """A layer of the consent interface offers acceptance but no refusal.

    Why it matters: the vast majority of authorities expect a refusal wherever acceptance is offered [TF V2] [C092 V2];
    one study found none on 56.7 % of 33,431 sites [Bo24 V].

    Fix: put a control that refuses, or continues without accepting, on the same layer.
    """

    id = "CONSENT-007"
    severity = Severity.HIGH
    by_label = False
    passed = "Every layer with an acceptance that was measured offers a refusal too,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return no_interface(evidence)

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        lacking = []
        for visit, interface, layer, controls in layers(evidence):
            meanings = {control.meaning for control in controls}
            if layer == 1 and "accept" in meanings and not meanings & REFUSALS:
                lacking.append((visit, interface, controls))
        if lacking:
            visit, interface, controls = lacking[0]
            texts = ", ".join(f"“{control.text}” ({control.meaning})" for control in controls)
            yield self.finding(
                evidence,
                visits=[one for one, _, _ in lacking],
                subject=interface_subject(evidence, interface),
                observation=f"The first layer on {visit.url} offers acceptance and no refusal; its controls: {texts}.",
                explanations=("A refusal may stand on a later layer.",),
            )
