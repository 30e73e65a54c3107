"""Making a choice as a part of a visit: it is recorded, and so is whatever else the click sets off."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from playwright.async_api import Locator

from crawler.browser.aftermath import Aftermath
from crawler.browser.cdp import CommandError
from crawler.browser.consent.player import ConsentPlayer
from crawler.browser.stage import Stage
from crawler.observations import Consent
from crawler.suffixes import site_of
from crawler.visits import Choice, ProblemKind

log = logging.getLogger(__name__)


async def make_choice(
    stage: Stage, player: ConsentPlayer, wanted: Consent, phase: str, *, by: Locator | None = None
) -> Choice:
    """A choice that could not be clicked by the user's own step is left to the caller to tell."""
    home = stage.page.url
    with Aftermath(stage.page) as aftermath:
        stage.choosing = True
        try:
            choice = await player.choose(wanted, phase, by=by)
        finally:
            stage.choosing = False
    if stage.watch.crashed:
        aftermath.crashed()
    elif choice.clicks and is_away(stage, home):
        aftermath.led_away(stage.page.url)
    elif choice.clicks and (there := _under_way(stage)) is not None:
        await _stay(stage)
        aftermath.led_nowhere(there)
    if by is None or choice.order is not None:
        stage.choices.append(choice)
    sentences, partial = aftermath.of(choice)
    stage.incomplete |= partial
    for sentence in sentences:
        stage.problem(ProblemKind.CLICK, sentence, phase=phase)
    return choice


def _under_way(stage: Stage) -> str | None:
    """The address that the page is leaving for, and that has not answered."""
    document = stage.watch.document()
    return document.url if document is not None and document.answer is None and document.ended is None else None


async def _stay(stage: Stage) -> None:
    """A page on its way to another process answers nothing until it is there, or stopped."""
    try:
        await stage.watch.scene.tap.command("Page.stopLoading", session=stage.watch.main)
    except CommandError as error:
        log.debug("%s cannot be stopped: %s", stage.page.url, error)


def is_away(stage: Stage, home: str) -> bool:
    """Neither the site that was asked for is shown nor that of `home`, where the visit had come to."""
    return _site(stage.page.url) not in {_site(stage.ask.url), _site(home)}


def _site(url: str) -> str:
    return site_of(urlsplit(url).hostname or "")
