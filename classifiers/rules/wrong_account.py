"""TAG-004."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import RequestSighting


class WrongAccount(Rule):
    """A tag reports to an account that the plan does not allow.

    Why it matters: data goes to another property than planned, such as a test property in production [PRACTICE V].

    Fix: set the id of this environment in the tag or in the container's variable.
    """

    id = "TAG-004"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "No account other than the planned ones was observed"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.WRONG_ID)
