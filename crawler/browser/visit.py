"""visit(): plays one scenario on one page in one fresh browser context, and writes down what was seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2b
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Dialog, Error, Page, ViewportSize

from crawler.browser.cdp import CommandError
from crawler.browser.collectors.base import Scene
from crawler.browser.consent.player import ConsentPlayer
from crawler.browser.exchanges import Exchanges
from crawler.browser.farewell import say_farewell
from crawler.browser.launch import AuditedBrowser, BrowserGone
from crawler.browser.navigation import problem_of
from crawler.browser.recorder import Recorder
from crawler.browser.stage import Stage, VisitAsk, VisitOutcome
from crawler.browser.stillness import QUIET, Stillness, until_still
from crawler.browser.values import Digester
from crawler.browser.watch import Watch
from crawler.browser.writeup import write_up
from crawler.observations import NameValue, SightingKind
from crawler.scenarios import MADE_BY, Action, Phase
from crawler.visits import ChoiceStatus, PhaseSpan, Problem, ProblemKind, visit_id

__all__ = ["BrowserGone", "VisitAsk", "VisitOutcome", "visit", "visit_id"]

log = logging.getLogger(__name__)

_DRIVER_CAP = 10.0
"""Seconds for a single question to the page; a page in an endless loop never answers."""
_MOST_DIALOGS = 20


async def visit(browser: AuditedBrowser, ask: VisitAsk) -> VisitOutcome:
    """Whatever the site does comes back as data. Raises `BrowserGone` only when the browser itself died."""
    browser = await browser.for_cookies(ask.scenario.cookies)
    if not browser.alive:
        raise BrowserGone(f"The browser ({browser.product}) ended before {ask.url} could be visited.")
    recorder, exchanges = Recorder(), Exchanges()
    digester = Digester(key=ask.digest_key, keep_values=ask.settings.keep_values, now=recorder.started)
    try:
        async with _context(browser, ask) as (context, context_id):
            scene = Scene(recorder, exchanges, digester, browser.tap, context_id, ask.settings)
            watch = Watch(scene, probes=browser.probes, scenario=ask.scenario, settings=ask.settings)
            browser.tap.watch(context_id, watch)
            stage = Stage(ask=ask, watch=watch, page=await context.new_page())
            await _play_within_cap(stage)
            await say_farewell(watch, context)
            await watch.each(lambda collector: collector.visit_ends())
    except (Error, CommandError) as error:
        if not browser.alive:
            raise BrowserGone(f"The browser ({browser.product}) ended while {ask.url} was being visited.") from error
        raise
    if not browser.alive:
        raise BrowserGone(f"The browser ({browser.product}) ended while {ask.url} was being visited.")
    return write_up(stage)


@asynccontextmanager
async def _context(browser: AuditedBrowser, ask: VisitAsk) -> AsyncIterator[tuple[BrowserContext, str]]:
    """A fresh browser context and its id at the tap; gone afterwards, whatever happened."""
    width, height = ask.browser.viewport
    async with browser.making_context:
        context = await browser.driver.new_context(
            viewport=ViewportSize(width=width, height=height),
            locale=ask.browser.locale,
            timezone_id=ask.browser.timezone,
            user_agent=ask.browser.user_agent,
            java_script_enabled=ask.scenario.script,
            ignore_https_errors=ask.browser.ignore_certificate_errors,
            accept_downloads=False,
        )
        context_id = browser.tap.last_context
    assert context_id is not None, "the tap saw the context being made, for Playwright has its answer"
    try:
        yield context, context_id
    finally:
        browser.tap.unwatch(context_id)
        try:
            await asyncio.wait_for(context.close(), _DRIVER_CAP)
        except (Error, TimeoutError) as error:
            log.debug("closing the context of %s: %s", ask.url, error)


# --- the phase machine


async def _play_within_cap(stage: Stage) -> None:
    cap = stage.ask.settings.visit_cap
    _attend(stage)
    try:
        async with asyncio.timeout(cap):
            for phase in stage.ask.scenario.phases:
                if not await _play(stage, phase):
                    break
            await _look_back(stage)
    except TimeoutError:
        stage.incomplete = True
        stage.problem(ProblemKind.CAP, f"The visit of {stage.ask.url} took longer than {cap:g} s and was ended.")


def _attend(stage: Stage) -> None:
    """Message boxes are answered at once: a page waits for them, and nobody is there."""

    async def answer(dialog: Dialog) -> None:
        stage.dialogs += 1
        leaving = dialog.type == "beforeunload"
        try:
            await (dialog.accept() if leaving else dialog.dismiss())
        except Error as error:
            log.debug("message box: %s", error)  # it went away with its page
        if stage.dialogs == _MOST_DIALOGS:
            stage.incomplete = True
            stage.problem(ProblemKind.DIALOG, f"{stage.ask.url} opens message boxes without end.")

    stage.page.context.on("dialog", answer)
    stage.page.on("crash", partial(_crashed, stage))


def _crashed(stage: Stage, _: Page) -> None:
    stage.watch.crashed = True
    stage.watch.stirred.set()


async def _play(stage: Stage, phase: Phase) -> bool:
    """One phase: act, wait until the page is still, read what shows only at rest. False: no use to go on."""
    watch, settings = stage.watch, stage.ask.settings
    watch.recorder.begin_phase(phase.name)
    begins = watch.recorder.elapsed()
    if not await _act(stage, phase):
        return False
    stillness = await until_still(watch, quiet=QUIET[settings.settle], cap=settings.phase_cap)
    stage.answers = not watch.crashed and await _answers(stage)
    if phase.action is Action.OPEN and stage.ask.scenario.script and stage.answers:
        stage.interfaces = await _player(stage).interfaces()
    if phase.action is Action.RELOAD and stage.answers:
        await _confirm(stage)
    if stage.answers:
        await watch.each(lambda collector: collector.phase_ends())
    stage.spans.append(
        PhaseSpan(
            name=phase.name,
            consent=watch.recorder.consent,
            begins=round(begins, 3),
            ends=round(watch.recorder.elapsed(), 3),
            ended_by=stillness.ended_by,
        )
    )
    _note_unrest(stage, phase, stillness)
    if stage.answers:
        await _screenshot(stage, phase)
    return stage.answers


async def _answers(stage: Stage) -> bool:
    """Whether the page's script thread still takes questions."""
    try:
        await stage.watch.scene.tap.command("Runtime.evaluate", {"expression": "0"}, session=stage.watch.main)
    except CommandError as error:
        log.debug("%s does not answer: %s", stage.ask.url, error)
        return False
    return True


