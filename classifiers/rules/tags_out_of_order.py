"""TAG-027."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class TagsOutOfOrder(Rule):
    """Tags fired in another order than planned.

    Why it matters: a tag that runs before the consent default, or before the tag it builds on, acts on the
    wrong state [GCM V2].

    Fix: set the default in the page before any tag loads, or sequence the tags in the container.
    """

    id = "TAG-027"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    by_label = False
    passed = "The planned order of tags was observed"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.ORDER)
