"""SCAN-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.recipe_text import recipe_for
from classifiers.rules.base import Rule
from crawler.observations import Consent
from crawler.visits import ChoiceStatus, Visit


class ConsentInterfaceNotRecognised(Rule):
    """A control for a choice was not recognised.

    Why it matters: rules about that choice are undecided; that nothing was recognised does not say that nothing is
    there [PRACTICE V].

    Fix: name the control in a recipe.
    """

    id = "SCAN-003"
    severity = Severity.HIGH
    states_limit = True
    passed = "A control was recognised for every choice that was asked for"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        missing: dict[str, list[Visit]] = {}
        tried: dict[str, set[str]] = {}
        for visit in evidence.visits:
            for choice in visit.choices:
                if choice.status is ChoiceStatus.NOT_OFFERED:
                    missing.setdefault(choice.wanted.value, []).append(visit)
                    tried.setdefault(choice.wanted.value, set()).update(choice.tried)
        for wanted in sorted(missing):
            visits = missing[wanted]
            ways = ", ".join(sorted(tried[wanted])) or "nothing recorded"
            yield self.finding(
                evidence,
                visits=visits,
                subject=Subject(kind="choice", name=wanted, domain=evidence.site),
                observation=f"No control for `{wanted}` was recognised on {len(visits)} visits (tried: {ways}).",
                fix=f"Name the control: {recipe_for(Consent(wanted))}. Where the site has none, ask for scenarios "
                "without that choice, such as `--scenarios silent`.",
            )
