"""TAG-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class PlannedTagMissing(Rule):
    """A planned tag did not fire.

    Why it matters: visits or conversions that the plan counts on are not counted [PRACTICE V].

    Fix: look at the trigger of the tag in its container, and at the consent that it waits for.
    """

    id = "TAG-001"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    by_label = False
    passed = "Every planned tag was observed where the plan says"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.MISSING)
