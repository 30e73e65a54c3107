"""What SEC-001 and SEC-002 share: a session or sign-in cookie lacks an attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import Finding
from classifiers.rules.base import Rule
from classifiers.tracking import own_session_cookies, session_role
from crawler.observations import CookieSighting


def set_without(
    rule: Rule, evidence: Evidence, attribute: str, *, has: Callable[[CookieSighting], bool]
) -> Iterator[Finding]:
    """`attribute`: as it is written in a header."""
    lacking = [
        one
        for one, _ in own_session_cookies(evidence.cookies)
        if isinstance(one.sighting, CookieSighting) and not has(one.sighting)
    ]
    for _, seen in by_item(lacking):
        first = seen[0]
        yield rule.finding(
            evidence,
            seen,
            observation=f"A {session_role(first)} cookie was set without {attribute}: {thing(first)}, "
            f"by {actor(first)} {spread(evidence, seen, None)}.",
            declared_at=first.match.place,
        )
