"""What a request carries: parameters, consent signals, macros that nobody replaced, personal data in plain sight."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from classifiers.evidence import Group, Seen
from crawler.observations import CarriedForm, Consent, RequestSighting
from crawler.signals import Gcd, Gcs, TcString, decode_gcd, decode_gcs, decode_tc
from crawler.visits import TYPED_ADDRESS

_MACRO = re.compile(r"\$\{(?:GDPR|GDPR_CONSENT_\d+|GPP_STRING(?:_\d+)?|GPP_SID|US_PRIVACY)\}")
_AT = re.compile("@|%40|%2540")
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


_gcs, _gcd, _tc = lru_cache(1024)(decode_gcs), lru_cache(1024)(decode_gcd), lru_cache(1024)(decode_tc)
"""Many rules ask for the same few strings."""


class GoogleState(NamedTuple):
    """The consent state that one Google request signals; None: it carries no such parameter, or one nobody knows."""

    seen: Seen
    gcs: Gcs | None
    gcd: Gcd | None

    @property
    def says(self) -> Consent | None:
        """`gcd` is reverse-engineered, so `gcs` speaks first and the two must not disagree."""
        first, second = self.gcs.says if self.gcs else None, self.gcd.says if self.gcd else None
        if first is not None and second is not None and first is not second:
            return None
        return first or second

    @property
    def raw(self) -> str:
        return " ".join(
            f"{name}={signal.raw}" for name, signal in (("gcs", self.gcs), ("gcd", self.gcd)) if signal is not None
        )


@lru_cache(maxsize=16_384)
def query(url: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=500))
    except ValueError:
        return ()


def parameters(request: RequestSighting) -> dict[str, str]:
    """Of the URL and of the body as far as it was kept."""
    body = {field.name: field.plain for field in request.body_fields if field.plain is not None}
    return {**body, **dict(query(request.url))}


def google_states(seen: Iterable[Seen]) -> tuple[GoogleState, ...]:
    if isinstance(seen, Group):
        return seen.once(google_states, lambda: _google_states(seen))
    return tuple(_google_states(seen))


def _google_states(seen: Iterable[Seen]) -> Iterator[GoogleState]:
    for one in seen:
        if not isinstance(one.sighting, RequestSighting) or "gc" not in one.sighting.url:
            continue
        carried = parameters(one.sighting)
        gcs = _gcs(carried["gcs"]) if "gcs" in carried else None
        gcd = _gcd(carried["gcd"]) if "gcd" in carried else None
        known = gcs if isinstance(gcs, Gcs) else None, gcd if isinstance(gcd, Gcd) else None
        if any(known):
            yield GoogleState(one, *known)


def tc_strings(seen: Iterable[Seen]) -> tuple[tuple[Seen, str, TcString | None], ...]:
    """Requests with `gdpr_consent`, the raw string, and what it says; None: it cannot be decoded."""
    if isinstance(seen, Group):
        return seen.once(tc_strings, lambda: _tc_strings(seen))
    return tuple(_tc_strings(seen))


def _tc_strings(seen: Iterable[Seen]) -> Iterator[tuple[Seen, str, TcString | None]]:
    for one in seen:
        if not isinstance(one.sighting, RequestSighting) or "gdpr_consent=" not in one.sighting.url:
            continue
        raw = dict(query(one.sighting.url)).get("gdpr_consent", "")
        if raw and not raw.startswith("${"):
            decoded = _tc(raw)
            yield one, raw, decoded if isinstance(decoded, TcString) else None


def macros(request: RequestSighting) -> tuple[str, ...]:
    """Placeholders that a vendor's template should have replaced."""
    if "$" not in request.url and "%24" not in request.url:
        return ()
    return tuple(sorted(set(_MACRO.findall(unquote(request.url)))))


def addresses_in(request: RequestSighting) -> tuple[str, ...]:
    """Names of the parameters (or `path`) that hold an e-mail address, plain or URL-encoded; never the address."""
    found = _addresses_in_url(request.url) if _AT.search(request.url) else []
    found += [field.name for field in request.body_fields if field.value.shape == "email"]
    return tuple(sorted(set(found)))


def addresses_sent(seen: Seen) -> tuple[str, ...]:
    """As `addresses_in`, and where an address that the crawler typed stands in another form: `em (sha256)`."""
    request = seen.sighting
    if not isinstance(request, RequestSighting):
        return ()
    typed = {fact.value for fact in seen.visit.facts if fact.name == TYPED_ADDRESS}
    found = set(addresses_in(request))
    for carried in request.carries or ():
        if carried.token in typed:
            name = carried.name or carried.place
            found.add(name if carried.form is CarriedForm.PLAIN else f"{name} ({carried.form.value})")
    return tuple(sorted(found))


def _addresses_in_url(url: str) -> list[str]:
    found = [name for name, value in query(url) if _ADDRESS.search(unquote(value))]
    try:
        path = urlsplit(url).path
    except ValueError:
        return found
    return [*found, "path"] if _ADDRESS.search(unquote(path)) else found
