"""The pointer: aims at a control, photographs it, stamps, and clicks where a person would."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from crawler.browser.consent.survey import Control
from crawler.browser.consent.worlds import GoneError
from crawler.visits import Box, Click

log = logging.getLogger(__name__)
SCREENSHOT_CAP = 3000.0
AIM_CAP = 3000.0
"""Milliseconds Playwright may wait for a recipe's element to be visible, still and uncovered."""


PRESS_CAP = 5.0
"""Seconds that the page's own handlers may hold a click up."""


class MissedError(Exception):
    """The control could not be clicked; says why."""


class UnansweredError(Exception):
    """The page was clicked and did not come back from it: it crashed, or a script of it never ends."""

    def __init__(self, click: Click, why: str) -> None:
        super().__init__(why)
        self.click = click


class Hand:
    def __init__(self, page: Page, *, now: Callable[[], float], evidence_dir: Path | None) -> None:
        self._page = page
        self._now = now
        self._evidence_dir = evidence_dir

    async def click(self, control: Control, phase: str, *, stamp: Callable[[], None] | None) -> Click:
        """Raises MissedError when it is covered or went, GoneError when its frame went."""
        aimed = await self._aim(control)
        picture = await self.photograph(f"{phase}-click")
        if picture is not None:
            aimed = await self._aim(control)  # taking a picture takes time, in which a page may move
        x, y, box = aimed
        return await self._press(
            x,
            y,
            phase,
            stamp,
            element=control.element,
            text=control.seen.text or control.seen.beside[:300],
            box=box,
            frame=control.world.url,
            picture=picture,
        )

    async def click_locator(self, locator: Locator, phase: str, *, stamp: Callable[[], None] | None) -> Click:
        """For recipes. Raises MissedError."""
        picture = await self.photograph(f"{phase}-click")
        try:
            await locator.click(trial=True, timeout=AIM_CAP)  # waits until visible, still and uncovered; does not click
            box = await locator.bounding_box()
            text = (await locator.inner_text(timeout=AIM_CAP)).strip()[:300]
            handle = await locator.element_handle(timeout=AIM_CAP)
            frame = await handle.owner_frame()
        except PlaywrightError as error:
            raise MissedError(str(error).splitlines()[0]) from error
        if box is None:
            raise MissedError("it has no box on the page")
        return await self._press(
            box["x"] + box["width"] / 2,
            box["y"] + box["height"] / 2,
            phase,
            stamp,
            element=str(locator),
            text=text,
            box=Box(x=box["x"], y=box["y"], width=box["width"], height=box["height"]),
            frame=frame.url if frame else self._page.url,
            picture=picture,
        )

    async def _aim(self, control: Control) -> tuple[float, float, Box]:
        aimed = await control.world.call("(index) => consentinel.aim(index)", control.seen.index)
        if aimed is None:
            raise MissedError(f"“{control.seen.text}” went before it could be clicked")
        left, top = await control.world.origin()
        if not aimed["clear"]:
            raise MissedError(f"“{control.seen.text}” is covered by something else or does not stand still")
        box = aimed["box"]
        place = Box(x=box["x"] + left, y=box["y"] + top, width=box["width"], height=box["height"])
        return aimed["x"] + left, aimed["y"] + top, place

    async def _press(
        self,
        x: float,
        y: float,
        phase: str,
        stamp: Callable[[], None] | None,
        *,
        element: str,
        text: str,
        box: Box,
        frame: str,
        picture: str | None,
    ) -> Click:
        mouse = self._page.mouse
        await mouse.move(x, y)  # before the stamp: what hovering sets off is not the choice's doing
        if stamp is not None:
            stamp()
        click = Click(at=self._now(), phase=phase, element=element, text=text, box=box, frame=frame, screenshot=picture)
        try:
            async with asyncio.timeout(PRESS_CAP):
                await mouse.down()
                await mouse.up()
        except TimeoutError as error:
            raise UnansweredError(click, f"the page did not answer within {PRESS_CAP:g} s") from error
        except PlaywrightError as error:
            raise UnansweredError(click, str(error).splitlines()[0].strip()) from error
        return click

    async def photograph(self, what: str) -> str | None:
        """File name of a picture of the viewport; None: no folder was given, or the page cannot be photographed now."""
        if self._evidence_dir is None:
            return None
        name = f"consent-{what}-{secrets.token_hex(4)}.jpg"
        try:
            await self._page.screenshot(path=self._evidence_dir / name, type="jpeg", quality=70, timeout=SCREENSHOT_CAP)
        except PlaywrightError as error:
            log.warning("no picture of %s: %s", self._page.url, str(error).splitlines()[0])
            return None
        return name


__all__ = ["GoneError", "Hand", "MissedError", "UnansweredError"]
