"""SCAN-001."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.reached import page_not_seen
from classifiers.rules.base import Rule


class PageNotReached(Rule):
    """A page was not reached.

    Why it matters: what was not seen is not absent; every rule is undecided there [PRACTICE V].

    Fix: open the address in a browser from where the scan runs; the reason names what went wrong.
    """

    id = "SCAN-001"
    severity = Severity.MEDIUM
    states_limit = True
    passed = "Every page that was asked for was reached"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        unseen: dict[str, list[int]] = {}
        for place, visit in enumerate(evidence.visits):
            if page_not_seen(visit) is not None:
                unseen.setdefault(visit.url, []).append(place)
        for url in sorted(unseen):
            visits = [evidence.visits[place] for place in unseen[url]]
            yield self.finding(
                evidence,
                visits=visits,
                subject=Subject(kind="page", name=urlsplit(url).path or "/", domain=evidence.site),
                observation=f"{url} was not seen on {len(visits)} visits "
                f"({', '.join(sorted({v.scenario for v in visits}))}). {page_not_seen(visits[0])}",
            )
