"""Getting the Flash films that a page names, whether or not a script may read them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from playwright.async_api import Error, Route

from crawler.browser.collectors.flash import FlashCollector
from crawler.browser.loading import load
from crawler.browser.recorder import Place
from crawler.browser.watch import Watch
from crawler.flash.markup import CONTENT_TYPES
from crawler.flash.swf import is_swf
from crawler.observations import TargetKind

log = logging.getLogger(__name__)

_MOST_FILMS: Final = 10
_LARGEST: Final = 16_000_000
"""Bytes."""


async def read_films(watch: Watch, films: frozenset[str], *, at: str) -> dict[str, bytes]:
    """Those that are there, read without running them."""
    there: dict[str, bytes] = {}
    flash = watch.collector(FlashCollector)
    for url in sorted(films)[:_MOST_FILMS]:
        body = await load(watch, url, largest=_LARGEST, credentials=True)
        if body is not None and is_swf(body):
            there[url] = body
            flash.take_film(url, body, watch.recorder.now(), Place(page=at, frame=at, target=TargetKind.PAGE))
    return there


async def hand_over(watch: Watch, there: Mapping[str, bytes], route: Route) -> None:
    """Flash loaded films of any site; a script, which the player is, may read only what that site allows."""
    body = there.get(route.request.url) or await load(watch, route.request.url, largest=_LARGEST, credentials=True)
    try:
        if body is None:
            await route.continue_()
            return
        headers = {
            "Content-Type": next(iter(CONTENT_TYPES)),
            "Access-Control-Allow-Origin": route.request.headers.get("origin", "*"),
            "Access-Control-Allow-Credentials": "true",
        }
        await route.fulfill(status=200, headers=headers, body=body)
    except Error as error:
        log.debug("film %s: %s", route.request.url, error)  # its page has gone
