"""SEC-004."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting


class SameSiteNoneWithoutSecure(Rule):
    """A cookie asks for SameSite=None without Secure, which browsers refuse.

    Why it matters: the browser drops the cookie [6265b V] [MEASURED V], so what was meant to work does not.

    Fix: add `Secure`, or use `SameSite=Lax` if the cookie is not needed across sites.
    """

    id = "SEC-004"
    severity = Severity.MEDIUM
    reads = (CookieSighting,)
    by_label = False
    passed = "No cookie with SameSite=None and without Secure was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        faulty = [
            one
            for one in evidence.cookies
            if isinstance(one.sighting, CookieSighting) and one.sighting.same_site == "None" and not one.sighting.secure
        ]
        for _, seen in by_item(faulty):
            first = seen[0]
            refused = sorted(
                {r for one in seen if isinstance(one.sighting, CookieSighting) for r in one.sighting.refused_because}
            )
            outcome = f" (the browser refused it: {', '.join(refused)})" if refused else ""
            yield self.finding(
                evidence,
                seen,
                observation=f"SameSite=None without Secure{outcome}: {thing(first)}, set by {actor(first)} "
                f"{spread(evidence, seen, None)}.",
                declared_at=first.match.place,
            )
