"""Who caused a sighting: the chain from the page over tag manager and scripts to the call, outermost first."""

from __future__ import annotations

from urllib.parse import urlsplit

from classifiers.findings import Audit, Item
from crawler.observations import AnySighting, Initiator, RequestSighting
from crawler.visits import Visit

Blame = tuple[str, ...]
DEEPEST = 12
"""Links of a chain that are told; real ones are shorter, and a hostile page may build any length."""


def blame_of_item(audit: Audit, item: Item) -> Blame:
    """From the item's earliest evidence; where that is not at hand, from the initiators the audit lists."""
    found = _first_evidence(audit, item)
    return blame(*found) if found else tuple(reversed(item.initiators))


def first_evidence(audit: Audit, item: Item) -> AnySighting | None:
    """None: it has none, or the audit does not hold the visit."""
    found = _first_evidence(audit, item)
    return found[1] if found else None


def _first_evidence(audit: Audit, item: Item) -> tuple[Visit, AnySighting] | None:
    wanted = item.evidence[0] if item.evidence else ""
    for visit in audit.visits:
        if not wanted.startswith(f"{visit.id}/"):
            continue
        for kind in (visit.cookies, visit.storage, visit.requests, visit.behaviours):
            for sighting in kind:
                if wanted == f"{visit.id}/{sighting.id}":
                    return visit, sighting
    return None


def blame(visit: Visit, sighting: AnySighting) -> Blame:
    """Walks from the sighting outwards: its stack, the request that delivered the script, that one's initiator."""
    by_url = {request.url: request for request in reversed(visit.requests)}
    by_id = {request.id: request for request in visit.requests}
    links: list[str] = []
    seen: set[str] = set()
    at = sighting.initiator
    while at is not None and len(links) < DEEPEST:
        for frame in at.stack:
            _add(links, frame.url, seen)
        if at.url is not None:
            _add(links, at.url, seen)
        at = _outer(at, by_id, by_url, seen)
    page = visit.final_url or visit.url
    if page not in links:
        links.append(page)
    return tuple(reversed(links))


def _add(links: list[str], url: str, seen: set[str]) -> None:
    if url and url not in seen:
        seen.add(url)
        links.append(url)


def _outer(
    at: Initiator, by_id: dict[str, RequestSighting], by_url: dict[str, RequestSighting], seen: set[str]
) -> Initiator | None:
    request = by_id.get(at.request or "")
    if request is None:
        outermost = at.stack[-1].url if at.stack else at.url
        request = by_url.get(outermost or "")
    if request is None or request.id in seen:
        return None
    seen.add(request.id)  # two scripts that load each other would walk for ever
    return request.initiator


def host(url: str) -> str:
    """For people: the host of a URL, or the text itself where it is none."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url
