"""RET-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.lifetimes import DAY, in_words
from classifiers.retention import asked, declared_lifetimes, longest_asked
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting

TOLERANCE = 1.5
"""Times the declared value from which a lifetime counts as different (Bollinger et al. 2022, method 3)."""


class LifetimeExceedsDeclared(Rule):
    """A cookie asks for a longer life than is declared.

    Why it matters: people must be told how long a cookie works [P49 V2] [GDPR V2]; one study found a wrong expiry on
    13.5 % of sites [B22 V].

    Fix: shorten Max-Age or Expires to the declared value, or declare the real one.
    """

    id = "RET-001"
    severity = Severity.MEDIUM
    reads = (CookieSighting,)
    by_label = False
    passed = "No cookie was observed that asks for more than 1.5 times its declared lifetime"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return declared_lifetimes(evidence)

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for _, seen in by_item(asked(evidence)):
            item = seen[0].match.item
            longest = longest_asked(seen)
            if item is None or not isinstance(item.lifetime, float) or longest is None:
                continue
            if longest > TOLERANCE * item.lifetime and longest - item.lifetime > DAY:
                yield self.finding(
                    evidence,
                    [one for one in seen if longest_asked([one]) == longest],
                    observation=f"Declared for {in_words(item.lifetime)}, asked for {in_words(longest)}: "
                    f"{thing(seen[0])} {spread(evidence, seen, None)}.",
                    declared_at=item.place,
                )
