"""TAG-028."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class ConsentSignalNotAsPlanned(Rule):
    """A tag carries another consent signal than planned.

    Why it matters: the recipient acts on the signal that it gets [GCM V2].

    Fix: check the consent default, the update after the choice, and the tag's consent settings.
    """

    id = "TAG-028"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "Every planned consent signal was observed"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.SIGNAL)