async def _act(stage: Stage, phase: Phase) -> bool:
    if phase.action is Action.OPEN:
        return await _open(stage, phase)
    if phase.action is Action.RELOAD:
        return await _reload(stage, phase)
    if phase.action in MADE_BY:
        player = _player(stage)
        stage.choices.append(await player.choose(MADE_BY[phase.action], phase.name))
        return True
    stage.incomplete = True
    stage.problem(ProblemKind.NO_CONTROL, f"There is no way to play the step {phase.name!r} here.", phase=phase.name)
    return True


def _player(stage: Stage) -> ConsentPlayer:
    if stage.player is None:
        stage.player = ConsentPlayer(
            stage.page,
            recipe=stage.ask.recipe,
            stamp=stage.watch.recorder.choose,
            now=stage.watch.recorder.elapsed,
            evidence_dir=stage.ask.evidence_dir,
            cap=stage.ask.settings.phase_cap,
        )
    return stage.player


async def _open(stage: Stage, phase: Phase) -> bool:
    cap = stage.ask.settings.navigation_cap
    url = stage.ask.url
    if urlsplit(url).scheme not in ("http", "https"):
        text = f"{url} is not the address of a web page: it must begin with http:// or https://."
        stage.problem(ProblemKind.UNREACHABLE, text, phase=phase.name)
        return False
    try:
        await stage.page.goto(url, wait_until="commit", timeout=cap * 1000)
    except Error as error:
        found = problem_of(error.message, url=url, status=_status(stage), cap=cap, phase=phase.name)
        stage.problems.append(found)
        return False
    status = _status(stage)
    if status is not None and status >= 400:
        found = problem_of("ERR_HTTP_RESPONSE_CODE_FAILURE", url=url, status=status, cap=cap, phase=phase.name)
        stage.problems.append(found)
        return True  # what the error page does is recorded all the same
    document = stage.watch.document()
    mime = document.answer.get("mimeType", "") if document is not None and document.answer is not None else ""
    if mime == "application/pdf":
        text = f"{url} is a file ({mime}), not a page. Leave it out with `crawl.exclude`."
        stage.problem(ProblemKind.DOWNLOAD, text, phase=phase.name)
        return False
    stage.seen = True
    return True


