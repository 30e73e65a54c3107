"""visit(): plays one scenario on one page in one fresh browser context, and writes down what was seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import orjson
from playwright.async_api import BrowserContext, Error, StorageState, ViewportSize

from crawler.browser.cdp import CommandError
from crawler.browser.collectors.base import Scene
from crawler.browser.exchanges import Exchanges
from crawler.browser.farewell import say_farewell
from crawler.browser.freshness import note_profile
from crawler.browser.launch import AuditedBrowser, BrowserGone
from crawler.browser.phases import play_phases
from crawler.browser.recorder import Recorder
from crawler.browser.ruffle import play_flash
from crawler.browser.secrets import without_secrets
from crawler.browser.stage import WATCHED, Carried, Stage, VisitAsk, VisitOutcome
from crawler.browser.values import Digester
from crawler.browser.watch import Watch
from crawler.browser.writeup import write_up
from crawler.observations import NameValue
from crawler.visits import ANEW, BODIES, CARRIED, CHOICE_FROM, ChoiceStatus, Problem, ProblemKind, Visit, visit_id

__all__ = ["BrowserGone", "VisitAsk", "VisitOutcome", "visit", "visit_id"]

log = logging.getLogger(__name__)

_NOTHING_PROVED = "no other page had proved it, or the crawl was resumed since"
_NOT_KEPT = "what another page had proved did not hold here"
_DRIVER_CAP = 10.0
"""Seconds for a single question to the browser."""
_MAKING_CAP = 20.0
"""Seconds until a browser is given up that an earlier page keeps busy beyond its end."""
_PUTTING_DOWN_CAP = 1.0
_LEAVING_CAP = 8.0
_CLOSING_CAP = 3.0
GRACE = _PUTTING_DOWN_CAP + _LEAVING_CAP + _CLOSING_CAP
"""Seconds beyond its cap that a visit may take to leave the page, where no Flash is played."""


async def visit(browser: AuditedBrowser, ask: VisitAsk) -> VisitOutcome:
    """Whatever the site does comes back as data. Raises `BrowserGone` only when the browser itself died."""
    anew = ask.model_copy(update={"carried": None})
    if ask.carried is None:
        outcome = await _visit(browser, ask)
        return outcome if ask.entry or ask.direct or not ask.can_carry else _coming(outcome, ANEW + _NOTHING_PROVED)
    if ask.direct:
        outcome = await _visit(browser, anew)
        if not _offers_nothing(outcome.visit):
            return outcome
        carried = _coming(await _visit(browser, ask), CARRIED)
        return carried if _is_proved(carried.visit) else outcome
    outcome = await _visit(browser, ask)
    if _is_proved(outcome.visit):
        return _coming(outcome, CARRIED)
    return _coming(await _visit(browser, anew), ANEW + _NOT_KEPT)


def _coming(outcome: VisitOutcome, how: str) -> VisitOutcome:
    """With the fact of how the page came to its choice; nothing where none was made."""
    visit = outcome.visit
    if not visit.choices:
        return outcome
    fact = NameValue(name=CHOICE_FROM, value=how)
    return outcome.with_visit(visit.model_copy(update={"facts": (*visit.facts, fact)}))


def _is_proved(visit: Visit) -> bool:
    return [choice.status for choice in visit.choices] == [ChoiceStatus.CONFIRMED]


def _offers_nothing(visit: Visit) -> bool:
    return bool(visit.choices) and all(choice.status is ChoiceStatus.NOT_OFFERED for choice in visit.choices)


async def _visit(browser: AuditedBrowser, ask: VisitAsk) -> VisitOutcome:
    if not browser.alive:
        raise BrowserGone(f"The browser ({browser.product}) ended before {ask.url} could be visited.")
    recorder, exchanges = Recorder(), Exchanges()
    digester = Digester(key=ask.digest_key, keep_values=ask.settings.keep_values, now=recorder.started)
    carried = None
    try:
        async with _context(browser, ask) as (context, context_id):
            bodies = ask.evidence_dir / BODIES if ask.evidence_dir and ask.settings.keep_bodies else None
            common = (recorder, exchanges, digester, browser.tap, context_id, ask.settings)
            scene = Scene(*common, netlog=browser.netlog, bodies=bodies)
            watch = Watch(scene, probes=browser.probes, scenario=ask.scenario, settings=ask.settings)
            browser.tap.watch(context_id, watch)
            stage = Stage(ask=ask, watch=watch, page=await context.new_page())
            await note_profile(stage, context)
            stage.carried = ask.carried.choice if ask.carried is not None else None
            context.on("dialog", stage.answer)
            stage.attend()
            await _play_within_cap(stage)
            await _leave_within_cap(stage, context)
            await play_flash(stage, context, browser.probes)
            browser.tap.unwatch(context_id)
            carried = await _carried(stage, context)
    except (Error, CommandError) as error:
        if not browser.alive:
            raise BrowserGone(f"The browser ({browser.product}) ended while {ask.url} was being visited.") from error
        raise
    if not browser.alive:
        raise BrowserGone(f"The browser ({browser.product}) ended while {ask.url} was being visited.")
    return replace(without_secrets(write_up(stage), stage.secrets), carried=carried)


@asynccontextmanager
async def _context(browser: AuditedBrowser, ask: VisitAsk) -> AsyncIterator[tuple[BrowserContext, str]]:
    """A fresh browser context and its id at the tap; gone afterwards, whatever happened."""
    width, height = ask.browser.viewport
    async with browser.making_context:
        making = browser.driver.new_context(
            viewport=ViewportSize(width=width, height=height),
            locale=ask.browser.locale,
            timezone_id=ask.browser.timezone,
            user_agent=_user_agent(browser, ask),
            java_script_enabled=ask.scenario.script,
            ignore_https_errors=ask.browser.ignore_certificate_errors,
            accept_downloads=False,
            storage_state=_storage(ask),
        )
        try:
            context = await asyncio.wait_for(making, _MAKING_CAP)
        except TimeoutError as error:
            text = f"The browser ({browser.product}) does not answer, so {ask.url} could not be visited."
            raise BrowserGone(text) from error
        context_id = browser.tap.last_context
    assert context_id is not None, "the tap saw the context being made, for Playwright has its answer"
    try:
        yield context, context_id
    finally:
        browser.tap.unwatch(context_id)
        try:
            await asyncio.wait_for(context.close(), _CLOSING_CAP)
        except (Error, TimeoutError) as error:
            log.debug("closing the context of %s: %s", ask.url, error)


def _user_agent(browser: AuditedBrowser, ask: VisitAsk) -> str | None:
    """None: as the browser says it. Scripts that look for automation also look for this word."""
    if ask.browser.user_agent is None and browser.settings.hide_automation:
        return browser.user_agent.replace("HeadlessChrome", "Chrome")
    return ask.browser.user_agent


async def _play_within_cap(stage: Stage) -> None:
    cap = stage.ask.settings.visit_cap
    try:
        async with asyncio.timeout(cap):
            await play_phases(stage)
    except TimeoutError:
        stage.incomplete = True
        text = f"The visit of {stage.ask.url} took longer than {cap:g} s and was ended."
        stage.problems.append(Problem(kind=ProblemKind.CAP, message=text, blinds=WATCHED))
    finally:
        stage.last_order = stage.watch.recorder.now().order
        await _put_down(stage)
    if stage.held:
        stage.note_held()


async def _leave_within_cap(stage: Stage, context: BrowserContext) -> None:
    """Even a browser that is kept busy by the page is left in time; what it did not tell by then is said to be lost."""
    watch = stage.watch
    try:
        async with asyncio.timeout(_LEAVING_CAP):
            await say_farewell(watch, context, pages=stage.answers or not stage.held)
            await watch.each(lambda collector: collector.visit_ends())
    except TimeoutError:
        stage.incomplete = True
        text = f"{stage.ask.url} was not left in time: what it sends on leaving and what it kept in the end are unseen."
        stage.problems.append(Problem(kind=ProblemKind.LOST, message=text, blinds=WATCHED))


async def _put_down(stage: Stage) -> None:
    if stage.player is None:
        return
    try:
        await asyncio.wait_for(stage.player.close(), _PUTTING_DOWN_CAP)
    except TimeoutError:
        log.debug("%s does not let go", stage.ask.url)  # its context is closed over its head


# --- state that is handed on


def _storage(ask: VisitAsk) -> StorageState | str | None:
    if ask.carried is not None:
        return cast(StorageState, orjson.loads(ask.carried.storage))
    return None if ask.scenario.signed_in is None else str(ask.scenario.signed_in)


async def _carried(stage: Stage, context: BrowserContext) -> Carried | None:
    """The state that holds the proved choice. Asking opens pages of the driver's own, so nobody may watch any more."""
    proved = [choice for choice in stage.choices if choice.status is ChoiceStatus.CONFIRMED]
    if not stage.ask.can_carry or stage.ask.carried is not None or len(proved) != 1:
        return None
    try:
        state = await asyncio.wait_for(context.storage_state(indexed_db=True), _DRIVER_CAP)
    except (Error, TimeoutError) as error:
        log.warning("The state of %s cannot be handed on: %s", stage.ask.url, error)
        return None
    return Carried(choice=proved[0], storage=orjson.dumps(state).decode())
