"""Takes a request apart: host, path, query, and a body as flat fields, whatever its format. Never raises."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote, unquote_plus

import orjson

Fields = list[tuple[str, str]]
"""Names and values in order. Fields inside lists and objects: `events[0].page.url`."""

WITHHELD = "\0withheld"
"""Stands for a value that was there and was not kept: forms that only ask for presence fit it."""
MAX_FIELDS = 2_000
"""Of one request: session recordings send megabytes that say nothing about account or event."""
MAX_DEPTH = 12
MAX_INFLATED = 4 * 1024 * 1024
_URL = re.compile(
    r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)(?::\d*)?([^?#]*)(?:\?([^#]*))?"
)
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_PART_NAME = re.compile(r'name="([^"]*)"')
_LINE_OF_PAIRS = re.compile(r"[\w.%~\[\]-]{1,60}=")


@dataclass(frozen=True)
class Payload:
    """A request taken apart."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    known_fields: tuple[tuple[str, str], ...] = ()
    """Fields of a body that was not kept itself; `WITHHELD` where the value was not kept either."""

    @cached_property
    def _parts(self) -> tuple[str, str, str]:
        match = _URL.match(self.url)
        return (match[1].lower(), match[2] or "/", match[3] or "") if match else ("", "", "")

    @property
    def host(self) -> str:
        return self._parts[0]

    @property
    def path(self) -> str:
        return self._parts[1]

    @cached_property
    def query(self) -> Fields:
        """Of the query string, and of path parameters (`/activity;src=1;type=a`, `/activity/src=1;type=a`)."""
        fields: Fields = []
        if ";" in self.path:
            segment = self.path.rfind("/", 0, self.path.index(";")) + 1
            fields += (pair for pair in _pairs(self.path[segment:], ";", plus=False) if pair[1])
        if text := self._parts[2]:
            fields += _pairs(text, "&")
        return fields[:MAX_FIELDS]

    @cached_property
    def body_fields(self) -> Fields:
        return self._body[0]

    @cached_property
    def problems(self) -> tuple[str, ...]:
        return self._body[1]

    @cached_property
    def fields(self) -> dict[str, str]:
        """Query and body by name; the body wins."""
        return dict(self.query + self.body_fields)

    @cached_property
    def _body(self) -> tuple[Fields, tuple[str, ...]]:
        if self.known_fields:
            return [(_bracketed(name), value) for name, value in self.known_fields[:MAX_FIELDS]], ()
        if not self.body:
            return [], ()
        return _read_body(self.body, self._content_type)

    @property
    def _content_type(self) -> str:
        return next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")


def _pairs(text: str, separator: str, *, plus: bool = True) -> Iterator[tuple[str, str]]:
    decode = unquote_plus if plus else unquote
    for number, piece in enumerate(text.split(separator)):
        if number >= MAX_FIELDS:
            return
        name, _, value = piece.partition("=")
        if name:
            if "%" in piece or "+" in piece:
                name, value = decode(name), decode(value)
            yield name, value


def _read_body(body: bytes, content_type: str) -> tuple[Fields, tuple[str, ...]]:
    if body[:2] == b"\x1f\x8b":
        try:
            body = zlib.decompressobj(31).decompress(body, MAX_INFLATED)
        except zlib.error as error:
            return [], (f"the body is not readable gzip: {error}",)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return [], (f"the body is binary ({len(body)} bytes)",)
    if boundary := _BOUNDARY.search(content_type) if "multipart/" in content_type.lower() else None:
        return _multipart(text, boundary[1]), ()
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        return _json_fields(stripped)
    return _form_or_lines(stripped)


def _json_fields(text: str) -> tuple[Fields, tuple[str, ...]]:
    try:
        return list(flat(orjson.loads(text))), ()
    except orjson.JSONDecodeError as error:
        # Some vendors send one JSON document a line.
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            return [], (f"the body looks like JSON and is not: {error}",)
        try:
            return list(flat([orjson.loads(line) for line in lines[:MAX_FIELDS]])), ()
        except orjson.JSONDecodeError:
            return [], (f"the body looks like JSON and is not: {error}",)


def _form_or_lines(text: str) -> tuple[Fields, tuple[str, ...]]:
    lines = [line for line in text.splitlines() if line]
    if not all(_LINE_OF_PAIRS.match(line) for line in lines):
        return [], (f"the body is text of an unknown form ({len(text)} characters)",) if text else ()
    if len(lines) == 1:
        return list(_pairs(lines[0], "&"))[:MAX_FIELDS], ()
    fields: Fields = []
    for number, line in enumerate(lines):
        fields += [(f"[{number}].{name}", value) for name, value in _pairs(line, "&")]
        if len(fields) > MAX_FIELDS:
            return fields[:MAX_FIELDS], (f"only the first {MAX_FIELDS} fields of the body were read",)
    return fields, ()


def _multipart(text: str, boundary: str) -> Fields:
    fields: Fields = []
    for part in text.split(f"--{boundary}")[1:MAX_FIELDS]:
        head, _, value = part.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
        if "filename=" not in head and (name := _PART_NAME.search(head)):
            fields.append((name[1], value.removesuffix("\n")))
    return fields


def flat(document: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Leaves of a JSON document; what lies deeper than MAX_DEPTH is one leaf, `…`."""
    if isinstance(document, dict) and depth < MAX_DEPTH:
        for key, value in list(document.items())[:MAX_FIELDS]:
            yield from flat(value, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(document, list) and depth < MAX_DEPTH:
        for number, value in enumerate(document[:MAX_FIELDS]):
            yield from flat(value, f"{name}[{number}]", depth + 1)
    elif isinstance(document, bool):
        yield name, "true" if document else "false"
    elif document is None:
        yield name, ""
    elif isinstance(document, str | int | float):
        yield name, str(document)
    else:
        yield name, "…"


_NUMBER_STEP = re.compile(r"(?:^|\.)(\d+)(?=\.|$)")


def _bracketed(name: str) -> str:
    """`events.0.name` and `events[0].name` are the same place."""
    return _NUMBER_STEP.sub(r"[\1]", name) if any(letter.isdigit() for letter in name) else name


def embedded_fields(name: str, value: str, form: str) -> Fields | None:
    """Fields inside a parameter's value; None: it is not of that form."""
    text: str | None = value
    if form.startswith("base64"):
        text = _unbase64(value)
    if text is None:
        return None
    if form == "semicolons":
        return [(f"{name}.{key}", inner) for key, inner in _pairs(text, ";")]
    if form.endswith("query"):
        return [(f"{name}.{key}", inner) for key, inner in _pairs(text, "&")]
    try:
        return list(flat(orjson.loads(text), name))
    except orjson.JSONDecodeError:
        return None


def _unbase64(value: str) -> str | None:
    padded = value.replace("-", "+").replace("_", "/").replace(" ", "+").rstrip("=")
    try:
        return b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode()
    except (BinasciiError, ValueError):
        return None
