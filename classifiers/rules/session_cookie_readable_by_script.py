"""SEC-002."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.tracking import own_session_cookies, session_role
from crawler.observations import CookieSighting


class SessionCookieReadableByScript(Rule):
    """A session or sign-in cookie can be read by scripts.

    Why it matters: any script on the page, a third party's too, can read and send it [6265b V].

    Fix: set it with `HttpOnly`, from the server.
    """

    id = "SEC-002"
    severity = Severity.MEDIUM
    reads = (CookieSighting,)
    by_label = False
    passed = "No session or sign-in cookie without HttpOnly was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        lacking = [one for one, _ in own_session_cookies(evidence.cookies) if _lacks(one.sighting)]
        for _, seen in by_item(lacking):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                observation=f"A {session_role(first)} cookie was set without HttpOnly: {thing(first)}, "
                f"by {actor(first)} {spread(evidence, seen, None)}.",
                declared_at=first.match.place,
            )


def _lacks(cookie: object) -> bool:
    return isinstance(cookie, CookieSighting) and not cookie.http_only
