"""HAR 1.2: every request of the scan for proxies, DevTools and authorities' tools, one file per scenario."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from classifiers.findings import Audit
from crawler.observations import BodyField, CookieSighting, Initiator, InitiatorKind, NameValue, RequestSighting
from crawler.visits import Visit
from reports.base import Reporter
from reports.extent import extent
from reports.har import (
    Har,
    HarCache,
    HarContent,
    HarCookie,
    HarEntry,
    HarFrame,
    HarInitiator,
    HarLog,
    HarPage,
    HarPair,
    HarPostData,
    HarRequest,
    HarResponse,
    HarStack,
    HarTimings,
    HarTool,
)
from reports.neutral import json_safe
from reports.places import file_stem

NOT_KEPT = "value not kept"
UNKNOWN_SIZE = -1
INITIATORS = {InitiatorKind.PARSER: "parser", InitiatorKind.SCRIPT: "script", InitiatorKind.PRELOAD: "preload"}
"""Those that DevTools knows; it calls everything else `other`."""


class ToHar(Reporter):
    format = "har"
    filename = "requests.har"

    def render(self, audit: Audit) -> str:
        """All scenarios in one document, its pages telling them apart."""
        return _text(audit, audit.visits)

    def files(self, audit: Audit) -> Mapping[str, str]:
        """A scenario without visits has a file too: an empty log says that nothing of it was seen."""
        names = dict.fromkeys((*audit.scan.scenarios, *(visit.scenario for visit in audit.visits)))
        return {
            f"har/{file_stem(name)}.har": _text(audit, [visit for visit in audit.visits if visit.scenario == name])
            for name in names
        }


def _text(audit: Audit, visits: Sequence[Visit]) -> str:
    scan = audit.scan
    name, _, version = scan.browser.partition("/")
    log = HarLog(
        creator=HarTool(name="Consentinel", version=scan.tool_version),
        browser=HarTool(name=name, version=version),
        pages=tuple(_page(visit) for visit in visits),
        entries=tuple(entry for visit in visits for entry in _entries(visit)),
        comment=(
            f"Scan {scan.id}. Bodies are not kept; values of cookies and body fields only where the scan was asked to; "
            f"durations are those at DevTools' channel. {extent(audit.coverage)}"
        ),
    )
    return json_safe(Har(log=log).model_dump_json(indent=1, exclude_none=True)) + "\n"


def _page(visit: Visit) -> HarPage:
    told = "; ".join(problem.message for problem in visit.problems)
    return HarPage(
        id=visit.id,
        started_date_time=visit.started,
        title=visit.final_url or visit.url,
        comment=f"{visit.title or 'without title'}; visit {visit.status}{f': {told}' if told else ''}",
        scenario=visit.scenario,
        status=visit.status,
    )


def _entries(visit: Visit) -> list[HarEntry]:
    set_by: dict[str, list[CookieSighting]] = defaultdict(list)
    for cookie in visit.cookies:
        if cookie.request is not None:
            set_by[cookie.request].append(cookie)
    next_hop = {request.redirected_from: request.url for request in visit.requests if request.redirected_from}
    return [
        _entry(visit, request, set_by[request.id], redirects_to=next_hop.get(request.id, ""))
        for request in sorted(visit.requests, key=lambda request: request.order)
    ]


def _entry(visit: Visit, request: RequestSighting, cookies: Sequence[CookieSighting], *, redirects_to: str) -> HarEntry:
    timings = _timings(request)
    return HarEntry(
        pageref=visit.id,
        started_date_time=request.wall,
        time=timings.send + timings.wait + timings.receive,
        request=_request(request),
        response=_response(request, cookies, redirects_to=redirects_to),
        cache=HarCache(comment="answered from the browser's cache" if request.from_cache else None),
        timings=timings,
        server_ip_address=address_of(request.ip),
        resource_type=request.resource_type,
        initiator=_initiator(request.initiator) if request.initiator else None,
        sighting=f"{visit.id}/{request.id}",
        consent=request.consent,
        phase=request.phase,
        beacon=request.beacon or None,
        refused_because=request.refused_because or None,
    )


def _timings(request: RequestSighting) -> HarTimings:
    """`wait` holds all until the answer began, connecting too: DevTools' channel tells arrivals, not their parts."""
    if request.lasted is None:
        unknown = "not measured" if request.waited is None else "the answer was not over when the visit ended"
        return HarTimings(wait=_milliseconds(request.waited or 0), comment=unknown)
    if request.waited is None:
        return HarTimings(wait=_milliseconds(request.lasted), comment="over without an answer")
    wait = min(request.waited, request.lasted)
    return HarTimings(wait=_milliseconds(wait), receive=_milliseconds(request.lasted - wait))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _request(request: RequestSighting) -> HarRequest:
    try:
        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    except ValueError:  # a URL that no parser takes apart, or more parameters than one reads
        query = []
    return HarRequest(
        method=request.method,
        url=request.url,
        http_version="",
        cookies=tuple(
            HarCookie(name=cookie.name, value="", comment=NOT_KEPT)
            for cookie in request.cookies
            if not cookie.withheld_because
        ),
        headers=_pairs(request.request_headers),
        query_string=tuple(HarPair(name=name, value=value) for name, value in query),
        post_data=_post_data(request) if request.body_size or request.body_fields else None,
        headers_size=UNKNOWN_SIZE,
        body_size=request.body_size,
    )


