"""Decodes HAR files of any browser. A broken file is a HarError with the place; a broken entry is a sentence."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Iterator

import orjson

from classifiers.decode import decode
from classifiers.decode_records import Hit
from classifiers.vendors import Catalogue
from crawler.observations import Record


class HarError(ValueError):
    """Not a HAR file, or an unreadable one; the message says what was expected where."""


class HarHits(Record):
    hits: tuple[Hit, ...]
    entries: int
    problems: tuple[str, ...] = ()
    """Entries that could not be read: `entry 12: …`."""


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
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise HarError("not a HAR: expected an object with a list at `log.entries`")
    return entries


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
