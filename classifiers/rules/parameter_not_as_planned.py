"""TAG-026."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class ParameterNotAsPlanned(Rule):
    """A parameter of a tag is not as planned.

    Why it matters: reports are made from parameters; wrong, missing and personal values cannot be taken back
    [PRACTICE V].

    Fix: correct the variable that fills the parameter, in the container or in the data layer.
    """

    id = "TAG-026"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    by_label = False
    passed = "Every planned parameter was observed as planned"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.PARAMETER)
