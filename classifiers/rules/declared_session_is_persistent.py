"""RET-002."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.lifetimes import in_words
from classifiers.retention import asked, declared_lifetimes, longest_asked
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting


class DeclaredSessionIsPersistent(Rule):
    """A cookie is declared for the session but asks for an expiry.

    Why it matters: it stays after the browser is closed, against what was told [P49 V2]; seen on 3.8 % of sites in one
    study [B22 V].

    Fix: leave out Max-Age and Expires, or declare the real lifetime.
    """

    id = "RET-002"
    severity = Severity.MEDIUM
    reads = (CookieSighting,)
    by_label = False
    passed = "No cookie that is declared for the session was observed with an expiry"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return declared_lifetimes(evidence)

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        lasting = [
            one
            for one in asked(evidence)
            if one.match.item and one.match.item.lifetime == "session" and longest_asked([one]) is not None
        ]
        for _, seen in by_item(lasting):
            yield self.finding(
                evidence,
                seen,
                observation=f"Declared for the session, asked for {in_words(longest_asked(seen))}: {thing(seen[0])} "
                f"{spread(evidence, seen, None)}.",
                declared_at=seen[0].match.place,
            )
