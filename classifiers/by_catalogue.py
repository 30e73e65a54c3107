"""Labels by the vendor catalogue: an exact or pattern name, an endpoint or payload grammar, or whose host it is."""

from __future__ import annotations

from collections.abc import Mapping

from classifiers.base import Label, Purpose, Vote
from classifiers.decode_sightings import payload_of
from classifiers.parties import host_of, party
from classifiers.vendor_records import CookieEntry, EndpointKind, StorageEntry, Vendor
from classifiers.vendors import Catalogue, VendorHit
from crawler.observations import AnySighting, CookieSighting, RequestSighting, StorageSighting

# Shares of labels that agreed with what sites declare, on a labelled crawl of 2,188 cookies: curated names
# with own overrides 0.889, a name of the general database 0.853, the vendor's category alone 0.764.
_BY_NAME = 0.89
_BY_PATTERN = 0.85
_BY_HOST = 0.76
_BY_ENDPOINT = 0.95
_BY_GRAMMAR = 0.85
_DOUBTED = 0.8
"""Factor for entries whose author was not sure."""

_TRACKS: Mapping[Purpose, bool] = {
    Purpose.NECESSARY: False,
    Purpose.CONSENT_RECORD: False,
    Purpose.FUNCTIONAL: False,
    Purpose.ANALYTICS: True,
    Purpose.ADVERTISING: True,
    Purpose.SOCIAL: True,
    Purpose.SESSION_REPLAY: True,
}

_KIND_WORDS: Mapping[EndpointKind, str] = {
    EndpointKind.COLLECT: "collects events for",
    EndpointKind.PIXEL: "is a pixel of",
    EndpointKind.CONVERSION: "reports conversions to",
    EndpointKind.SYNC: "exchanges identifiers for",
    EndpointKind.LOADER: "delivers the script of",
    EndpointKind.DECISION: "asks for decisions of",
    EndpointKind.CONSENT: "belongs to the consent platform",
    EndpointKind.RECORDING: "sends recordings to",
    EndpointKind.API: "is an interface of",
    EndpointKind.EMBED: "embeds content of",
    EndpointKind.OTHER: "belongs to",
}


class ByCatalogue:
    """`affiliates`: other sites of the scanned company, from the declaration."""

    name = "catalogue"

    def __init__(self, catalogue: Catalogue, *, affiliates: tuple[str, ...] = ()) -> None:
        self._catalogue = catalogue
        self._affiliates = affiliates

    def classify(self, sighting: AnySighting) -> Label | None:
        if isinstance(sighting, CookieSighting):
            return self._cookie(sighting)
        if isinstance(sighting, StorageSighting):
            return self._storage(sighting)
        if isinstance(sighting, RequestSighting):
            return self._request(sighting)
        return None

    def _cookie(self, sighting: CookieSighting) -> Label | None:
        found = self._catalogue.cookie(sighting.name, sighting.domain)
        if found is None:
            return self._by_host("cookie", sighting.name, sighting.domain, page=sighting.page)
        return self._label(
            found.vendor,
            found.purpose,
            host=sighting.domain,
            page=sighting.page,
            reason=_name_reason("cookie", sighting.name, found.entry, found.vendor, found.purpose),
            source=found.source,
            confidence=_name_confidence(found.entry),
            doubted=found.entry.doubted,
        )

    def _storage(self, sighting: StorageSighting) -> Label | None:
        host = host_of(sighting.origin)
        found = self._catalogue.storage(sighting.key, host) or (
            self._catalogue.storage(sighting.container.partition("/")[0], host) if sighting.container else None
        )
        if found is None:
            return self._by_host("storage key", sighting.key, host, page=sighting.page)
        return self._label(
            found.vendor,
            found.purpose,
            host=host,
            page=sighting.page,
            reason=_name_reason("storage key", sighting.key, found.entry, found.vendor, found.purpose),
            source=found.source,
            confidence=_name_confidence(found.entry),
            doubted=found.entry.doubted,
        )

    def _request(self, sighting: RequestSighting) -> Label | None:
        hit = self._catalogue.read(payload_of(sighting))
        if hit is None:
            return None
        whole_host = hit.entry.id == "host"
        by_grammar = hit.recognised_by != "host"
        return self._label(
            hit.vendor,
            hit.purpose,
            host=host_of(sighting.url),
            page=sighting.page,
            reason=_request_reason(hit, host_of(sighting.url)),
            source=hit.source,
            confidence=_BY_HOST if whole_host else _BY_GRAMMAR if by_grammar else _BY_ENDPOINT,
            doubted=hit.entry.doubted,
        )

    def _by_host(self, what: str, name: str, host: str, *, page: str) -> Label | None:
        """A name nobody knows, on a host that is one vendor's: the vendor's purpose, less surely."""
        vendor = self._catalogue.owner(host)
        if vendor is None:
            return None
        return self._label(
            vendor,
            vendor.purpose,
            host=host,
            page=page,
            reason=f"The {what} `{name}` is not catalogued; its host {host} belongs to {vendor.name}.",
            source=f"catalogue:{vendor.id}#host",
            confidence=_BY_HOST,
            doubted=vendor.doubted,
        )

    def _label(
        self,
        vendor: Vendor,
        purpose: Purpose,
        *,
        host: str,
        page: str,
        reason: str,
        source: str,
        confidence: float,
        doubted: bool,
    ) -> Label:
        # Software on the site's own servers sends its maker nothing.
        elsewhere = vendor.self_hosted and self._catalogue.owner(host) is not vendor
        entity = None if elsewhere else vendor.entity
        votes = [Vote(source="catalogue", tracker=_TRACKS[purpose], evidence=source)] if purpose in _TRACKS else []
        return Label(
            purpose=purpose,
            party=party(host, page=page, affiliates=self._affiliates),
            vendor=vendor.name,
            vendor_id=vendor.id,
            entity=entity.name if entity else None,
            country=entity.country if entity else None,
            votes=tuple(votes),
            reason=reason,
            source=source,
            confidence=round(confidence * _DOUBTED if doubted else confidence, 3),
        )


def _name_confidence(entry: CookieEntry | StorageEntry) -> float:
    return _BY_NAME if entry.name is not None and "*" not in entry.name else _BY_PATTERN


def _name_reason(what: str, name: str, entry: CookieEntry | StorageEntry, vendor: Vendor, purpose: Purpose) -> str:
    fits = "is" if entry.name == name else f"fits `{entry.label}`,"
    where = f" on {', '.join(entry.hosts)}" if entry.hosts else ""
    checked = "; its entry in the catalogue is doubted" if entry.doubted else ""
    return f"The {what} `{name}` {fits} a known {what} of {vendor.name}{where}, used for {purpose.value}{checked}."


def _request_reason(hit: VendorHit, host: str) -> str:
    words = f"{_KIND_WORDS[hit.entry.kind]} {hit.vendor.name}"
    if hit.recognised_by == "host":
        return f"The request to {host} {words}, used for {hit.purpose.value}."
    grammar = hit.recognised_by.removeprefix("grammar:")
    return f"The request to {host} {words}: its payload has the form `{grammar}`, used for {hit.purpose.value}."
