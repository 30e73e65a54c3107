"""Who put it there: from the page over tag managers and scripts to the call, and where the chain is unknown."""

from __future__ import annotations

from classifiers.called_at import called_at
from classifiers.vendor_records import Category, EndpointKind
from classifiers.vendors import Catalogue
from crawler.observations import AnySighting, Initiator, InitiatorKind, RequestSighting
from crawler.visits import Visit

_DEEPEST = 12
"""Links of a chain that are followed; longer ones only repeat."""


class Blame:
    """Chains for the sightings of a scan; a visit's requests are indexed once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_id: dict[str, dict[str, RequestSighting]] = {}
        self._by_url: dict[str, dict[str, RequestSighting]] = {}

    def chain(self, visit: Visit, sighting: AnySighting) -> tuple[str, ...]:
        """Outermost first: `https://… (page)`, `https://…/gtm.js (Google Tag Manager)`, `https://…/a.js:12 send()`.

        The call is told as `called_at` tells it: with its place in the sources where a source map names it.
        """
        self._index(visit)
        initiator, hops = self._before_redirects(visit, sighting.initiator)
        call = _call(initiator)
        scripts = self._scripts(visit, initiator)
        if call and initiator and scripts and scripts[-1] == initiator.stack[0].url:
            scripts.pop()  # the call names it
        links = [self._named(visit, url) for url in scripts]
        if call:
            links.append(call)
        elif initiator is not None and initiator.kind is InitiatorKind.UNRESOLVED:
            links.append("a script that the browser did not name")
        return (f"{sighting.page} (page)", *links, *(self._named(visit, url) for url in hops))

    def _index(self, visit: Visit) -> None:
        if visit.id not in self._by_id:
            self._by_id[visit.id] = {request.id: request for request in visit.requests}
            self._by_url[visit.id] = {request.url: request for request in reversed(visit.requests)}

    def _before_redirects(self, visit: Visit, initiator: Initiator | None) -> tuple[Initiator | None, list[str]]:
        """Who made the first request of a chain of redirects, and the addresses that redirected, outermost first."""
        hops: list[str] = []
        while initiator is not None and initiator.kind is InitiatorKind.REDIRECT and len(hops) < _DEEPEST:
            before = self._by_id[visit.id].get(initiator.request or "")
            if before is None:
                break
            hops.append(before.url)
            initiator = before.initiator
        return initiator, hops[::-1]

    def _scripts(self, visit: Visit, initiator: Initiator | None) -> list[str]:
        """Scripts and responses that led here, outermost first: the stack's, then whoever requested those."""
        page = (visit.url, visit.final_url)
        inner: list[str] = []
        while initiator is not None and len(inner) < _DEEPEST:
            urls = [frame.url for frame in initiator.stack if frame.url] or ([initiator.url] if initiator.url else [])
            cause = self._by_id[visit.id].get(initiator.request or "")
            if cause is not None:
                urls.append(cause.url)
            fresh = [url for url in dict.fromkeys(urls) if url not in inner and url not in page]
            if not fresh:
                break
            inner.extend(fresh)
            cause = cause or self._by_url[visit.id].get(fresh[-1])
            initiator = cause.initiator if cause else None
        return inner[::-1]

    def _named(self, visit: Visit, url: str) -> str:
        """A container is told with its id and version: the same address brings other tags tomorrow."""
        hit = self._catalogue.request(url)
        if hit is None:
            return url
        name = hit.vendor.name
        if hit.vendor.category is Category.TAG_MANAGER and hit.entry.kind is EndpointKind.LOADER:
            request = self._by_url[visit.id].get(url)
            mark = version_mark(request) if request is not None else None
            name = f"{name}{f' {hit.account}' if hit.account else ''}{f', {mark}' if mark else ''}"
        return f"{url} ({name})"


def version_mark(request: RequestSighting) -> str | None:
    """What shows that a script is another one than before: its ETag, date of change, or size."""
    headers = {header.name: header.value for header in request.response_headers}
    for name in ("etag", "last-modified"):
        if headers.get(name):
            return f"{name} {headers[name]}"
    return f"size {request.response_size}" if request.response_size else None


def _call(initiator: Initiator | None) -> str | None:
    if initiator is None or not initiator.stack:
        return None
    return called_at(initiator.stack[0], named=True)
