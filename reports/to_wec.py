"""`inspection.json` as the EDPS Website Evidence Collector writes it, so that authorities' tools read our scans.

That tool plays no consent, so each scenario is an inspection of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from classifiers.findings import Audit
from classifiers.parties import host_of, registrable_domain
from crawler.observations import (
    CookieSighting,
    InitiatorKind,
    Operation,
    RequestSighting,
    Sighting,
    StorageArea,
    StorageSighting,
)
from crawler.visits import Visit, VisitStatus
from reports.base import Reporter
from reports.extent import extent
from reports.neutral import json_safe
from reports.places import file_stem
from reports.wec import (
    WecAllHosts,
    WecBeacon,
    WecBrowser,
    WecConnection,
    WecCookie,
    WecHosts,
    WecInspection,
    WecLog,
    WecOrigin,
    WecScript,
    WecStackLine,
    WecStored,
    WecVersion,
)

NO_CHOICE = "silent"
"""The scenario that matches what the collector itself does."""
NOT_LOOKED_AT = (
    *("links", "unsafeForms", "testSSL", "hosts.links", "hosts.contentSecurityPolicy"),
    *("browser.platform", "secure_connection.https_error", "websocketLog frames"),
)
DAY = 86400.0


class ToWec(Reporter):
    format = "wec"
    filename = "inspection.json"

    def render(self, audit: Audit) -> str:
        """The scenario without a choice, else the scan's first."""
        names = _scenarios(audit)
        return _text(audit, NO_CHOICE if NO_CHOICE in names else next(iter(names), NO_CHOICE))

    def files(self, audit: Audit) -> Mapping[str, str]:
        return {f"wec/{file_stem(name)}/inspection.json": _text(audit, name) for name in _scenarios(audit)}


def _scenarios(audit: Audit) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*audit.scan.scenarios, *(visit.scenario for visit in audit.visits))))


def _text(audit: Audit, scenario: str) -> str:
    visits = [visit for visit in audit.visits if visit.scenario == scenario]
    return json_safe(inspection(audit, visits, scenario=scenario).model_dump_json(indent=2, by_alias=True)) + "\n"


def inspection(audit: Audit, visits: Sequence[Visit], *, scenario: str) -> WecInspection:
    scan = audit.scan
    start = next((visit for visit in visits if visit.entry), visits[0] if visits else None)
    asked = start.url if start else next(iter(scan.urls), "")
    name, _, _ = scan.browser.partition("/")
    requests = [request for visit in visits for request in visit.requests]
    cookies = _cookies(visits, audit.site)
    stored = _local_storage(visits, audit.site)
    sockets: dict[str, tuple[str, ...]] = {
        request.url: () for request in requests if request.resource_type == "websocket"
    }
    settings = {setting.name: setting.value for setting in scan.settings}
    return WecInspection(
        title=f"Website evidence of a Consentinel scan, scenario {scenario}",
        task_description=(
            f"Converted from scan {scan.id}, scenario {scenario}. Links, forms and the TLS set-up were not looked at: "
            "what is empty there says nothing. Values of cookies and storage are null where they were not kept. "
            f"{extent(audit.coverage)}"
        ),
        uri_ins=asked,
        uri_refs=scan.urls,
        uri_dest=(start.final_url or start.url) if start else "",
        uri_redirects=_redirects(start),
        secure_connection=_connection(start),
        host=host_of(asked),
        script=WecScript(
            version=WecVersion(npm=f"Consentinel {scan.tool_version}"), config=settings, cmd_args=" ".join(scan.urls)
        ),
        local_storage=stored,
        cookies=cookies,
        beacons=_beacons(requests),
        browser=WecBrowser(name=name, version=scan.browser, user_agent=settings.get("browser.user_agent")),
        browsing_history=tuple(dict.fromkeys(visit.final_url or visit.url for visit in visits)),
        hosts=WecAllHosts(
            requests=_hosts((host_of(request.url) for request in requests), audit.site),
            beacons=_hosts((host_of(request.url) for request in requests if request.beacon), audit.site),
            cookies=_hosts((cookie.domain for cookie in cookies), audit.site),
            local_storage=_hosts((host_of(origin) for origin in stored), audit.site),
        ),
        websockets=sockets,
        start_time=min((visit.started for visit in visits), default=scan.started),
        end_time=max((_end(visit) for visit in visits), default=scan.finished or scan.started),
        websocket_log=sockets,
        consentinel=WecOrigin(
            scan=scan.id,
            scenario=scenario,
            visits_not_complete=tuple(
                f"{visit.url}: {visit.status}" for visit in visits if visit.status is not VisitStatus.COMPLETE
            ),
            not_looked_at=NOT_LOOKED_AT,
        ),
    )


