"""Decoding as a pure function of url, method, headers and body, usable alone and on HAR files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from classifiers.decode_payload import Payload
from classifiers.decode_records import Hit
from classifiers.decode_sightings import payload_of
from classifiers.vendors import Catalogue, packaged
from crawler.observations import RequestSighting

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def decode(
    url: str,
    method: str = "GET",
    headers: Mapping[str, str] = _NO_HEADERS,
    body: bytes | None = None,
    *,
    catalogue: Catalogue | None = None,
) -> tuple[Hit, ...]:
    """The events a request reports, one for each item of a batch; empty: no vendor the catalogue knows.

    Never raises on odd input: what could not be read is in `Hit.problems`.
    """
    return (catalogue or packaged()).hits(Payload(url=url, method=method, headers=headers, body=body))


def decode_sighting(sighting: RequestSighting, *, catalogue: Catalogue | None = None) -> tuple[Hit, ...]:
    """As `decode`, for a stored request. Values that were not kept are empty and marked `withheld`."""
    return (catalogue or packaged()).hits(payload_of(sighting))
