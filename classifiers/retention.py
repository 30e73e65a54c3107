"""Lifetimes as cookies ask for them and as they are declared. The jar is never asked: browsers cap what they keep."""

from __future__ import annotations

from collections.abc import Iterable

from classifiers.evidence import Evidence, Seen
from crawler.observations import CookieSighting, Operation


def asked(evidence: Evidence) -> list[Seen]:
    """Witnessed writes of cookies: only these tell what was asked for."""
    return [
        one
        for one in evidence.cookies
        if isinstance(one.sighting, CookieSighting)
        and one.sighting.operation in (Operation.WRITE, Operation.OVERWRITE)
        and (one.sighting.lifetime_asked is None or one.sighting.lifetime_asked > 0)
    ]


def longest_asked(seen: Iterable[Seen]) -> float | None:
    """Seconds; None: all are session cookies."""
    lifetimes = [one.sighting.lifetime_asked for one in seen if isinstance(one.sighting, CookieSighting)]
    return max((lifetime for lifetime in lifetimes if lifetime is not None), default=None)


def declared_lifetimes(evidence: Evidence) -> str | None:
    """Why no lifetime can be compared; None: at least one is declared."""
    if evidence.declaration is None:
        return "No declaration was given, so there is no lifetime to compare with."
    if not any(item.lifetime is not None for item in evidence.declaration.items):
        return "The declaration states no lifetime; observed lifetimes are listed without comparison."
    return None
