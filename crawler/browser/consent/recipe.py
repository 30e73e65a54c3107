"""The site's own recipe: Playwright selectors from consentinel.yaml, clicked in order."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from crawler.browser.consent.attempt import Attempt
from crawler.browser.consent.hand import Hand, MissedError
from crawler.observations import Record
from crawler.settings import Recipe

WAIT = 3000.0
"""Milliseconds for an element of the recipe to appear."""
_FRAME = "frame="


class RecipeFault(Record):
    """A selector that does not single out one element on the page: the user's to mend."""

    source: str
    """file:line, or `the recipe`."""
    selector: str
    why: str

    def __str__(self) -> str:
        return f"{self.source}: `{self.selector}` {self.why}"


def locator(page: Page, selector: str) -> Locator | str:
    """The locator, or why there is none. `frame=<glob of the frame's URL> >> ` looks inside that frame."""
    if not selector.startswith(_FRAME):
        return page.locator(selector)
    glob, separator, inner = selector[len(_FRAME) :].partition(">>")
    if not separator:
        return "names a frame but no element in it: write `frame=<glob of its URL> >> <selector>`"
    frames = [frame for frame in page.frames if fnmatchcase(frame.url, glob.strip())]
    if len(frames) != 1:
        urls = ", ".join(frame.url for frame in (frames or page.frames)[:6])
        return f"matches {len(frames)} frames; {'they are' if frames else 'the page has'}: {urls}"
    return frames[0].locator(inner.strip())


async def play_recipe(
    page: Page, hand: Hand, recipe: Recipe, selectors: Sequence[str], attempt: Attempt, faults: list[RecipeFault]
) -> bool:
    """Clicks each selector; the last click makes the choice. False: the recipe does not fit (see `faults`)."""
    for place, selector in enumerate(selectors):
        target = locator(page, selector)
        why = target if isinstance(target, str) else await _fault(target)
        if why is None and not isinstance(target, str):
            decides = place == len(selectors) - 1
            try:
                attempt.clicks.append(
                    await hand.click_locator(target, attempt.phase, stamp=attempt.stamp if decides else None)
                )
            except MissedError as error:
                why = f"cannot be clicked: {error}"
        if why is not None:
            fault = RecipeFault(source=recipe.source or "the recipe", selector=selector, why=why)
            faults.append(fault)
            attempt.tried.append(f"recipe: {fault}")
            return False
    attempt.found_by = "recipe"
    return True


async def _fault(target: Locator) -> str | None:
    """Why this is not exactly one element; None: it is."""
    try:
        await target.first.wait_for(state="visible", timeout=WAIT)
        count = await target.count()
        if count == 1:
            return None
        shown = await shown_texts(target)
    except PlaywrightError as error:
        first = str(error).splitlines()[0]
        return (
            "matches no visible element" if "Timeout" in first else f"is not a selector Playwright understands: {first}"
        )
    return f"matches {count} elements ({shown}): make it match one"


async def shown_texts(target: Locator) -> str:
    """The texts of the first visible elements that match, so that a person sees which they are."""
    shown = [element for element in await target.all() if await element.is_visible()]
    texts = [" ".join((await element.inner_text()).split())[:40] for element in shown[:5]]
    return ", ".join(f"“{text}”" for text in texts)
