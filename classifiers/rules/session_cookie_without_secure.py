"""SEC-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.tracking import own_session_cookies, session_role
from crawler.observations import CookieSighting


class SessionCookieWithoutSecure(Rule):
    """A session or sign-in cookie lacks the Secure attribute.

    Why it matters: without it the cookie also travels over plain connections [6265b V].

    Fix: set it with `Secure` (and serve the site over HTTPS only).
    """

    id = "SEC-001"
    severity = Severity.HIGH
    reads = (CookieSighting,)
    by_label = False
    passed = "No session or sign-in cookie without Secure was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        lacking = [one for one, _ in own_session_cookies(evidence.cookies) if _lacks(one.sighting)]
        for _, seen in by_item(lacking):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                observation=f"A {session_role(first)} cookie was set without Secure: {thing(first)}, "
                f"by {actor(first)} {spread(evidence, seen, None)}.",
                declared_at=first.match.place,
            )


def _lacks(cookie: object) -> bool:
    return isinstance(cookie, CookieSighting) and not cookie.secure