def _end(visit: Visit) -> datetime:
    return visit.started + timedelta(seconds=visit.duration)


def _redirects(start: Visit | None) -> tuple[str, ...]:
    pages = (request for request in start.requests if request.navigation) if start else iter(())
    return next((request.redirect_chain for request in pages if request.url == _destination(start)), ())


def _destination(start: Visit | None) -> str:
    return (start.final_url or start.url).partition("#")[0] if start else ""


def _connection(start: Visit | None) -> WecConnection:
    """What the visit itself showed; null where only a test of its own could tell."""
    hops = _redirects(start)
    secure = _destination(start).startswith("https://")
    plain_first = bool(hops) and hops[0].startswith("http://")
    return WecConnection(
        https_redirect=secure if plain_first else None, redirects=hops, https_support=True if secure else None
    )


def _hosts(hosts: Iterable[str], site: str) -> WecHosts:
    known = dict.fromkeys(host for host in hosts if host)
    return WecHosts(
        first_party=tuple(host for host in known if _is_first(host, site)),
        third_party=tuple(host for host in known if not _is_first(host, site)),
    )


def _is_first(host: str, site: str) -> bool:
    return registrable_domain(host) == site


def _cookies(visits: Sequence[Visit], site: str) -> tuple[WecCookie, ...]:
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
        first_party_storage=_is_first(cookie.domain, site),
    )


def _local_storage(visits: Sequence[Visit], site: str) -> dict[str, dict[str, WecStored]]:
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
                first_party_storage=_is_first(host_of(item.origin), site),
                log=_log(visit, item, "Storage.LocalStorage"),
            )
    return {origin: keys for origin, keys in origins.items() if keys}


def _local_items(visits: Sequence[Visit]) -> Iterator[tuple[Visit, StorageSighting]]:
    for visit in visits:
        for item in sorted(visit.storage, key=lambda item: item.order):
            if item.area is StorageArea.LOCAL:
                yield visit, item


def _beacons(requests: Sequence[RequestSighting]) -> tuple[WecBeacon, ...]:
    """One row per host and path, most frequent first."""
    groups: dict[str, list[RequestSighting]] = {}
    for request in requests:
        if request.beacon:
            groups.setdefault(request.url.partition("?")[0].rstrip("/"), []).append(request)
    found = [_beacon(group) for group in groups.values()]
    return tuple(sorted(found, key=lambda beacon: (-beacon.occurrances, beacon.url)))


def _beacon(group: Sequence[RequestSighting]) -> WecBeacon:
    first = group[0]
    why = "; ".join(first.beacon)
    try:
        query = dict(parse_qsl(urlsplit(first.url).query, keep_blank_values=True))
    except ValueError:  # a URL that no parser takes apart, or more parameters than one reads
        query = {}
    line = WecStackLine(file_name=first.page, source=f"requested from {first.frame} and counted as a beacon: {why}")
    return WecBeacon(
        filter=why,
        list_name="consentinel",
        query=query or None,
        url=first.url,
        log=WecLog(stack=(line,), timestamp=first.wall),
        occurrances=len(group),
    )


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
