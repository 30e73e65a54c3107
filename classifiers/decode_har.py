"""Decodes HAR files of any browser. A broken file is a HarError with the place; a broken entry is a sentence."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from classifiers.decode import decode
from classifiers.decode_records import Hit
from classifiers.vendors import Catalogue
from crawler.observations import Record

_UNSENT = ("blocked:csp", "blocked:mixed-content", "blocked:other", "csp", "mixed-content")


class HarError(ValueError):
    """Not a HAR file, or an unreadable one; the message says what was expected where."""


class HarHits(Record):
    hits: tuple[Hit, ...]
    entries: int
    problems: tuple[str, ...] = ()
    """Entries that could not be read: `entry 12: …`."""


@dataclass(frozen=True)
class HarEntry:
    """One exchange of the file, as far as it tells."""

    url: str
    method: str
    headers: dict[str, str]
    body: bytes | None
    started: datetime
    page: str | None
    """Id of the page it belongs to."""
    resource_type: str
    status: int
    response_headers: dict[str, str]
    size: int | None
    failure: str | None = None
    refused: tuple[str, ...] = ()
    """Why the browser did not send it."""

    @property
    def document(self) -> bool:
        return self.resource_type == "document"


@dataclass(frozen=True)
class Har:
    entries: tuple[HarEntry, ...]
    pages: dict[str, str]
    """Id of a page → its address."""
    browser: str
    problems: tuple[str, ...] = ()


def read_entries(text: str | bytes) -> Har:
    """All exchanges with their pages. Raises HarError; entries that cannot be read are in `problems`."""
    log = _log(text)
    listed = log["entries"]
    assert isinstance(listed, list)
    entries: list[HarEntry] = []
    problems: list[str] = []
    for number, raw in enumerate(listed):
        try:
            entries.append(_entry(raw))
        except HarError as error:
            problems.append(f"entry {number}: {error}")
    if listed and not entries:
        raise HarError(f"none of the {len(listed)} entries can be read; the first: {problems[0]}")
    documents = {entry.page: entry.url for entry in reversed(entries) if entry.document and entry.page}
    pages = {ident: _address(title) or documents.get(ident) for ident, title in _pages(log)}
    pages |= {ident: url for ident, url in documents.items() if not pages.get(ident)}
    browser = log.get("browser")
    name = " ".join(str(browser.get(key, "")) for key in ("name", "version")) if isinstance(browser, dict) else ""
    return Har(
        entries=tuple(entries),
        pages={ident: url for ident, url in pages.items() if url},
        browser=name.strip(),
        problems=tuple(problems),
    )


def _pages(log: dict[str, object]) -> Iterator[tuple[str, str]]:
    pages = log.get("pages")
    for page in pages if isinstance(pages, list) else ():
        if isinstance(page, dict) and isinstance(page.get("id"), str):
            yield page["id"], str(page.get("title", ""))


def _address(title: str) -> str | None:
    """Chromium writes the address as the title; other browsers write the title."""
    return title if title.startswith(("http://", "https://")) else None


def _entry(raw: object) -> HarEntry:
    url, method, headers, body = _request(raw)
    assert isinstance(raw, dict)
    try:
        started = datetime.fromisoformat(str(raw.get("startedDateTime", "")))
    except ValueError as error:
        raise HarError(f"`startedDateTime` is not a time: {raw.get('startedDateTime')!r}") from error
    response = raw.get("response")
    response = response if isinstance(response, dict) else {}
    status = response.get("status")
    error_text = response.get("_error")
    kind = raw.get("_resourceType")
    if not isinstance(kind, str):
        wants = {name.lower(): value for name, value in headers.items()}.get("sec-fetch-dest", "")
        kind = "document" if wants == "document" else wants or "other"
    failure = error_text if isinstance(error_text, str) and error_text else None
    refused = tuple(word for word in _UNSENT if failure and word in failure.lower())[:1]
    return HarEntry(
        url=url,
        method=method,
        headers=headers,
        body=body,
        started=started if started.tzinfo else started.replace(tzinfo=UTC),
        page=raw["pageref"] if isinstance(raw.get("pageref"), str) else None,
        resource_type=kind,
        status=status if isinstance(status, int) else 0,
        response_headers=dict(_pairs(response.get("headers"))),
        size=_size(response),
        failure=failure,
        refused=refused,
    )


def _size(response: dict[str, object]) -> int | None:
    content = response.get("content")
    size = content.get("size") if isinstance(content, dict) else None
    return size if isinstance(size, int) and size > 0 else None


def decode_har(text: str | bytes, *, catalogue: Catalogue | None = None) -> tuple[Hit, ...]:
    """The hits in order of the file. Raises HarError; entries that cannot be read are skipped, see `read_har`."""
    return read_har(text, catalogue=catalogue).hits


def read_har(text: str | bytes, *, catalogue: Catalogue | None = None) -> HarHits:
    """As `decode_har`, with the number of entries and what was wrong with the unreadable ones."""
    entries = _entries(text)
    hits: list[Hit] = []
    problems: list[str] = []
    for number, entry in enumerate(entries):
        try:
            hits += decode(*_request(entry), catalogue=catalogue)
        except HarError as error:
            problems.append(f"entry {number}: {error}")
    if entries and len(problems) == len(entries):
        raise HarError(f"none of the {len(entries)} entries can be read; the first: {problems[0]}")
    return HarHits(hits=tuple(hits), entries=len(entries), problems=tuple(problems))


def _entries(text: str | bytes) -> list[object]:
    entries = _log(text)["entries"]
    assert isinstance(entries, list)
    return entries


def _log(text: str | bytes) -> dict[str, object]:
    data = text.encode(errors="replace") if isinstance(text, str) else text
    # Some exporters begin with a byte order mark.
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise HarError("the file is empty; expected a HAR, which is JSON with `log.entries`")
    try:
        document: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise HarError(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    log = document.get("log") if isinstance(document, dict) else None
    if not isinstance(log, dict) or not isinstance(log.get("entries"), list):
        raise HarError("not a HAR: expected an object with a list at `log.entries`")
    return log


def _request(entry: object) -> tuple[str, str, dict[str, str], bytes | None]:
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        raise HarError("`request` is not an object")
    url, method = request.get("url"), request.get("method", "GET")
    if not isinstance(url, str) or not isinstance(method, str):
        raise HarError("`request.url` and `request.method` must be text")
    headers = dict(_pairs(request.get("headers")))
    post = request.get("postData")
    return url, method, headers, _body(post, headers) if isinstance(post, dict) else None


def _pairs(listed: object) -> Iterator[tuple[str, str]]:
    if isinstance(listed, list):
        for item in listed:
            if isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("value"), str):
                yield item["name"], item["value"]


def _body(post: dict[str, object], headers: dict[str, str]) -> bytes | None:
    if isinstance(mime := post.get("mimeType"), str) and not any(name.lower() == "content-type" for name in headers):
        headers["content-type"] = mime
    text = post.get("text")
    if not isinstance(text, str) or not text:
        params = [f"{name}={value}" for name, value in _pairs(post.get("params"))]
        return "&".join(params).encode(errors="replace") if params else None
    if post.get("encoding") == "base64" or post.get("_encoding") == "base64":
        try:
            return b64decode(text, validate=True)
        except (BinasciiError, ValueError) as error:
            raise HarError(f"`request.postData.text` is not base64: {error}") from error
    return text.encode(errors="replace")
