"""Decodes what the store kept of requests: bodies are gone, their fields and short plain values remain."""

from __future__ import annotations

from classifiers.decode_payload import WITHHELD, Payload
from crawler.observations import BodyField, RequestSighting


def payload_of(sighting: RequestSighting) -> Payload:
    return Payload(
        url=sighting.url,
        method=sighting.method,
        headers={header.name: header.value for header in sighting.request_headers},
        known_fields=tuple((field.name, _value(field)) for field in sighting.body_fields),
    )


def _value(field: BodyField) -> str:
    if field.plain is not None:
        return field.plain
    return WITHHELD if field.value.length else ""
