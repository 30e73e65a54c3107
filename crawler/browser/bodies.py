"""Fields of a request body: forms, JSON, multipart and batches of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

import orjson

from crawler.browser.values import Digester
from crawler.observations import BodyField, ValueDigest

_MOST: Final = 200
_DEEPEST: Final = 6
_PLAIN_SHAPES: Final = frozenset({"flag", "number", "word"})
_PLAIN_LENGTH: Final = 40
_DISPOSITION = re.compile(rb'name="([^"]*)"', re.I)


def fields_of(body: bytes, *, content_type: str, digester: Digester) -> tuple[BodyField, ...]:
    """At most 200 fields; an unreadable body has none (its digest is kept all the same)."""
    found: list[BodyField] = []
    for name, value in pairs(body, content_type.lower()):
        digest = digester.value(value)
        found.append(BodyField(name=name, value=digest, plain=value if identifies_nobody(digest) else None))
        if len(found) == _MOST:
            break
    return tuple(found)


def identifies_nobody(value: ValueDigest) -> bool:
    return value.shape in _PLAIN_SHAPES and value.length <= _PLAIN_LENGTH and not value.tokens


def pairs(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    if content_type.startswith("multipart/"):
        boundary = re.search(r'boundary="?([^";]+)', content_type)
        if boundary is not None:
            yield from _multipart(body)
        return
    text = body.decode("utf-8", "replace").strip()
    if text[:1] in ("{", "["):
        yield from _json(text)
    elif content_type.startswith("application/x-www-form-urlencoded") or re.match(r"[\w.\[\]%-]+=", text):
        yield from _forms(text)


def _forms(text: str) -> Iterator[tuple[str, str]]:
    """One form, or a batch with one form a line."""
    lines = [line for line in text.splitlines() if line]
    for index, line in enumerate(lines):
        prefix = f"[{index}]." if len(lines) > 1 else ""
        for name, value in parse_qsl(line, keep_blank_values=True):
            yield prefix + name, value


def _json(text: str) -> Iterator[tuple[str, str]]:
    """One document, or a batch with one document a line."""
    try:
        yield from _walk(orjson.loads(text), "", 0)
        return
    except orjson.JSONDecodeError:
        lines = text.splitlines()
    for index, line in enumerate(lines):
        try:
            part = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        yield from _walk(part, f"[{index}]", 0)


def _walk(part: object, name: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth < _DEEPEST and isinstance(part, dict):
        for key, value in part.items():
            yield from _walk(value, f"{name}.{key}" if name else key, depth + 1)
    elif depth < _DEEPEST and isinstance(part, list):
        for index, value in enumerate(part):
            yield from _walk(value, f"{name}[{index}]", depth + 1)
    else:
        yield name, part if isinstance(part, str) else orjson.dumps(part).decode()


def _multipart(body: bytes) -> Iterator[tuple[str, str]]:
    delimiter = body.split(b"\r\n", 1)[0]
    for part in body.split(delimiter)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _DISPOSITION.search(head)
        if name is not None:
            yield name[1].decode("utf-8", "replace"), content.removesuffix(b"\r\n").decode("utf-8", "replace")
