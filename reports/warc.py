"""WARC 1.1 of a scenario, for web archives' tools: what was sent and answered, and what of it was not kept.

Needs warcio (`consentinel[warc]`). A response whose content was not kept is marked `WARC-Truncated` and carries no
payload digest: its head is what is known of it. What was seen beside HTTP stands in a metadata record.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from classifiers.findings import Audit
from crawler.observations import NameValue, RequestSighting
from crawler.visits import Visit
from reports.extent import extent
from reports.neutral import visible
from reports.places import file_stem
from reports.to_har import address_of, phrase

Bodies = Callable[[str], bytes | None]
"""SHA-256 → the content that was kept; None: it was not."""
WITHOUT_CONTENT = frozenset({204, 205, 304})
_NAMESPACE = UUID("6e7f3c51-6f4d-5a5e-9d0e-2f1f0a1c7b42")
"""Ours, so that equal scans give equal record ids."""
_ODD = re.compile(r"[^\x21-\x7e]")
_ODD_IN_VALUES = re.compile(r"[^\x20-\x7e]")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def nothing_kept(_: str) -> bytes | None:
    return None


def warc(audit: Audit, *, scenario: str, bodies: Bodies = nothing_kept, compressed: bool = True) -> bytes:
    """Equal scans give equal bytes (with the same zlib)."""
    visits = [visit for visit in audit.visits if visit.scenario == scenario]
    out = io.BytesIO()
    archive = _Archive(out, audit, scenario, compressed=compressed)
    archive.begin(visits)
    for visit in visits:
        for request in sorted(visit.requests, key=lambda request: request.order):
            if request.url.startswith(("http://", "https://")):
                archive.exchange(visit, request, bodies)
    return out.getvalue()


def warc_files(audit: Audit, *, bodies: Bodies = nothing_kept) -> dict[str, bytes]:
    """One per scenario; one without visits has an archive too, which says that nothing of it was seen."""
    names = dict.fromkeys((*audit.scan.scenarios, *(visit.scenario for visit in audit.visits)))
    return {f"{file_stem(name)}.warc.gz": warc(audit, scenario=name, bodies=bodies) for name in names}


class _Archive:
    def __init__(self, out: io.BytesIO, audit: Audit, scenario: str, *, compressed: bool) -> None:
        self._audit, self._scenario = audit, scenario
        self._whole: Any = WARCWriter(out, gzip=compressed, warc_version="1.1")
        self._cut: Any = WARCWriter(out, gzip=compressed, warc_version="1.1")
        # Of a payload that is not there, warcio would write the digest of nothing.
        self._cut.NO_PAYLOAD_DIGEST_TYPES = ("warcinfo", "request", "response", "metadata")

    def begin(self, visits: Sequence[Visit]) -> None:
        scan = self._audit.scan
        started = min((visit.started for visit in visits), default=scan.started)
        fields = {
            "software": f"Consentinel {scan.tool_version}",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": f"scan {scan.id}, scenario {self._scenario}",
            "http-header-user-agent": next((s.value for s in scan.settings if s.name == "browser.user_agent"), ""),
            "description": (
                f"Recorded in {scan.browser} at its debugging channel. Headers are those that matter to an audit, "
                "Cookie and Set-Cookie not among them; HTTP/1.1 stands for whatever version was spoken. Contents are "
                "decoded; where WARC-Truncated stands, they were not kept. Each request has a metadata record with "
                f"the consent in force. {extent(self._audit.coverage)}"
            ),
        }
        self._write(self._cut, "warcinfo", started, "warcinfo", payload=_fields(fields))

    def exchange(self, visit: Visit, request: RequestSighting, bodies: Bodies) -> None:
        asked = self._id(f"{visit.id}/{request.id}/request")
        beside = {"WARC-Concurrent-To": asked}
        self._write(
            self._cut,
            "request",
            request.wall,
            f"{visit.id}/{request.id}/request",
            url=request.url,
            headers={"WARC-Truncated": "unspecified"} if request.body_size else {},
            http=_head(f"{_token(request.method)} {_path(request.url)} HTTP/1.1", request.request_headers, asks=True),
        )
        if request.status is not None:
            body = bodies(request.content) if request.content else None
            kept = body is not None
            has_content = bool(request.response_size) and request.status not in WITHOUT_CONTENT
            ip = address_of(request.ip)
            self._write(
                self._whole if kept else self._cut,
                "response",
                request.wall,
                f"{visit.id}/{request.id}/response",
                url=request.url,
                headers={
                    **beside,
                    **({"WARC-IP-Address": ip} if ip else {}),
                    **({"WARC-Truncated": "unspecified"} if has_content and not kept else {}),
                },
                http=_head(
                    f"HTTP/1.1 {request.status} {phrase(request.status)}".rstrip(), request.response_headers, asks=False
                ),
                payload=body or b"",
            )
        self._write(
            self._cut,
            "metadata",
            request.wall,
            f"{visit.id}/{request.id}/metadata",
            url=request.url,
            headers=beside,
            payload=_fields(_facts(visit, request)),
        )

    def _write(
        self,
        writer: Any,
        kind: str,
        at: datetime,
        name: str,
        *,
        url: str = "",
        headers: Mapping[str, str] | None = None,
        http: StatusAndHeaders | None = None,
        payload: bytes = b"",
    ) -> None:
        record = writer.create_warc_record(
            _one_word(url),
            kind,
            payload=io.BytesIO(payload),
            length=len(payload),
            warc_headers_dict={"WARC-Record-ID": self._id(name), "WARC-Date": _moment(at), **(headers or {})},
            http_headers=http,
        )
        writer.write_record(record)

    def _id(self, name: str) -> str:
        return f"<urn:uuid:{uuid5(_NAMESPACE, f'{self._audit.scan.id}/{self._scenario}/{name}')}>"


def _facts(visit: Visit, request: RequestSighting) -> Mapping[str, str]:
    """`via` and `fetchTimeMs` are the format's own names."""
    return {
        "via": request.initiator.url or "" if request.initiator else "",
        "fetchTimeMs": "" if request.lasted is None else f"{request.lasted * 1000:.0f}",
        "consentinel-visit": visit.id,
        "consentinel-visit-status": visit.status,
        "consentinel-sighting": f"{visit.id}/{request.id}",
        "consentinel-page": request.page,
        "consentinel-consent": request.consent,
        "consentinel-phase": request.phase,
        "consentinel-resource-type": request.resource_type,
        "consentinel-beacon": "; ".join(request.beacon),
        "consentinel-request-body": f"{request.body_size} bytes, not kept" if request.body_size else "",
        "consentinel-failure": request.failure or "",
        "consentinel-refused-because": ", ".join(request.refused_because),
    }


def _fields(fields: Mapping[str, str]) -> bytes:
    """`application/warc-fields`; what is empty is left out."""
    return "".join(f"{name}: {visible(value)}\r\n" for name, value in fields.items() if value).encode()


def _head(first: str, headers: Sequence[NameValue], *, asks: bool) -> StatusAndHeaders:
    told = list(_safe(headers))
    if asks:
        return StatusAndHeaders(first, told, is_http_request=True)
    protocol, _, rest = first.partition(" ")
    return StatusAndHeaders(rest, told, protocol=protocol)


def _safe(headers: Sequence[NameValue]) -> Iterator[tuple[str, str]]:
    for header in headers:
        if _NAME.fullmatch(header.name):
            yield header.name, _ODD_IN_VALUES.sub(_percent, visible(header.value))


def _one_word(url: str) -> str:
    """As it may stand in a line of the archive."""
    return _ODD.sub(_percent, url)


def _percent(match: re.Match[str]) -> str:
    return quote(match[0], safe="", errors="replace")


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return _one_word((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _token(method: str) -> str:
    return method if _NAME.fullmatch(method) else "UNKNOWN"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
