"""`inspection.json` as the EDPS Website Evidence Collector writes it, so that authorities' tools read our scans.

That tool plays no consent, so each scenario is an inspection of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from classifiers.findings import Audit
from classifiers.parties import host_of
from crawler.observations import RequestSighting
from crawler.visits import Visit, VisitStatus
from reports.base import Reporter
from reports.extent import extent
from reports.neutral import json_safe
from reports.places import file_stem
from reports.wec import (
    WecAllHosts,
    WecBeacon,
    WecBrowser,
    WecHeaders,
    WecInspection,
    WecLog,
    WecOrigin,
    WecScript,
    WecSocket,
    WecStackLine,
    WecVersion,
)
from reports.wec_kept import cookies, local_storage
from reports.wec_pages import (
    allowed_hosts,
    connection,
    hosts,
    link_hosts,
    links,
    redirects,
    unsafe_forms,
)

NO_CHOICE = "silent"
"""The scenario that matches what the collector itself does."""
NEVER_LOOKED_AT = ("testSSL", "browser.platform", "links.inner_html", "websocketLog.messages")
NOT_IN_EARLIER_SCANS = ("links", "unsafeForms", "hosts.links")
MOST_PROBLEMS = 10


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
    jar = cookies(visits, audit.site)
    stored = local_storage(visits, audit.site)
    sockets = {
        f"{visit.id}/{request.id}": WecSocket(timestamp=request.wall, url=request.url)
        for visit in visits
        for request in visit.requests
        if request.resource_type == "websocket"
    }
    troubles = _troubles(visits)
    settings = {setting.name: setting.value for setting in scan.settings}
    return WecInspection(
        title=f"Website evidence of a Consentinel scan, scenario {scenario}",
        task_description=" ".join(
            (
                f"Converted from scan {scan.id}, scenario {scenario}. What consentinel.not_looked_at names is empty",
                "because nobody looked, and says nothing. Values of cookies and storage are null where they were not",
                f"kept. {extent(audit.coverage)}",
                *(f"Problem: {told}" for told in troubles[:MOST_PROBLEMS]),
                *((f"And {len(troubles) - MOST_PROBLEMS} more problems.",) if len(troubles) > MOST_PROBLEMS else ()),
            )
        ),
        uri_ins=asked,
        uri_refs=scan.urls,
        uri_dest=(start.final_url or start.url) if start else "",
        uri_redirects=redirects(start),
        secure_connection=connection(start),
        host=host_of(asked),
        script=WecScript(
            version=WecVersion(npm=f"Consentinel {scan.tool_version}"), config=settings, cmd_args=" ".join(scan.urls)
        ),
        local_storage=stored,
        cookies=jar,
        beacons=_beacons(requests),
        links=links(visits, audit.site),
        unsafe_forms=unsafe_forms(visits),
        browser=WecBrowser(
            name=name,
            version=scan.browser,
            user_agent=settings.get("browser.user_agent"),
            extra_headers=WecHeaders(dnt=int(any(map(_asks_not_to_track, requests)))),
        ),
        browsing_history=tuple(dict.fromkeys(visit.final_url or visit.url for visit in visits)),
        hosts=WecAllHosts(
            requests=hosts((host_of(request.url) for request in requests), audit.site),
            beacons=hosts((host_of(request.url) for request in requests if request.beacon), audit.site),
            cookies=hosts((cookie.domain for cookie in jar), audit.site),
            local_storage=hosts((host_of(origin) for origin in stored), audit.site),
            links=hosts(link_hosts(visits), audit.site),
            content_security_policy=hosts(allowed_hosts(visits), audit.site),
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
            problems=troubles,
            not_looked_at=_not_looked_at(visits, start),
        ),
    )


def _not_looked_at(visits: Sequence[Visit], start: Visit | None) -> tuple[str, ...]:
    unread = all(visit.links is None for visit in visits)
    told = connection(start)
    open_ends = [
        f"secure_connection.{name}" for name in ("https_support", "https_redirect") if getattr(told, name) is None
    ]
    return (*NEVER_LOOKED_AT, *(NOT_IN_EARLIER_SCANS if unread else ()), *open_ends)


def _troubles(visits: Sequence[Visit]) -> tuple[str, ...]:
    return tuple(f"{visit.url} ({visit.status}): {problem.message}" for visit in visits for problem in visit.problems)


def _asks_not_to_track(request: RequestSighting) -> bool:
    return any(header.name.lower() == "dnt" and header.value.strip() == "1" for header in request.request_headers)


def _end(visit: Visit) -> datetime:
    return visit.started + timedelta(seconds=visit.duration)


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
