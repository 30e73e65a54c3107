"""CONSENT-009."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Outcome, Severity
from classifiers.interfaces import interface_subject, layers, no_interface
from classifiers.rules.base import Rule

_REQUIRED = ("necess", "essential", "required", "notwendig", "erforderlich", "nécessaire", "necesari", "noodzakelijk")
"""Parts of words by which interfaces name what cannot be switched off."""


class OptionalCategoriesPreselected(Rule):
    """Optional categories are switched on before the visitor chooses.

    Why it matters: a box that is ticked beforehand is no consent [P49 V2] [TF V2].

    Fix: open the settings with every optional category off.
    """

    id = "CONSENT-009"
    severity = Severity.HIGH
    by_label = False
    passed = "No optional category was observed to be switched on beforehand"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if missing := no_interface(evidence):
            return missing
        toggles = [c for _, _, _, controls in layers(evidence) for c in controls if c.checked is not None]
        return None if toggles else "No switch or box of the consent interface was measured."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        ticked = [
            (visit, interface, control)
            for visit, interface, _, controls in layers(evidence)
            for control in controls
            if control.checked and not any(word in control.text.casefold() for word in _REQUIRED)
        ]
        if ticked:
            visit, interface, _ = ticked[0]
            names = sorted({control.text or control.role for _, _, control in ticked})
            unnamed = any(not control.text for _, _, control in ticked)
            yield self.finding(
                evidence,
                visits=[one for one, _, _ in ticked],
                subject=interface_subject(evidence, interface),
                outcome=Outcome.REVIEW if unnamed else Outcome.FAIL,
                observation=f"Switched on at first sight on {visit.url}: {', '.join(f'“{name}”' for name in names)}.",
                explanations=("A switch without a name may belong to what cannot be switched off.",) if unnamed else (),
            )
