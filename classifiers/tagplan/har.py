"""A HAR file as visits: one for each of its pages, under the consent that its owner says was in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from classifiers.decode_har import HarEntry, read_entries
from classifiers.decode_payload import Payload
from classifiers.tagplan.plan import STATES
from crawler.observations import BodyField, Consent, NameValue, RequestSighting, SightingKind, TargetKind, ValueDigest
from crawler.visits import Channel, ChannelState, PhaseSpan, Scan, Visit, VisitStatus, visit_id

TOLD = "consent_told_by"
"""Fact of visits that were not played: their consent state is what the owner of the recording says it was."""
_CONSENT = {
    "silent": Consent.UNDECIDED,
    "accept": Consent.ACCEPTED,
    "reject": Consent.REJECTED,
    "withdraw": Consent.WITHDRAWN,
    "granular": Consent.PARTIAL,
}
SCENARIOS = tuple(_CONSENT)
_PHASE = "open"


def told_from_outside(visit: Visit) -> bool:
    return any(fact.name == TOLD for fact in visit.facts)


def visits_of(text: str | bytes, *, scenario: str) -> tuple[Scan, tuple[Visit, ...], tuple[str, ...]]:
    """`scenario` as `S1` or `accept`. Also what could not be read. Raises HarError, KeyError for another scenario."""
    state = STATES.get(scenario.upper(), scenario)
    consent = _CONSENT[state]
    har = read_entries(text)
    by_page: dict[str, list[HarEntry]] = {}
    page = ""
    for entry in har.entries:
        page = (
            har.pages.get(entry.page or "") or (entry.url if entry.document and not entry.page else page) or entry.url
        )
        by_page.setdefault(page, []).append(entry)
    visits = tuple(
        _visit(page, entries, scenario=state, consent=consent) for page, entries in by_page.items() if _web(page)
    )
    started = min((visit.started for visit in visits), default=datetime.now(UTC))
    scan = Scan(
        id="har",
        started=started,
        finished=started,
        urls=tuple(visit.url for visit in visits),
        scenarios=(state,),
        tool_version="",
        browser=har.browser or "not told by the HAR",
        browser_path="",
        settings=(NameValue(name="consent", value=f"{state}: told by the owner of the HAR, not proved"),),
    )
    return scan, visits, har.problems


def _web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def _visit(page: str, entries: list[HarEntry], *, scenario: str, consent: Consent) -> Visit:
    began = min(entry.started for entry in entries)
    ends = max((entry.started - began).total_seconds() for entry in entries) + 0.001
    requests = tuple(_requests(page, entries, consent=consent, began=began))
    return Visit(
        id=visit_id(url=page, scenario=scenario, run=1),
        url=page,
        final_url=page,
        scenario=scenario,
        entry=True,
        started=began,
        duration=ends,
        status=VisitStatus.COMPLETE,
        phases=(PhaseSpan(name=_PHASE, consent=consent, begins=0.0, ends=ends, ended_by="end of the HAR"),),
        channels=(
            Channel(name="request.har", state=ChannelState.LIVE, sees=SightingKind.REQUEST, events=len(entries)),
        ),
        facts=(NameValue(name=TOLD, value="the owner of the HAR"),),
        requests=requests,
    )


def _requests(page: str, entries: list[HarEntry], *, consent: Consent, began: datetime) -> Iterator[RequestSighting]:
    for number, entry in enumerate(sorted(entries, key=lambda entry: entry.started), start=1):
        at = max((entry.started - began).total_seconds(), 0.0)
        yield RequestSighting(
            id=f"r{number}",
            consent=consent,
            phase=_PHASE,
            order=number,
            at=at,
            wall=began + timedelta(seconds=at),
            page=page,
            frame=page,
            target=TargetKind.PAGE,
            url=entry.url,
            method=entry.method,
            resource_type=entry.resource_type,
            body_size=len(entry.body or b""),
            body_fields=tuple(_fields(entry)),
            request_headers=_some(entry.headers, ("content-type", "referer")),
            response_headers=_some(entry.response_headers, ("etag", "last-modified", "content-type")),
            status=entry.status or None,
            response_size=entry.size,
            failure=entry.failure,
            refused_because=entry.refused,
        )


def _fields(entry: HarEntry) -> Iterator[BodyField]:
    """In plain: the file belongs to the user, and nothing of it is stored."""
    if entry.body is None:
        return
    payload = Payload(url=entry.url, method=entry.method, headers=entry.headers, body=entry.body)
    for name, value in payload.body_fields:
        yield BodyField(name=name, value=ValueDigest(digest="", length=len(value), shape="text"), plain=value)


def _some(headers: Mapping[str, str], wanted: tuple[str, ...]) -> tuple[NameValue, ...]:
    lower = {name.lower(): value for name, value in headers.items()}
    return tuple(NameValue(name=name, value=lower[name]) for name in wanted if name in lower)
