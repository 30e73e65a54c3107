"""RET-005."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.lifetimes import BROWSER_LIMIT, in_words
from classifiers.retention import asked, longest_asked
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting


class LifetimeAboveBrowserLimit(Rule):
    """A cookie asks for a longer life than browsers allow.

    Why it matters: browsers limit a cookie's life to 400 days [6265b V], so what is asked for is neither what happens
    nor what can be declared; kept values read back as exactly 400 days [MEASURED V].

    Fix: ask for 400 days or less, as long as the purpose really needs.
    """

    id = "RET-005"
    severity = Severity.LOW
    reads = (CookieSighting,)
    by_label = False
    passed = "No cookie was observed that asks for more than 400 days"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        above = [one for one in asked(evidence) if (longest_asked([one]) or 0.0) > BROWSER_LIMIT]
        for _, seen in by_item(above):
            first = seen[0]
            longest = longest_asked(seen) or 0.0
            kept = [
                one.sighting.lifetime_kept
                for one in seen
                if isinstance(one.sighting, CookieSighting) and one.sighting.lifetime_kept is not None
            ]
            in_jar = f", kept for {in_words(max(kept))}" if kept else ""
            yield self.finding(
                evidence,
                seen,
                observation=f"Asked for {in_words(longest)}{in_jar}: {thing(first)}, set by {actor(first)} "
                f"{spread(evidence, seen, None)}.",
                declared_at=first.match.place,
            )