async def _reload(stage: Stage, phase: Phase) -> bool:
    cap = stage.ask.settings.navigation_cap
    stage.watch.loaded = False
    try:
        await stage.page.reload(wait_until="commit", timeout=cap * 1000)
    except Error as error:
        stage.incomplete = True
        found = problem_of(error.message, url=stage.ask.url, status=None, cap=cap, phase=phase.name)
        stage.problems.append(found)
        return False
    return True


async def _confirm(stage: Stage) -> None:
    """After a reload, what the site remembers shows whether a choice took hold."""
    stage.choices = [
        choice if choice.status is ChoiceStatus.NOT_OFFERED else await _player(stage).confirm(choice)
        for choice in stage.choices
    ]


def _note_unrest(stage: Stage, phase: Phase, stillness: Stillness) -> None:
    if stage.watch.crashed:
        stage.incomplete = True
        stage.problem(
            ProblemKind.CRASH, f"The tab of {stage.ask.url} crashed; what was seen before is kept.", phase=phase.name
        )
    elif not stage.answers:
        stage.incomplete = True
        stage.problems.append(
            Problem(
                kind=ProblemKind.TIMEOUT,
                message=f"A script of {stage.ask.url} never lets go of the page; what was seen until then is kept.",
                phase=phase.name,
                blinds=(SightingKind.STORAGE,),
            )
        )
    elif not stillness.loaded:
        stage.incomplete = True
        stage.problem(
            ProblemKind.TIMEOUT,
            f"{stage.ask.url} did not finish loading ({stillness.ended_by}); what was seen until then is kept. "
            "`visit.phase_cap` sets the time.",
            phase=phase.name,
        )
    elif not stillness.reached:
        stage.problem(
            ProblemKind.CAP,
            f"{stage.ask.url} was still busy when its time was over ({stillness.ended_by}); later events are unseen.",
            phase=phase.name,
        )


# --- the end of the visit


async def _look_back(stage: Stage) -> None:
    """The rendered page, while it is still there."""
    page = stage.page
    if not stage.answers or page.is_closed():
        return
    document = stage.watch.document()
    if document is not None and stage.watch.scene.documents.get(document.url, "…").strip() == "":
        stage.seen = False
        stage.problem(ProblemKind.EMPTY, f"{stage.ask.url} answered without content.")
        return
    try:
        stage.html = await asyncio.wait_for(page.content(), _DRIVER_CAP)
        stage.title = await asyncio.wait_for(page.title(), _DRIVER_CAP)
        automated = await asyncio.wait_for(page.evaluate("navigator.webdriver"), _DRIVER_CAP)
    except (Error, TimeoutError) as error:
        stage.incomplete = True
        stage.problem(ProblemKind.LOST, f"{stage.ask.url} did not let its content be read ({_first_line(error)}).")
        return
    stage.facts.append(NameValue(name="navigator.webdriver", value=str(automated).lower()))
    digest = blake2b(stage.html.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    stage.facts.append(NameValue(name="html_digest", value=digest))


async def _screenshot(stage: Stage, phase: Phase) -> None:
    folder = stage.ask.evidence_dir
    if folder is None or not stage.ask.settings.screenshots:
        return
    name = f"{stage.ask.id}-{phase.name}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        await stage.page.screenshot(path=folder / name, timeout=_DRIVER_CAP * 1000)
    except (Error, OSError) as error:
        log.warning("No screenshot of %s (%s): %s", stage.ask.url, phase.name, _first_line(error))
        return
    stage.screenshots.append(name)


def _status(stage: Stage) -> int | None:
    hop = stage.watch.document()
    return None if hop is None else hop.status


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
