"""SCAN-021."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity, Subject
from classifiers.lifetimes import DAY, in_words
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting

_MOST_NAMES = 15


class AlteredByBrowser(Rule):
    """The browser altered or refused what was asked for.

    Why it matters: what a page asks for and what this browser keeps differ, and other browsers differ again
    [6265b V] [MEASURED V].

    Fix: none needed for the scan; the rules read what was asked for.
    """

    id = "SCAN-021"
    severity = Severity.INFO
    reads = (CookieSighting,)
    states_limit = True
    by_label = False
    passed = "No cookie was observed that the browser refused, capped or partitioned"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        altered = []
        for key, seen in by_item(evidence.cookies):
            ways = sorted({way for one in seen for way in _ways(one.sighting)})
            if ways:
                altered.append(f"{key[1]} ({key[2]}): {', '.join(ways)}")
        if altered:
            more = f" and {len(altered) - _MOST_NAMES} more" if len(altered) > _MOST_NAMES else ""
            yield self.finding(
                evidence,
                subject=Subject(kind="scan", name="altered by the browser", domain=evidence.site),
                observation=f"Altered or refused by the browser: {'; '.join(altered[:_MOST_NAMES])}{more}.",
            )


def _ways(cookie: object) -> list[str]:
    if not isinstance(cookie, CookieSighting):
        return []
    ways = list(cookie.refused_because)
    if cookie.stored is False and not ways:
        ways.append("not stored")
    asked, kept = cookie.lifetime_asked, cookie.lifetime_kept
    if asked is not None and kept is not None and asked - kept > DAY:
        ways.append(f"kept for {in_words(kept)} instead of {in_words(asked)}")
    if cookie.partition_key and not cookie.partitioned:
        ways.append("partitioned")
    return ways
