"""What lies in storage now: web storage, IndexedDB, caches and service workers of every frame's storage key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import orjson

from crawler.browser.cdp import CommandError, Json, Session
from crawler.browser.places import place_of
from crawler.browser.recorder import Place
from crawler.browser.tap import Tap
from crawler.observations import StorageArea

log = logging.getLogger(__name__)

_MOST_RECORDS: Final = 500
"""Records read of one object store or cache; a snapshot proves writes complete, it is no backup."""


@dataclass(frozen=True, slots=True)
class Item:
    area: StorageArea
    storage_key: str
    container: str | None
    key: str
    text: str | None
    size: int


async def snapshot(tap: Tap, sessions: Iterable[Session]) -> list[tuple[Item, Place]]:
    """Every storage key once, asked of a target that owns a frame of it."""
    owners: dict[str, tuple[Session, Place]] = {}
    asked: set[tuple[str, str]] = set()
    for session in sessions:
        if session.is_worker:
            continue
        for frame, url in list(session.frames.items()):
            if not url.startswith(("http", "about:", "blob:")) or (session.id, frame) in asked:
                continue
            asked.add((session.id, frame))
            try:
                answer = await tap.command("Storage.getStorageKeyForFrame", {"frameId": frame}, session=session)
            except CommandError as error:
                log.debug("no storage key for %s: %s", url, error)  # the frame has left, or its origin is opaque
                continue
            owners.setdefault(answer["storageKey"], (session, place_of(session, frame)))
    found: list[tuple[Item, Place]] = []
    for storage_key, (session, place) in owners.items():
        parts = await asyncio.gather(
            _web_storage(tap, session, storage_key, local=True),
            _web_storage(tap, session, storage_key, local=False),
            _databases(tap, session, storage_key),
            _caches(tap, session, storage_key),
            return_exceptions=True,
        )
        for part in parts:
            if isinstance(part, CommandError):
                log.debug("snapshot of %s: %s", storage_key, part)  # the site may not store there, or the frame left
            elif isinstance(part, BaseException):
                raise part
            else:
                found.extend((item, place) for item in part)
    return found


async def _web_storage(tap: Tap, session: Session, storage_key: str, *, local: bool) -> list[Item]:
    where = {"storageKey": storage_key, "isLocalStorage": local}
    answer = await tap.command("DOMStorage.getDOMStorageItems", {"storageId": where}, session=session)
    area = StorageArea.LOCAL if local else StorageArea.SESSION
    return [
        Item(area, storage_key, None, key, value, len(value.encode("utf-8", "surrogatepass")))
        for key, value in answer["entries"]
    ]


async def _databases(tap: Tap, session: Session, storage_key: str) -> list[Item]:
    names = await tap.command("IndexedDB.requestDatabaseNames", {"storageKey": storage_key}, session=session)
    found: list[Item] = []
    for name in names["databaseNames"]:
        where = {"storageKey": storage_key, "databaseName": name}
        database = (await tap.command("IndexedDB.requestDatabase", where, session=session))["databaseWithObjectStores"]
        for store in database["objectStores"]:
            ask = {**where, "objectStoreName": store["name"], "skipCount": 0, "pageSize": _MOST_RECORDS}
            data = await tap.command("IndexedDB.requestData", ask, session=session)
            for entry in data["objectStoreDataEntries"]:
                text = _preview(entry["value"])
                key = _preview(entry["primaryKey"])
                found.append(
                    Item(
                        StorageArea.INDEXED_DB,
                        storage_key,
                        f"{name}/{store['name']}",
                        key,
                        text,
                        len(text.encode("utf-8", "surrogatepass")),
                    )
                )
    return found


async def _caches(tap: Tap, session: Session, storage_key: str) -> list[Item]:
    names = await tap.command("CacheStorage.requestCacheNames", {"storageKey": storage_key}, session=session)
    found: list[Item] = []
    for cache in names["caches"]:
        ask = {"cacheId": cache["cacheId"], "skipCount": 0, "pageSize": _MOST_RECORDS}
        entries = await tap.command("CacheStorage.requestEntries", ask, session=session)
        for entry in entries["cacheDataEntries"]:
            headers = {h["name"].lower(): h["value"] for h in entry["responseHeaders"]}
            length = headers.get("content-length", "")
            found.append(
                Item(
                    StorageArea.CACHE,
                    storage_key,
                    cache["cacheName"],
                    entry["requestURL"],
                    None,
                    int(length) if length.isdecimal() else 0,
                )
            )
    return found


def _preview(value: Json) -> str:
    """A stored value as DevTools shows it: exact for texts and numbers, abridged for objects."""
    if "value" in value:
        plain = value["value"]
        return plain if isinstance(plain, str) else orjson.dumps(plain).decode()
    preview = value.get("preview")
    if preview is not None:
        return orjson.dumps({p["name"]: p.get("value", "") for p in preview.get("properties", ())}).decode()
    return str(value.get("description", value.get("type", "")))
