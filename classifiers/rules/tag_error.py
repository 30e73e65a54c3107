"""TAG-018."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class TagError(Rule):
    """A tag failed.

    Why it matters: what it should report is lost, and the failure is not visible to visitors [PRACTICE V].

    Fix: look at the status or the refusal: a wrong address, the Content-Security-Policy, mixed content.
    """

    id = "TAG-018"
    severity = Severity.LOW
    reads = (RequestSighting,)
    by_label = False
    passed = "No failing request of a planned vendor was observed"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.ERROR)
