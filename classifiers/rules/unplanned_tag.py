"""TAG-002."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class UnplannedTag(Rule):
    """A tag fired that the plan does not foresee.

    Why it matters: nobody answers for what it collects, and in whose consent category it belongs [PRACTICE V].

    Fix: add it to the plan with its consent scenarios, or remove it; the blame chain names its container.
    """

    id = "TAG-002"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "No tag outside the plan was observed"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.UNPLANNED)
