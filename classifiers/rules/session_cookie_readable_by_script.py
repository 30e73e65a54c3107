"""SEC-002."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.session_cookies import set_without
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
        yield from set_without(self, evidence, "HttpOnly", has=lambda cookie: cookie.http_only)
