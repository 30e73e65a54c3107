"""Cookies and local storage as left in the browser, for `inspection.json`, with who wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from classifiers.parties import host_of
from crawler.observations import CookieSighting, InitiatorKind, Operation, Sighting, StorageArea, StorageSighting
from crawler.visits import Visit
from reports.wec import WecCookie, WecLog, WecStackLine, WecStored
from reports.wec_pages import is_first

DAY = 86400.0


def cookies(visits: Sequence[Visit], site: str) -> tuple[WecCookie, ...]:
    """As left in the browser by their last write, refused and deleted ones not; longest-lived first."""
    last: dict[tuple[str, str, str], tuple[Visit, CookieSighting]] = {}
    for visit in visits:
        for cookie in sorted(visit.cookies, key=lambda cookie: cookie.order):
            key = (cookie.name, cookie.domain, cookie.path)
            if cookie.operation is Operation.REMOVE or _deletes(cookie):
                last.pop(key, None)
            elif cookie.stored is not False:
                last[key] = (visit, cookie)
    found = [_cookie(visit, cookie, site) for visit, cookie in last.values()]
    return tuple(sorted(found, key=lambda cookie: (-cookie.expires, cookie.domain, cookie.path, cookie.name)))


def _deletes(cookie: CookieSighting) -> bool:
    return cookie.lifetime_asked is not None and cookie.lifetime_asked <= 0


def _cookie(visit: Visit, cookie: CookieSighting, site: str) -> WecCookie:
    lifetime = cookie.lifetime_kept if cookie.lifetime_kept is not None else cookie.lifetime_asked
    try:
        until = None if lifetime is None else cookie.wall + timedelta(seconds=lifetime)
    except OverflowError:  # asked for longer than calendars reach
        until = None
    return WecCookie(
        name=cookie.name,
        value=cookie.value.raw,
        domain=cookie.domain,
        path=cookie.path,
        expires=-1 if lifetime is None else cookie.wall.timestamp() + lifetime,
        size=len(cookie.name) + cookie.value.length,
        http_only=cookie.http_only,
        secure=cookie.secure,
        session=lifetime is None,
        same_site=cookie.same_site,
        partition_key=cookie.partition_key,
        expires_utc=until,
        expires_days=None if lifetime is None else round(lifetime / DAY, 1),
        log=_log(visit, cookie, "Cookie.HTTP" if cookie.set_by else "Cookie.JS", set_by=cookie.set_by),
        first_party_storage=is_first(cookie.domain, site),
    )


def local_storage(visits: Sequence[Visit], site: str) -> dict[str, dict[str, WecStored]]:
    origins: dict[str, dict[str, WecStored]] = {}
    for visit, item in _local_items(visits):
        keys = origins.setdefault(item.origin, {})
        if item.operation is Operation.REMOVE and item.key == "*":
            keys.clear()
        elif item.operation is Operation.REMOVE:
            keys.pop(item.key, None)
        else:
            keys[item.key] = WecStored(
                value=item.value.raw if item.value else None,
                first_party_storage=is_first(host_of(item.origin), site),
                log=_log(visit, item, "Storage.LocalStorage"),
            )
    return {origin: keys for origin, keys in origins.items() if keys}


def _local_items(visits: Sequence[Visit]) -> Iterator[tuple[Visit, StorageSighting]]:
    for visit in visits:
        for item in sorted(visit.storage, key=lambda item: item.order):
            if item.area is StorageArea.LOCAL:
                yield visit, item


def _log(visit: Visit, sighting: Sighting, kind: str, *, set_by: str | None = None) -> WecLog:
    if set_by is not None:
        stack: tuple[WecStackLine, ...] = (
            WecStackLine(file_name=set_by, source=f"set in the Set-Cookie header of the response of {set_by}"),
        )
    else:
        initiator = sighting.initiator
        stack = tuple(
            WecStackLine(
                file_name=frame.url,
                source=f"at {frame.function or '(anonymous)'} ({frame.url}:{frame.line}:{frame.column})",
                function_name=frame.function or None,
                line_number=frame.line,
                column_number=frame.column,
            )
            for frame in (initiator.stack if initiator else ())
        )
        if not stack and initiator and initiator.url and initiator.kind is not InitiatorKind.UNRESOLVED:
            stack = (WecStackLine(file_name=initiator.url, source=f"by {initiator.url}", line_number=initiator.line),)
    return WecLog(stack=stack, type=kind, timestamp=sighting.wall, location=visit.final_url or visit.url)
