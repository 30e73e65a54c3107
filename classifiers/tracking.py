"""What counts as tracking, as needing consent, as a session, and which exemption the operator claims."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from classifiers.base import Party, Purpose
from classifiers.by_declaration import TRACKING
from classifiers.by_shape import PERSISTENT
from classifiers.declaration import DeclaredPurpose
from classifiers.evidence import Group, Seen, narrowed
from classifiers.yaml_source import read_yaml
from crawler.observations import CookieSighting, Record, RequestSighting, StorageArea, StorageSighting

_CLAIMED = {"fr": "fr_audience_measurement", "uk": "uk_statistical"}
"""Profiles that know an exemption for audience measurement, and how a category claims it."""
_SIGN_IN = frozenset({DeclaredPurpose.AUTHENTICATION, DeclaredPurpose.REMEMBER_SIGN_IN})


_EMULATED = "flash"
"""The phase in which a visit plays Flash content anew, with an emulator of its own."""
BY_EMULATOR = (
    "Only the emulator that the scan brought along played the Flash content that keeps it; a visitor's browser, which "
    "runs no Flash, keeps no such object."
)


class SessionNames(Record):
    session: tuple[str, ...]
    sign_in: tuple[str, ...]


@lru_cache(maxsize=1)
def _session_names() -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = read_yaml(Path(__file__).with_name("session_names.yaml"), SessionNames, what="table of session names")
    session, sign_in = ("|".join(f"(?:{name})" for name in group) for group in (names.session, names.sign_in))
    return re.compile(session, re.IGNORECASE), re.compile(sign_in, re.IGNORECASE)


def consent_requiring(seen: Iterable[Seen]) -> Group:
    """Of a purpose that needs consent under the opt-in profiles; the unclassified are left to a person."""
    return narrowed(seen, _requires_consent)


def _requires_consent(seen: Seen) -> bool | None:
    return seen.label.purpose.needs_consent


def tracking_requests(seen: Iterable[Seen]) -> Group:
    """Requests of a tracking purpose that carry more than plain delivery needs: data, cookies, or a beacon's form."""
    return narrowed(seen, _is_tracking_request)


def _is_tracking_request(seen: Seen) -> bool:
    request = seen.sighting
    return (
        isinstance(request, RequestSighting)
        and seen.label.purpose in TRACKING
        and not request.refused_because
        and _carries_data(request)
    )


def _carries_data(request: RequestSighting) -> bool:
    sent = any(not cookie.withheld_because for cookie in request.cookies)
    return bool(request.beacon or "?" in request.url or request.body_size or sent)


def unknown_identifiers(seen: Iterable[Seen]) -> list[Seen]:
    """Nobody says what they are for, but the value looks like an identifier that lasts or that a third party owns."""
    return [
        one
        for one in seen
        if one.label.purpose is Purpose.UNCLASSIFIED
        and one.label.identifier
        and (one.label.party is Party.THIRD or _lasts(one))
    ]


def _lasts(seen: Seen) -> bool:
    sighting = seen.sighting
    if isinstance(sighting, CookieSighting):
        return (sighting.lifetime_asked or 0.0) >= PERSISTENT
    return isinstance(sighting, StorageSighting) and sighting.area not in (StorageArea.SESSION, StorageArea.WINDOW_NAME)


def kept_by_emulator(seen: Seen) -> bool:
    """A Flash shared object that no visitor's browser would have kept. A page's own emulator is its own doing."""
    sighting = seen.sighting
    flash = isinstance(sighting, StorageSighting) and sighting.area is StorageArea.FLASH_LSO
    return flash and sighting.phase == _EMULATED


def exemption_doubts(seen: Seen, *, profile: str) -> tuple[str, ...]:
    """Where the declaration claims the exemption for audience measurement under this profile: that it is a claim, not
    a fact. Empty: it claims none."""
    claim = _CLAIMED.get(profile)
    category = seen.match.category
    if claim is None or category is None or seen.label.purpose is not Purpose.ANALYTICS:
        return ()
    claimed = claim in category.exempt_profiles
    return (f"The declaration claims the exemption {claim}; not verified.",) if claimed else ()


def session_role(seen: Seen) -> str | None:
    """`sign-in` or `session`, by the declared purposes or else by the cookie's name; None: neither."""
    if seen.label.purpose in TRACKING:
        return None  # `sid` of an advertiser, or an analytics cookie declared as operation, is no session of this site
    item, category = seen.match.item, seen.match.category
    purposes = set(item.purposes if item else ()) or set(category.purposes if item and category else ())
    if purposes and purposes <= _SIGN_IN:
        return "sign-in"
    if purposes and purposes <= _SIGN_IN | {DeclaredPurpose.SESSION_STATE}:
        return "session"
    session, sign_in = _session_names()
    if sign_in.fullmatch(seen.trace.name):
        return "sign-in"
    return "session" if session.fullmatch(seen.trace.name) else None


def own_session_cookies(seen: Iterable[Seen]) -> list[tuple[Seen, str]]:
    """The site's session and sign-in cookies, each with its role; removals and third parties left out."""
    found = []
    for one in seen:
        sighting = one.sighting
        if not isinstance(sighting, CookieSighting) or one.label.party is Party.THIRD:
            continue
        if sighting.lifetime_asked is not None and sighting.lifetime_asked <= 0:
            continue
        if role := session_role(one):
            found.append((one, role))
    return found
