"""The consent state as the page keeps it: first-party items, platform APIs, consent mode, signals on the wire."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from crawler.browser.consent.worlds import GoneError, Worlds

log = logging.getLogger(__name__)
API = files("crawler.browser.consent").joinpath("platform_api.js").read_text("utf-8")


@dataclass(frozen=True)
class State:
    items: dict[str, str] = field(default_factory=dict)
    """`cookie:<name>`, `local:<key>`, `session:<key>` → value, of the page's own origin (and of consent frames)."""
    api: dict[str, Any] = field(default_factory=dict)
    """What each platform's own API answers, by platform."""
    hits: tuple[str, ...] = ()
    """URLs of requests with `gcs` or `gcd` since the choice (or since the page began)."""


async def read_state(page: Page, worlds: Worlds, *, since: float = 0.0, frames: frozenset[str] = frozenset()) -> State:
    """`since`: milliseconds of the top frame's clock. `frames`: ids of frames whose storage counts as well.

    Raises GoneError when the page is gone.
    """
    items: dict[str, str] = {}
    hits: list[str] = []
    try:
        cookies = await page.context.cookies(page.url) if page.url.startswith("http") else []
    except PlaywrightError as error:
        raise GoneError(str(error)) from error
    for cookie in cookies:
        items[f"cookie:{cookie.get('name', '')}"] = cookie.get("value", "")
    for world in await worlds.all():
        try:
            hits.extend(await world.call("(since) => consentinel.hits(since)", since if world.parent is None else 0))
            if world.parent is None or world.frame in frames:
                stored = await world.call("() => consentinel.stored()")
                items |= {f"local:{key}": value for key, value in stored["local"].items()}
                items |= {f"session:{key}": value for key, value in stored["session"].items()}
        except GoneError as error:
            if world.parent is None:
                raise
            log.debug("frame went while its consent state was read: %s", error)
    return State(items=items, api=await _api(page), hits=tuple(dict.fromkeys(hits)))


async def _api(page: Page) -> dict[str, Any]:
    try:
        answer = await page.evaluate(API)
    except PlaywrightError as error:
        raise GoneError(str(error)) from error
    return answer if isinstance(answer, dict) else {}