def _post_data(request: RequestSighting) -> HarPostData:
    kind = next((header.value for header in request.request_headers if header.name.lower() == "content-type"), "")
    return HarPostData(
        mime_type=kind,
        params=tuple(_field(field) for field in request.body_fields),
        comment="fields as they were recognised in the body; the body itself is not kept",
    )


def _field(field: BodyField) -> HarPair:
    kept = field.plain if field.plain is not None else field.value.raw
    told = None if kept is not None else f"{NOT_KEPT}: {field.value.shape}, {field.value.length} characters"
    return HarPair(name=field.name, value=kept or "", comment=told)


def _response(request: RequestSighting, cookies: Sequence[CookieSighting], *, redirects_to: str) -> HarResponse:
    size = UNKNOWN_SIZE if request.response_size is None else request.response_size
    return HarResponse(
        status=request.status or 0,
        status_text=phrase(request.status),
        http_version="",
        cookies=tuple(_cookie(cookie) for cookie in cookies),
        headers=_pairs(request.response_headers),
        content=HarContent(
            size=max(size, 0),
            mime_type=request.mime or "x-unknown",
            comment="size as sent over the wire; the content is not kept",
        ),
        redirect_url=redirects_to,
        headers_size=UNKNOWN_SIZE,
        body_size=size,
        error=request.failure or ("not sent" if request.refused_because else None),
    )


def _cookie(cookie: CookieSighting) -> HarCookie:
    refused = f"refused by the browser: {', '.join(cookie.refused_because)}" if cookie.refused_because else None
    kept = cookie.value.raw is not None
    expires = None
    if cookie.lifetime_asked is not None:
        try:
            expires = cookie.wall + timedelta(seconds=cookie.lifetime_asked)
        except OverflowError:  # asked for longer than calendars reach
            refused = "; ".join(filter(None, (refused, f"lifetime asked: {cookie.lifetime_asked:.0f} s")))
    return HarCookie(
        name=cookie.name,
        value=cookie.value.raw or "",
        path=cookie.path,
        domain=cookie.domain,
        expires=expires,
        http_only=cookie.http_only,
        secure=cookie.secure,
        same_site=cookie.same_site,
        comment="; ".join(filter(None, (None if kept else NOT_KEPT, refused))) or None,
    )


def _initiator(initiator: Initiator) -> HarInitiator:
    """DevTools counts lines and columns from 0."""
    frames = tuple(
        HarFrame(
            function_name=frame.function, url=frame.url, line_number=frame.line - 1, column_number=frame.column - 1
        )
        for frame in initiator.stack
    )
    return HarInitiator(
        type=INITIATORS.get(initiator.kind, "other"),
        url=initiator.url,
        line_number=None if initiator.line is None else initiator.line - 1,
        stack=HarStack(call_frames=frames) if frames else None,
    )


def _pairs(headers: Sequence[NameValue]) -> tuple[HarPair, ...]:
    return tuple(HarPair(name=header.name, value=header.value) for header in headers)


def phrase(status: int | None) -> str:
    try:
        return HTTPStatus(status).phrase if status else ""
    except ValueError:  # servers may invent numbers
        return ""


def address_of(ip: str | None) -> str | None:
    """None: unknown, or not an address that the format takes."""
    try:
        return str(ip_address((ip or "").strip("[]").partition("%")[0]))
    except ValueError:
        return None
