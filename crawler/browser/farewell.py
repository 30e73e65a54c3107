"""Ending a visit so that beacons sent on leaving are seen, and the cookies that their answers bring."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from playwright.async_api import BrowserContext, Error

from crawler.browser.stillness import until_still
from crawler.browser.watch import Watch

log = logging.getLogger(__name__)

# With the page goes the session of its frames, and what they send on leaving would not be told: so they leave first.
_REMOVE_FRAMES: Final = "() => { for (const f of document.querySelectorAll('iframe, frame, object')) f.remove(); }"
_CALM: Final = 0.15
_LAST_WORDS: Final = 0.5
"""Seconds of quiet after the page is gone; answers to its last beacons still change the jar."""
_CAP: Final = 3.0
_ANSWER_CAP: Final = 3.0


async def say_farewell(watch: Watch, context: BrowserContext, *, pages: bool = True) -> None:
    """Leaves every page as a person who closes the tab does; the context itself must stay until the answers are in.

    Without `pages`, only answers are waited for: a page that a script holds takes no leave.
    """
    for page in context.pages if pages else ():
        try:
            if len(page.frames) > 1 and not watch.crashed:
                await asyncio.wait_for(page.evaluate(_REMOVE_FRAMES), _ANSWER_CAP)
                await until_still(watch, quiet=_CALM, cap=_CAP, needs_load=False)
            await asyncio.wait_for(page.close(run_before_unload=True), _ANSWER_CAP)
        except (Error, TimeoutError) as error:
            # A crashed or endlessly busy page takes no leave; its context is closed over its head.
            log.debug("leaving %s: %s", page.url, error)
    await until_still(watch, quiet=_LAST_WORDS, cap=_CAP, needs_load=False)
