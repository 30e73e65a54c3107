"""TAG-024."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class DataLayerNotAsPlanned(Rule):
    """The data layer does not hold what the plan says.

    Why it matters: tags read their values from the data layer, so what is wrong there is wrong in all of them
    [PRACTICE V].

    Fix: correct the push in the page's own code.
    """

    id = "TAG-024"
    severity = Severity.LOW
    reads = (RequestSighting,)
    by_label = False
    passed = "The data layer was observed to hold what the plan says"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.DATA_LAYER)
