"""Identifiers of cookies and storage that left in a request: looked for at capture, because values are not kept."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.browser.bodies import pairs
from crawler.browser.values import Digester
from crawler.observations import (
    AnySighting,
    Carried,
    CarriedForm,
    CookieSighting,
    RequestSighting,
    StorageSighting,
)

Place = Literal["path", "query", "referer", "body"]

_MOST: Final = 100
"""Candidates kept of one request."""
_LONGEST: Final = 8192
"""Characters of one parameter that are looked at."""
_GZIP: Final = b"\x1f\x8b"
_UNPACKED: Final = 1_000_000
_BASE64 = re.compile(r"[\w+/-]{12,}={0,2}")


def candidates(
    *, url: str, headers: Mapping[str, str], body: bytes | None, content_type: str, digester: Digester
) -> tuple[Carried, ...]:
    """Everything in the request that could be an identifier, by digest; `only_stored` sorts out the rest later."""
    found: dict[Carried, None] = {}
    for place, name, text in _texts(url, headers.get("referer", ""), body, content_type):
        for form, part in _readings(text[:_LONGEST]):
            for token in (*digester.addresses_in(part), *digester.tokens(part)):
                found[Carried(token=token, place=place, name=name, form=form)] = None
                if len(found) == _MOST:
                    return tuple(found)
    return tuple(found)


def only_stored(sightings: Iterable[AnySighting], digester: Digester) -> list[AnySighting]:
    """Leaves, in each request, the candidates that equal an identifier of a stored value or a hash of one."""
    everything = list(sightings)
    stored = {
        token
        for sighting in everything
        if isinstance(sighting, CookieSighting | StorageSighting) and sighting.value is not None
        for token in sighting.value.tokens
    } | digester.addresses
    return [
        sighting.model_copy(update={"carries": tuple(known(sighting.carries, stored, digester))})
        if isinstance(sighting, RequestSighting) and sighting.carries is not None
        else sighting
        for sighting in everything
    ]


def known(carried: Iterable[Carried], stored: Container[str], digester: Digester) -> Iterator[Carried]:
    """Those that equal one of `stored` or a hash of one, each place once."""
    seen: set[tuple[str, Place, str]] = set()
    for one in carried:
        token, form = one.token, one.form
        if token not in stored:
            token, hashed = digester.hashed.get(token, ("", None))
            if hashed is None or token not in stored:
                continue
            form = hashed
        if (token, one.place, one.name) not in seen:
            seen.add((token, one.place, one.name))
            yield one.model_copy(update={"token": token, "form": form})


def _texts(url: str, referer: str, body: bytes | None, content_type: str) -> Iterator[tuple[Place, str, str]]:
    yield from _address(url, "path", "query")
    if referer:
        yield from _address(referer, "referer", "referer")
    for name, value in pairs(_unpacked(body), content_type.lower()) if body else ():
        yield "body", name, value


def _unpacked(body: bytes) -> bytes:
    """Recorders compress what they send; a body that was cut short is read as far as it goes."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _UNPACKED)
    except zlib.error:
        return body


def _address(url: str, path: Place, query: Place) -> Iterator[tuple[Place, str, str]]:
    try:
        parts = urlsplit(url)
        named = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=500)
    except ValueError:
        return
    yield path, "", parts.path
    for name, value in named:
        yield query, name, value
    if parts.query and not named:
        yield query, "", parts.query


def _readings(text: str) -> Iterator[tuple[CarriedForm, str]]:
    """As it stands, without one more layer of URL-encoding, and decoded where it is base64 of text."""
    yield CarriedForm.PLAIN, unquote(text)
    if _BASE64.fullmatch(plain := unquote(text)) and (decoded := _decoded(plain)):
        yield CarriedForm.BASE64, decoded


def _decoded(text: str) -> str | None:
    padded = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded if decoded.isprintable() else None
