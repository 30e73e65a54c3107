"""SEC-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, grouped
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.tracking import own_session_cookies, session_role
from crawler.observations import CookieSighting


class SessionCookieSameSite(Rule):
    """A session or sign-in cookie states no SameSite value, or None.

    Why it matters: with None the cookie travels on requests that other sites cause; without a value that is left to
    each browser's default [6265b V].

    Fix: set `SameSite=Lax`, or `Strict` where no link from elsewhere must keep the session.
    """

    id = "SEC-003"
    severity = Severity.LOW
    reads = (CookieSighting,)
    by_label = False
    passed = "No session or sign-in cookie without SameSite, or with None, was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        sessions = [
            one
            for one, _ in own_session_cookies(evidence.cookies)
            if isinstance(one.sighting, CookieSighting) and one.sighting.same_site in (None, "None")
        ]
        for _, seen in grouped(sessions, lambda one: one.key):
            none = [o for o in seen if isinstance(o.sighting, CookieSighting) and o.sighting.same_site == "None"]
            how = "with SameSite=None" if none else "without SameSite"
            first = (none or seen)[0]
            yield self.finding(
                evidence,
                none or seen,
                severity=Severity.MEDIUM if none else None,
                observation=f"A {session_role(first)} cookie was set {how}: {thing(first)}, by {actor(first)} "
                f"{spread(evidence, seen, None)}.",
                declared_at=first.match.place,
            )
