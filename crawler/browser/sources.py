"""Source maps of a visit: which scripts have one, what it says of the places in the record, and the record with it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
from collections.abc import Iterable
from time import monotonic
from typing import Final
from urllib.parse import unquote_to_bytes, urljoin

from crawler.browser.cdp import CommandError
from crawler.browser.hops import Hop
from crawler.browser.loading import load
from crawler.browser.source_maps import MapUnreadable, SourceNames, Spot, originals
from crawler.browser.watch import Watch
from crawler.observations import AnySighting, CallFrame

log = logging.getLogger(__name__)

_MARK: Final = r"^\s*//[#@] ?sourceMappingURL="
_ADDRESS: Final = re.compile(r"//[#@] ?sourceMappingURL=(\S+)")
_HEADERS: Final = ("sourcemap", "x-sourcemap")
_MOST_SCRIPTS: Final = 60
_MOST_MAPS: Final = 20
_LARGEST: Final = 12_000_000
_CAP: Final = 2.0
"""Seconds for asking and loading."""


async def load_maps(watch: Watch) -> dict[str, tuple[str, bytes]]:
    """Address of a script → address and content of its map. To be asked while the page is there."""
    scripts = {hop.url: hop for hop in watch.exchanges.hops if hop.kind == "script" and hop.status == 200}
    deadline = monotonic() + _CAP
    told = await asyncio.gather(*(_address(watch, hop) for hop in list(scripts.values())[:_MOST_SCRIPTS]))
    maps: dict[str, tuple[str, bytes]] = {}
    for url, address in zip(scripts, told, strict=False):
        if address is None or len(maps) >= _MOST_MAPS or monotonic() > deadline:
            continue
        try:
            async with asyncio.timeout(max(0.1, deadline - monotonic())):
                content = await _content(watch, address)
        except TimeoutError:
            log.debug("the source map %s takes too long", address)
            continue
        if content is not None:
            maps[url] = (url if address.startswith("data:") else address, content)
    return maps


async def _address(watch: Watch, hop: Hop) -> str | None:
    headers = {name.lower(): str(value) for name, value in (hop.answer or {}).get("headers", {}).items()}
    told = next((headers[name] for name in _HEADERS if name in headers), None)
    if told is not None:
        return urljoin(hop.url, told)
    ask = {"requestId": hop.request, "query": _MARK, "isRegex": True, "caseSensitive": True}
    try:
        found = await watch.scene.tap.command("Network.searchInResponseBody", ask, session=hop.session)
    except CommandError as error:
        log.debug("%s cannot be searched: %s", hop.url, error)
        return None
    lines = [_ADDRESS.search(match["lineContent"]) for match in found["result"]]
    last = next((line for line in reversed(lines) if line is not None), None)
    return None if last is None else urljoin(hop.url, last[1])


async def _content(watch: Watch, address: str) -> bytes | None:
    if not address.startswith("data:"):
        return await load(watch, address, largest=_LARGEST, credentials=False)
    head, _, data = address.partition(",")
    try:
        return base64.b64decode(data) if head.endswith(";base64") else unquote_to_bytes(data)
    except binascii.Error as error:
        log.debug("a source map in its script: %s", error)
        return None


def names_of(sightings: Iterable[AnySighting], maps: dict[str, tuple[str, bytes]]) -> SourceNames:
    """Of the places that occur in the record only: whole maps are large."""
    places: dict[str, set[Spot]] = {}
    for sighting in sightings:
        for frame in sighting.initiator.stack if sighting.initiator is not None else ():
            if frame.url in maps:
                places.setdefault(frame.url, set()).add(Spot(frame.line, frame.column))
    names: dict[str, dict[Spot, str]] = {}
    for url, spots in places.items():
        at, content = maps[url]
        try:
            names[url] = originals(content, spots, at=at)
        except MapUnreadable as error:
            log.debug("the source map of %s: %s", url, error)
    return names


def with_sources(sightings: list[AnySighting], maps: dict[str, tuple[str, bytes]]) -> list[AnySighting]:
    names = names_of(sightings, maps) if maps else {}
    return [_with(sighting, names) for sighting in sightings] if names else sightings


def _with(sighting: AnySighting, names: SourceNames) -> AnySighting:
    initiator = sighting.initiator
    if initiator is None or not any(frame.url in names for frame in initiator.stack):
        return sighting
    stack = tuple(_named(frame, names) for frame in initiator.stack)
    return sighting.model_copy(update={"initiator": initiator.model_copy(update={"stack": stack})})


def _named(frame: CallFrame, names: SourceNames) -> CallFrame:
    source = names.get(frame.url, {}).get(Spot(frame.line, frame.column))
    return frame if source is None else frame.model_copy(update={"source": source})
