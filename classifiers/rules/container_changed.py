"""TAG-021."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class ContainerChanged(Rule):
    """A container or library is not the version that was planned.

    Why it matters: a published container can add tags that nobody has looked at [PRACTICE V].

    Fix: review the change, then write the new version into the plan.
    """

    id = "TAG-021"
    severity = Severity.INFO
    reads = (RequestSighting,)
    by_label = False
    passed = "No container of another version than planned was observed"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.CONTAINER)
