"""What a reader does before leaving: scrolls through the page, moves the pointer over it, tabs into it. No clicks."""

from __future__ import annotations

import logging
from time import monotonic
from typing import Final

from playwright.async_api import Error, Page

log = logging.getLogger(__name__)

_CAP: Final = 0.8
"""Seconds for all of it: an endless page is not read to its end."""
_MOST_SCREENS: Final = 12
_WHERE: Final = "() => [innerWidth, innerHeight, scrollY, document.documentElement.scrollHeight]"


async def read_through(page: Page) -> None:
    """With the real pointer and wheel, so that the page cannot tell it from a person."""
    deadline = monotonic() + _CAP
    try:
        width, height, top, whole = await page.evaluate(_WHERE)
        await page.mouse.move(width / 2, height / 2)
        for screen in range(_MOST_SCREENS):
            if top + (screen + 1) * height >= whole or monotonic() > deadline:
                break
            await page.mouse.wheel(0, height)
            await page.mouse.move(width / 2, height * (0.3 + 0.4 * (screen % 2)))
        await page.keyboard.press("Tab")
    except Error as error:
        log.debug("%s was not read through: %s", page.url, error)  # it navigated or went; the watch goes on
