"""SCAN-002."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.visits import ProblemKind, Visit

_REFUSALS = (401, 403, 429, 503)


class BlockedOrChallenged(Rule):
    """The crawler was blocked or challenged.

    Why it matters: what a bot wall shows is not the site; all rules are undecided there [PRACTICE V].

    Fix: let the scan's address through, or scan from inside.
    """

    id = "SCAN-002"
    severity = Severity.HIGH
    states_limit = True
    passed = "No bot wall, captcha or refusal of the crawler was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        blocked: dict[str, list[Visit]] = {}
        for visit in evidence.visits:
            challenged = any(problem.kind is ProblemKind.CHALLENGE for problem in visit.problems)
            if challenged or visit.http_status in _REFUSALS:
                blocked.setdefault(visit.url, []).append(visit)
        for url in sorted(blocked):
            visits = blocked[url]
            answer = f" (HTTP {visits[0].http_status})" if visits[0].http_status else ""
            yield self.finding(
                evidence,
                visits=visits,
                subject=Subject(kind="page", name=urlsplit(url).path or "/", domain=evidence.site),
                observation=f"{url} blocked or challenged the crawler on {len(visits)} visits{answer}; nothing about "
                "the page was decided from them.",
            )
