"""The words of observations: what was seen, where, how often and who says what it is. Never what it means in law."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.base import Label, Party, Purpose
from classifiers.called_at import called_at
from classifiers.evidence import Evidence, Seen
from classifiers.traces import WORDS
from crawler.observations import CookieSighting, InitiatorKind, RequestSighting, StorageSighting

PARTY_WORDS = {Party.FIRST: "first-party", Party.SAME_ENTITY: "same-company", Party.THIRD: "third-party"}

UNRECORDED = "an initiator that was not recorded"
"""Of what was found lying there, in a jar or a store."""

_DOERS = {
    InitiatorKind.PARSER: "the markup of",
    InitiatorKind.REDIRECT: "a redirect from",
    InitiatorKind.PRELOAD: "a preload in",
    InitiatorKind.PREFLIGHT: "a preflight for",
    InitiatorKind.SERVER: "the response of",
    InitiatorKind.USER: "the navigation to",
}
_UNNAMED = {
    InitiatorKind.UNRESOLVED: "a script that the browser did not name",
    InitiatorKind.USER: "the crawler's own navigation",
}


def thing(seen: Seen) -> str:
    """`the first-party cookie _ga_* (business.localhost)`."""
    party = PARTY_WORDS[seen.label.party]
    word = WORDS[seen.trace.technology]
    if isinstance(seen.sighting, RequestSighting):
        return f"the {party} {word} to {seen.trace.host}{seen.trace.normal_name}"
    return f"the {party} {word} {seen.trace.normal_name} ({seen.trace.host})"


def classed(label: Label) -> str:
    if label.purpose is Purpose.UNCLASSIFIED:
        return "not classified by any source"
    if label.source.startswith("declaration:"):
        return f"declared as {label.purpose.value} by the site, not verified"
    whose = f" ({label.vendor})" if label.vendor else ""
    return f"classified {label.purpose.value}{whose} by {label.source}"


def actor(seen: Seen) -> str:
    """Who did it, as the browser tells it."""
    initiator = seen.sighting.initiator
    if isinstance(seen.sighting, CookieSighting) and seen.sighting.set_by:
        return f"the response of {seen.sighting.set_by}"
    if initiator is None:
        return UNRECORDED
    redirected = initiator.kind is InitiatorKind.REDIRECT  # its stack is that of the first request
    url = initiator.stack[0].url if initiator.stack and not redirected else initiator.url
    if initiator.kind is InitiatorKind.UNRESOLVED or not url:
        return _UNNAMED.get(initiator.kind, f"the browser ({initiator.kind.value})")
    if initiator.kind is InitiatorKind.SCRIPT:
        inline = url in (seen.sighting.page, seen.sighting.frame)
        where = called_at(initiator.stack[0]) if initiator.stack else url
        return f"{'an inline script of' if inline else 'the script'} {where}"
    return f"{_DOERS.get(initiator.kind, 'something in')} {url}"


def spread(evidence: Evidence, seen: Sequence[Seen], state: str | None) -> str:
    """`on 2 pages, in 1 of 1 runs`."""
    pages = len({one.visit.url for one in seen})
    runs = len({one.visit.run for one in seen})
    return f"on {pages} page{'' if pages == 1 else 's'}, in {runs} of {max(evidence.runs_of(state), runs)} runs"


def deed(seen: Seen) -> str:
    """`was stored` or `was sent`."""
    if isinstance(seen.sighting, CookieSighting | StorageSighting):
        return "was stored"
    return "was sent" if isinstance(seen.sighting, RequestSighting) else "was called"


def requests_to(seen: Sequence[Seen]) -> str:
    """`3 requests to ads.example (first: GET /pixel, by the script …)`."""
    first = seen[0]
    method = first.sighting.method if isinstance(first.sighting, RequestSighting) else "GET"
    count = "1 request" if len(seen) == 1 else f"{len(seen)} requests"
    return f"{count} to {first.trace.host} (first: {method} {first.trace.normal_name}, by {actor(first)})"
