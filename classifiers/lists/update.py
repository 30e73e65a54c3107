"""Fetching lists: each from its own address or a folder, kept only when it is whole and not suddenly small."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from classifiers.lists.formats import check, version_of
from classifiers.lists.records import KnownList, ListError, ListSettings, ListVersion
from classifiers.lists.shelf import Shelf
from crawler.observations import Record

TIMEOUT: Final = 60.0
"""Seconds without any byte."""
LARGEST: Final = 64 * 1024 * 1024
"""Bytes; the largest of these lists has about 3 MB."""
SHRUNK: Final = 0.5
"""A list that has less than this share of the size it had is taken for damaged."""
_AGENT: Final = "consentinel-lists"


class Change(StrEnum):
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    """It came, but is not the list: the old one stays."""
    UNREACHABLE = "unreachable"


class Update(Record):
    id: str
    change: Change
    version: ListVersion | None
    """What is in use now; None: still nothing."""
    why: str = ""


Fetched = tuple[dict[str, bytes], datetime, str]
"""Content by file name, the date it stands for, and where it came from."""


def update(known: KnownList, shelf: Shelf, *, settings: ListSettings, now: datetime) -> Update:
    """From its own address; `now` dates what comes."""

    def fetch() -> Fetched:
        addresses = {name: settings.address(known, name) for name in known.files}
        return {name: download(address) for name, address in addresses.items()}, now, next(iter(addresses.values()))

    return _update(known, shelf, fetch)


def update_from(known: KnownList, shelf: Shelf, *, folder: Path) -> Update | None:
    """From files that someone brought; None: none of this list is there."""
    paths = [folder / name for name in known.files]
    there = [path for path in paths if path.is_file()]
    if not there:
        return None

    def fetch() -> Fetched:
        if missing := [path.name for path in paths if path not in there]:
            raise ListError(f"{missing[0]} belongs to it and is not in {folder}")
        oldest = min(path.stat().st_mtime for path in paths)
        return {path.name: path.read_bytes() for path in paths}, datetime.fromtimestamp(oldest, UTC), str(folder)

    return _update(known, shelf, fetch)


def _update(known: KnownList, shelf: Shelf, fetch: Callable[[], Fetched]) -> Update:
    old, damage = _old(known, shelf)
    try:
        files, dated, source = fetch()
    except OSError as error:
        return Update(id=known.id, change=Change.UNREACHABLE, version=old, why=str(error))
    except ListError as error:
        return Update(id=known.id, change=Change.REFUSED, version=old, why=str(error))
    try:
        entries = check(known.form, files)
        _not_suddenly_small(files, shelf.fetched(known) if not damage else None)
    except ListError as error:
        return Update(id=known.id, change=Change.REFUSED, version=old, why=str(error))
    same = old is not None and {f.name: f.sha256 for f in old.files} == {
        name: sha256(data).hexdigest() for name, data in files.items()
    }
    if same and old is not None and dated < old.dated:
        return Update(id=known.id, change=Change.UNCHANGED, version=old)
    new = shelf.put(known, files, entries=entries, version=version_of(files), dated=dated, source=source)
    return Update(id=known.id, change=Change.UNCHANGED if same else Change.UPDATED, version=new, why=damage)


def _old(known: KnownList, shelf: Shelf) -> tuple[ListVersion | None, str]:
    """What is in use, and what is wrong with it if it cannot be read."""
    try:
        return shelf.version(known), ""
    except ListError as error:
        return None, str(error)


def _not_suddenly_small(files: dict[str, bytes], old: ListVersion | None) -> None:
    for file in old.files if old else ():
        size = len(files.get(file.name, b""))
        if size < file.size * SHRUNK:
            raise ListError(f"{file.name} has {size:,} bytes, the one before had {file.size:,}: less than half")


def download(address: str, *, headers: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """Raises OSError when it cannot be had, ListError when it is cut short or too large."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise ListError(f"{address} is not an address; accepted: http:// or https://")
    request = urllib.request.Request(address, headers={"User-Agent": _AGENT, **headers})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            data: bytes = answer.read(LARGEST + 1)
            promised = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        raise OSError(f"{address} answered {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise OSError(f"{address} cannot be reached: {error.reason}") from error
    except http.client.IncompleteRead as error:
        raise ListError(f"{address} was cut short after {len(error.partial):,} bytes") from error
    except http.client.HTTPException as error:
        raise OSError(f"{address} did not answer in HTTP: {error!r}") from error
    if len(data) > LARGEST:
        raise ListError(f"{address} has more than {LARGEST:,} bytes")
    if promised is not None and promised.isdecimal() and len(data) < int(promised):  # `read(n)` raises nothing then
        raise ListError(f"{address} was cut short after {len(data):,} of {int(promised):,} bytes")
    return data
