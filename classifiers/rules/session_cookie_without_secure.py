"""SEC-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.session_cookies import set_without
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
        yield from set_without(self, evidence, "Secure", has=lambda cookie: cookie.secure)
