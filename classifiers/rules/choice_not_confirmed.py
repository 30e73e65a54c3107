"""SCAN-004."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.recipe_text import recipe_for
from classifiers.rules.base import Rule
from crawler.observations import Consent
from crawler.visits import Choice, ChoiceStatus

_NOT_PROVED = (ChoiceStatus.UNCONFIRMED, ChoiceStatus.CONTRADICTED)


class ChoiceNotConfirmed(Rule):
    """A choice was played but not confirmed.

    Why it matters: a click is not a choice; whatever followed it can be held neither for nor against the site
    [PRACTICE V].

    Fix: write a recipe for the consent interface that names its controls and the record of the choice.
    """

    id = "SCAN-004"
    severity = Severity.HIGH
    states_limit = True
    passed = "Every choice that was played was confirmed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for visit in evidence.visits:
            for choice in visit.choices:
                if choice.status not in _NOT_PROVED or _left_open(choice):
                    continue
                signs = "; ".join(f"{w.witness}: {w.detail}" for w in choice.witnesses) or "no sign of a change"
                yield self.finding(
                    evidence,
                    visits=[visit],
                    subject=Subject(
                        kind="choice",
                        name=f"{choice.wanted.value} {urlsplit(visit.url).path or '/'} run {visit.run}",
                        domain=evidence.site,
                    ),
                    state=evidence.state(visit),
                    observation=f"The choice `{choice.wanted.value}` on {visit.url} was {choice.status.value} "
                    f"({choice.why or signs}); the rules that need it are undecided there.",
                    fix=f"If it does take hold, say how to see it: "
                    f"{recipe_for(choice.wanted, visit=visit, choice=choice)}.",
                )


def _left_open(choice: Choice) -> bool:
    """Going on without choosing leaves the interface where it is: nothing was chosen, so nothing needs a proof."""
    return choice.wanted is Consent.UNDECIDED and choice.status is ChoiceStatus.UNCONFIRMED
