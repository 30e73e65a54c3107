"""The `.sol` file: what Flash kept of one shared object on disk, and what Ruffle keeps of it in local storage."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import orjson

from crawler.flash.amf import AmfError, Plain, Source, flat
from crawler.flash.amf0 import Amf0
from crawler.flash.amf3 import Amf3
from crawler.observations import Record

MAGIC: Final = b"\x00\xbf"
MOST: Final = 16_000_000
"""Bytes; Flash itself asked the user beyond 100 KB."""
_SIGNATURE: Final = b"TCSO"
_IN_BASE64: Final = "AL8"
"""How the base64 of every such file begins."""


class SolEntry(Record):
    name: str
    text: str
    """A text as it is; anything else as JSON."""
    size: int
    """Bytes in the file, its name not counted."""


class SolFile(Record):
    name: str
    """The shared object's own name, as `SharedObject.getLocal` was given it; empty: not read."""
    encoding: int | None
    """AMF version, 0 or 3; None: not read."""
    size: int
    entries: tuple[SolEntry, ...]
    problem: str | None = None
    """Why reading ended early; what was read until then is in `entries`."""


def read_sol(data: bytes) -> SolFile:
    """Never raises: what is wrong with the file stands in `problem`."""
    entries: list[SolEntry] = []
    name, encoding, problem = "", None, None
    try:
        if len(data) > MOST:
            raise AmfError(f"it is larger than {MOST} bytes")
        source = Source(data)
        if source.take(2) != MAGIC:
            raise AmfError("it does not begin as shared objects do (00 BF)")
        announced = source.unsigned(4)
        if source.take(10)[:4] != _SIGNATURE:
            raise AmfError("it lacks the signature TCSO")
        name = source.text(source.unsigned(2))
        encoding = source.unsigned(4)
        _read_entries(source, encoding, entries)
        if announced != len(data) - 6:
            problem = f"its header announces {announced + 6} bytes, but it has {len(data)}"
    except AmfError as error:
        problem = str(error)
    return SolFile(name=name, encoding=encoding, size=len(data), entries=tuple(entries), problem=problem)


def from_base64(text: str) -> bytes | None:
    """The file behind a value of local storage; None: it is something else."""
    if not text.startswith(_IN_BASE64) or len(text) > MOST * 2:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return None
    return data if data.startswith(MAGIC) and data[6:10] == _SIGNATURE else None


def _read_entries(source: Source, encoding: int, entries: list[SolEntry]) -> None:
    if encoding not in (0, 3):
        raise AmfError(f"unknown AMF version {encoding}")
    amf0, amf3 = Amf0(source), Amf3(source)
    while source.left:
        name = source.text(source.unsigned(2)) if encoding == 0 else amf3.string()
        begins = source.at
        value = amf0.value() if encoding == 0 else amf3.value()
        entries.append(SolEntry(name=name, text=_text(value), size=source.at - begins))
        if source.left and source.byte() != 0:
            raise AmfError(f"the entry {name!r} does not end at offset {source.at - 1}")


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else orjson.dumps(flat(value)).decode()
