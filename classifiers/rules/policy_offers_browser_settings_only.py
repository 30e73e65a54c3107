"""CONSENT-027."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.reached import page_not_seen
from classifiers.rules.base import Rule


class PolicyOffersBrowserSettingsOnly(Rule):
    """The policy offers browser settings as the only choice.

    Why it matters: authorities do not see today's browser settings as a valid consent [C091 V2]; the policy then
    describes no way to consent to or refuse cookies on the service itself [POLICY V].

    Fix: describe the on-site control in the policy, and offer one where there is none.
    """

    id = "CONSENT-027"
    severity = Severity.MEDIUM
    by_label = False
    passed = "The declaration describes a choice on the service itself, or one was recognised,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        declaration = evidence.declaration
        if declaration is None or declaration.choices is None:
            return "The declaration says nothing about choices."
        return None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        declaration = evidence.declaration
        choices = declaration.choices if declaration else None
        if all(page_not_seen(visit) is not None for visit in evidence.visits):
            return
        if choices is None or not choices.browser or choices.ui_control not in (None, "none_described"):
            return
        recognised = any(visit.interfaces or any(c.found_by for c in visit.choices) for visit in evidence.visits)
        here = "a control was recognised on the site" if recognised else "no control was recognised on the site"
        yield self.finding(
            evidence,
            subject=Subject(kind="policy", name="choices", domain=evidence.site),
            severity=Severity.LOW if recognised else None,
            observation="The policy describes no mechanism to consent to or refuse cookies on the service; it refers "
            f"to browser settings ({', '.join(choices.browser)}); {here}.",
            declared_at=choices.place,
        )
