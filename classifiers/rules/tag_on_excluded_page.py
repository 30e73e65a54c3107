"""TAG-023."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class TagOnExcludedPage(Rule):
    """A tag fired where the plan excludes it.

    Why it matters: pages such as checkout, account or health are excluded because of what their addresses and
    contents tell [PRACTICE V].

    Fix: exclude the page in the trigger of the tag.
    """

    id = "TAG-023"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "No tag was observed where the plan excludes it"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.EXCLUDED)
