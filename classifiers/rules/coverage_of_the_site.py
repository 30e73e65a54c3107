"""SCAN-008."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule


class CoverageOfTheSite(Rule):
    """Only a part of the site was visited.

    Why it matters: statements hold for the pages that were visited and no others [PRACTICE V].

    Fix: raise the limits of the crawl, or name the pages that matter.
    """

    id = "SCAN-008"
    severity = Severity.INFO
    states_limit = True
    by_label = False
    passed = "Nothing was visited"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        pages = {visit.url for visit in evidence.visits}
        if not pages:
            return
        skipped = Counter(entry.value for entry in evidence.scan.skipped)
        why = "; ".join(f"{count} by {reason}" for reason, count in sorted(skipped.items()))
        yield self.finding(
            evidence,
            subject=Subject(kind="scan", name="coverage", domain=evidence.site),
            observation=f"{len(pages)} pages were visited of {max(evidence.scan.discovered, len(pages))} discovered"
            f"{'; not visited: ' + why if why else ''}. Pages behind a sign-in were not visited.",
        )
