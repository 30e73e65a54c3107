"""What a page looks like at the end of a phase and of the visit: pictures, and the rendered page."""

from __future__ import annotations

import asyncio
import logging
from hashlib import blake2b
from typing import Final

from playwright.async_api import Error

from crawler.browser.leads import leads_of
from crawler.browser.stage import Stage
from crawler.observations import NameValue
from crawler.page_text import text_digest
from crawler.scenarios import Phase
from crawler.visits import PRIVACY_CONTROL, TEXT_DIGEST, ProblemKind

log = logging.getLogger(__name__)

_DRIVER_CAP: Final = 10.0
"""Seconds for a single question to the page; a page in an endless loop never answers."""

_BLANK: Final = """() => document.readyState === 'complete' && !document.title
  && !document.scripts.length && !document.querySelector('body *, frame')
  && !(document.body ? document.body.textContent : document.documentElement?.textContent ?? '').trim()"""
"""Nothing to see is not the same as nothing found."""


async def look_back(stage: Stage) -> None:
    """Reads the visited page once, while it is still there."""
    page = stage.page
    if stage.document is not None or not stage.answers or page.is_closed():
        return
    stage.document = document = stage.watch.document()
    if document is not None and stage.watch.scene.documents.get(document.url, "…").strip() == "":
        stage.seen = False
        stage.problem(ProblemKind.EMPTY, f"{stage.ask.url} answered without content.")
        return
    try:
        stage.html = await asyncio.wait_for(page.content(), _DRIVER_CAP)
        stage.title = await asyncio.wait_for(page.title(), _DRIVER_CAP)
        blank = await asyncio.wait_for(page.evaluate(_BLANK), _DRIVER_CAP)
        automated = await asyncio.wait_for(page.evaluate("navigator.webdriver"), _DRIVER_CAP)
        signalled = await asyncio.wait_for(page.evaluate(PRIVACY_CONTROL), _DRIVER_CAP)
    except (Error, TimeoutError) as error:
        stage.incomplete = True
        stage.problem(ProblemKind.LOST, f"{stage.ask.url} did not let its content be read ({_first_line(error)}).")
        return
    if blank:
        stage.seen = False
        stage.problem(
            ProblemKind.EMPTY, f"{stage.ask.url} is a blank document: no title, no script, no element, no text."
        )
        return
    stage.facts.append(NameValue(name="navigator.webdriver", value=str(automated).lower()))
    if stage.ask.scenario.gpc:
        stage.facts.append(NameValue(name=PRIVACY_CONTROL, value=str(signalled).lower()))
    digest = blake2b(stage.html.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    stage.facts.append(NameValue(name="html_digest", value=digest))
    if stage.ask.text_digest and (words := await asyncio.to_thread(text_digest, stage.html)) is not None:
        stage.facts.append(NameValue(name=TEXT_DIGEST, value=words))
    if not stage.secrets:  # typed into a form, they may come back in an address
        stage.links, stage.forms = leads_of(stage.html, url=stage.page.url)


async def photograph(stage: Stage, phase: Phase) -> None:
    folder = stage.ask.evidence_dir
    if folder is None or not stage.ask.settings.screenshots or stage.secrets:
        return
    name = f"{stage.ask.id}-{phase.name}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        await stage.page.screenshot(path=folder / name, timeout=_DRIVER_CAP * 1000)
    except (Error, OSError) as error:
        log.warning("No screenshot of %s (%s): %s", stage.ask.url, phase.name, _first_line(error))
        return
    stage.screenshots.append(name)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
