"""TAG-022."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import NO_PLAN, tell
from crawler.observations import CookieSighting


class TagCookieNotAsPlanned(Rule):
    """A tag's cookie is not as planned.

    Why it matters: domain, prefix, flags and lifetime are settings of the tag, and decide who reads the
    cookie and for how long [PRACTICE V].

    Fix: set `cookie_domain`, `cookie_prefix`, `cookie_flags` or `cookie_expires` of the tag.
    """

    id = "TAG-022"
    severity = Severity.LOW
    reads = (CookieSighting,)
    by_label = False
    passed = "Every planned cookie of a tag was observed with the planned attributes"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_PLAN if evidence.tags is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        yield from tell(self, evidence, FaultKind.COOKIE)
