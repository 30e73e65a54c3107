"""RET-006."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.lifetimes import THIRTEEN_MONTHS, in_words
from classifiers.retention import asked, longest_asked
from classifiers.rules.base import Rule
from classifiers.tracking import consent_requiring
from crawler.observations import CookieSighting


class LifetimeAboveOwnLimit(Rule):
    """A consent-requiring cookie asks for more than the limit of 396 days.

    Why it matters: data may be kept only as long as the purpose needs [GDPR V2]. The limit is ours, the 13 months that
    one authority uses for audience measurement [CAM V2].

    Fix: shorten the lifetime, or write down why the purpose needs it.
    """

    id = "RET-006"
    severity = Severity.MEDIUM
    reads = (CookieSighting,)
    passed = "No consent-requiring cookie was observed that asks for more than 396 days"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        above = [one for one in consent_requiring(asked(evidence)) if (longest_asked([one]) or 0.0) > THIRTEEN_MONTHS]
        for _, seen in by_item(above):
            yield self.finding(
                evidence,
                seen,
                observation=f"Asked for {in_words(longest_asked(seen))}, more than 396 days: {thing(seen[0])} "
                f"{spread(evidence, seen, None)}; {classed(seen[0].label)}.",
                declared_at=seen[0].match.place,
            )
