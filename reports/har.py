"""The HAR 1.2 document as records. Names with an underscore are ours or DevTools': the format keeps them for that."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from crawler.observations import Record


class HarRecord(Record):
    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True, validate_by_name=True)


class HarPair(HarRecord):
    name: str
    value: str
    comment: str | None = None


class HarCookie(HarRecord):
    name: str
    value: str
    path: str | None = None
    domain: str | None = None
    expires: datetime | None = None
    http_only: bool | None = None
    secure: bool | None = None
    same_site: str | None = None
    comment: str | None = None


class HarPostData(HarRecord):
    mime_type: str
    params: tuple[HarPair, ...]
    comment: str


class HarRequest(HarRecord):
    method: str
    url: str
    http_version: str
    cookies: tuple[HarCookie, ...]
    headers: tuple[HarPair, ...]
    query_string: tuple[HarPair, ...]
    post_data: HarPostData | None = None
    headers_size: int
    body_size: int


class HarContent(HarRecord):
    size: int
    mime_type: str
    comment: str | None = None


class HarResponse(HarRecord):
    status: int
    status_text: str
    http_version: str
    cookies: tuple[HarCookie, ...]
    headers: tuple[HarPair, ...]
    content: HarContent
    redirect_url: str = Field(serialization_alias="redirectURL")
    headers_size: int
    body_size: int
    error: str | None = Field(None, serialization_alias="_error")


class HarTimings(HarRecord):
    """Milliseconds. The format demands all three, so what is not known is 0 and the comment says so."""

    send: float = 0
    wait: float = 0
    receive: float = 0
    comment: str | None = None


class HarCache(HarRecord):
    comment: str | None = None


class HarFrame(HarRecord):
    function_name: str
    url: str
    line_number: int
    column_number: int


class HarStack(HarRecord):
    call_frames: tuple[HarFrame, ...]


class HarInitiator(HarRecord):
    """As DevTools writes it."""

    type: str
    url: str | None = None
    line_number: int | None = None
    stack: HarStack | None = None


class HarEntry(HarRecord):
    pageref: str
    started_date_time: datetime
    time: float
    request: HarRequest
    response: HarResponse
    cache: HarCache
    timings: HarTimings
    server_ip_address: str | None = Field(None, serialization_alias="serverIPAddress")
    resource_type: str = Field(serialization_alias="_resourceType")
    initiator: HarInitiator | None = Field(None, serialization_alias="_initiator")
    sighting: str = Field(serialization_alias="_sighting")
    """`<visit id>/<sighting id>`, as findings name their evidence."""
    consent: str = Field(serialization_alias="_consent")
    phase: str = Field(serialization_alias="_phase")
    beacon: tuple[str, ...] | None = Field(None, serialization_alias="_beacon")
    refused_because: tuple[str, ...] | None = Field(None, serialization_alias="_refusedBecause")


class HarPageTimings(HarRecord):
    comment: str = "not measured"


class HarPage(HarRecord):
    id: str
    started_date_time: datetime
    title: str
    page_timings: HarPageTimings = HarPageTimings()
    comment: str
    scenario: str = Field(serialization_alias="_scenario")
    status: str = Field(serialization_alias="_status")
    """`complete`, `partial` or `failed`: a page with few entries may be one that was not seen."""


class HarTool(HarRecord):
    name: str
    version: str


class HarLog(HarRecord):
    version: str = "1.2"
    creator: HarTool
    browser: HarTool
    pages: tuple[HarPage, ...]
    entries: tuple[HarEntry, ...]
    comment: str


class Har(HarRecord):
    log: HarLog
