"""Waits for a consent interface: at once, late, or after scrolling."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from crawler.browser.consent.recipe import locator
from crawler.browser.consent.survey import Control, Offer, Survey, survey
from crawler.browser.consent.words import Meaning, mention_pattern
from crawler.browser.consent.worlds import GoneError, Worlds

LATE = 5.0
"""Seconds of the page's life within which an interface that nothing announces is expected to show itself."""
ANNOUNCED = 8.0
"""The same, when a consent platform is on the page but not yet its interface."""
AFTER_SCROLL = 1.0
AFTER_CLICK = 1.5
LEAVING = 3.5
"""Seconds that a closing animation may take."""
AFTER_RELOAD = 0.25
"""Seconds that an interface may come later after a reload than it came at first."""
SEEN_BY = 1.0
"""Seconds of the page's life, when this player never saw the interface come."""
NOTHING_SAID = (
    "platforms' selectors and words in all frames, and scrolling: nothing that the page shows, holds or has fetched "
    "speaks of consent"
)
NOTHING = "platforms' selectors and words in all frames, waiting and scrolling: no consent interface was recognised"
REST = 60
"""Milliseconds between two looks on a page that never stops changing."""


class Finder:
    def __init__(
        self,
        page: Page,
        worlds: Worlds,
        *,
        mentioned: Callable[[str], Awaitable[bool]] | None = None,
        own: str | None = None,
    ) -> None:
        """`mentioned`: whether anything fetched speaks of consent; without it, that is not known.
        `own`: the user's selector of the interface, which then decides whether it is in sight.
        """
        self._page = page
        self._own = own
        self._mentioned = mentioned
        self._worlds = worlds
        self.reopeners: tuple[Control, ...] = ()
        """What promised to bring the interface back when none was shown, as last seen."""
        self._first_seen: float | None = None
        """The page's age when the interface was first seen."""

    async def look(self) -> Survey:
        found = await survey(self._worlds)
        if found.offer is not None and self._first_seen is None:
            self._first_seen = found.age
        if found.offer is None:
            self.reopeners = tuple(
                one
                for one in found.reopeners
                if one.seen.platform or one.meaning in (Meaning.WITHDRAW, Meaning.SETTINGS)
            )
        return found

    async def shown(self) -> bool:
        """Whether the interface is in sight."""
        return await self._shows(await self.look())

    async def _shows(self, found: Survey) -> bool:
        if self._own is None:
            return found.offer is not None
        target = locator(self._page, self._own)
        try:
            return not isinstance(target, str) and await target.locator("visible=true").count() > 0
        except PlaywrightError as error:
            raise GoneError(f"{self._page.url}: {error}") from error

    async def wait_for_offer(
        self, cap: float, tried: list[str], *, otherwise: Callable[[], Awaitable[bool]] | None = None
    ) -> Offer | None:
        """The interface that is on top; None: none within the cap, though we scrolled.

        `otherwise` is asked when the loaded page shows none, and once more before scrolling; True ends the search.
        """
        begun = time.monotonic()
        scrolled: float | None = None
        asked = otherwise is None
        silent = False
        while True:
            found = await self.look()
            if found.offer is not None:
                if scrolled is not None:
                    tried.append("the interface came only after scrolling")
                return found.offer
            if otherwise is not None and not asked and found.complete:
                asked = True
                if await otherwise():
                    return None
                continue
            now = time.monotonic()
            silent = found.complete and not found.platforms and await self._is_silent()
            patience = ANNOUNCED if found.platforms else 0.0 if silent else LATE
            if scrolled is not None:
                if now - scrolled > AFTER_SCROLL and found.age > patience:
                    tried.append(NOTHING_SAID if silent else NOTHING)
                    return None
            elif found.age > patience or now - begun > cap:
                if otherwise is not None and not silent and await otherwise():
                    return None
                await self._page.mouse.wheel(0, 900)
                scrolled = now
            await self._change(min(0.5, max(0.05, patience - found.age)) if scrolled is None else 0.25)

    async def _is_silent(self) -> bool:
        """Nothing on the page has to do with consent, so nothing is to be waited for. False when that is not known."""
        if self._mentioned is None:
            return False
        for world in await self._worlds.all():
            try:
                if await world.call("(pattern) => consentinel.mentions(pattern)", mention_pattern()):
                    return False
            except GoneError:
                if world.parent is None:
                    raise
        return not await self._mentioned(mention_pattern())

    async def after_click(self, clicked: Offer) -> Offer | None:
        """The interface that is there once the click's own changes came; None: it is gone."""
        begun = time.monotonic()
        before = {c.element + str(c.seen.checked) for c in clicked.controls}
        while True:
            found = (await self.look()).offer
            spent = time.monotonic() - begun
            if found is None and (spent > LEAVING or await self._is_gone(clicked)):
                # A following layer may come a moment after the one before it went.
                if spent > LEAVING or not await self._change(0.15):
                    return None
            elif found is not None:
                now = {c.element + str(c.seen.checked) for c in found.controls}
                if now != before or spent > AFTER_CLICK:
                    return found
            await self._change(0.25)

    async def _is_gone(self, offer: Offer) -> bool:
        """Out of sight as a whole. While it moves, its controls may be out of the window, but it is still leaving."""
        try:
            return bool(await offer.world.call("(index) => consentinel.gone(index)", offer.index))
        except GoneError:
            return True

    async def shown_again(self) -> bool:
        """After a reload: whether the interface comes back by the age at which it came at first."""
        due = min(LATE, AFTER_RELOAD + (SEEN_BY if self._first_seen is None else self._first_seen))
        while True:
            found = await self.look()
            if await self._shows(found):
                return True
            left = due - found.age
            if left <= 0 and found.complete:
                return False
            await self._change(max(0.05, min(left, 0.5)))

    async def _change(self, cap: float) -> bool:
        """Waits for the page to change; False: it did not within `cap` seconds."""
        try:
            world = await self._worlds.main()
            return bool(await world.call("(cap, rest) => consentinel.change(cap, true, rest)", cap * 1000, REST))
        except GoneError:
            return True
