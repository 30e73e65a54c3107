"""Plays journeys: each step is a span of the visit, and a step that fails is a problem, never a silence."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from inspect import iscoroutinefunction
from pathlib import Path
from typing import cast
from urllib.parse import urljoin

from playwright.async_api import Error, Locator, Page

from crawler.browser.address_typing import note_typed
from crawler.browser.choosing import make_choice
from crawler.browser.consent.player import ConsentPlayer
from crawler.browser.consent.recipe import locator as by_selector
from crawler.browser.consent.recipe import shown_texts
from crawler.browser.data_layer import note_data_layer
from crawler.browser.stage import Stage
from crawler.browser.stillness import QUIET, until_still
from crawler.journeys import SECRET, JourneyStep, Target
from crawler.visits import PhaseSpan, ProblemKind

log = logging.getLogger(__name__)

SHORTEST_SECRET = 4
"""Shorter ones stand in every second word, and could not be kept out of the record."""
_PICTURE_CAP = 10_000.0


class StepFaultError(Exception):
    """Why a step cannot be played: the page's doing, or the journey's."""


class MisfitError(StepFaultError):
    """What the step names does not single out one element of the page."""


async def play_step(stage: Stage, step: JourneyStep, player: ConsentPlayer) -> bool:
    """False: it could not be played, which the stage now tells; what follows makes no sense."""
    try:
        await _do(stage, step, player)
    except (StepFaultError, Error) as error:
        # On a start page a misfit is a mistake in the user's file; elsewhere the page may simply be another kind.
        theirs = isinstance(error, MisfitError) and stage.ask.scenario.written_in is not None and stage.ask.entry
        kind = ProblemKind.RECIPE if theirs else ProblemKind.STEP
        await _failed(stage, step.name, f"{step} {_reason(error)}", where=step.where, kind=kind)
        return False
    return True


async def play_script(stage: Stage, script: Path) -> bool:
    """The user's own `async def journey(page, step)`; each `async with step("name"):` is a span."""
    try:
        journey = _load(script)
    except StepFaultError as error:
        await _failed(stage, "script", str(error))
        return False
    steps = ScriptSteps(stage)
    try:
        await journey(stage.page, steps)
    except Exception as error:  # the user's script may raise anything; it must not end the visit
        log.debug("the script %s failed", script, exc_info=error)
        await _failed(stage, steps.current, f"{script.name}:{_line(error, script)}: {_reason(error)}")
        return False
    return True


class ScriptSteps:
    """What a script gets as `step`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.current = "script"

    def secret(self, name: str) -> str:
        """A value of the environment, which will be kept out of the record."""
        return _secret(self._stage, name)

    @asynccontextmanager
    async def __call__(self, name: str) -> AsyncIterator[None]:
        stage, settings = self._stage, self._stage.ask.settings
        self.current = name
        stage.watch.recorder.begin_phase(name)
        begins = stage.watch.recorder.elapsed()
        yield
        stillness = await until_still(stage.watch, quiet=QUIET[settings.settle], cap=settings.phase_cap)
        await stage.watch.each(lambda collector: collector.phase_ends())
        await note_data_layer(stage, name)
        stage.spans.append(
            PhaseSpan(
                name=name,
                consent=stage.watch.recorder.consent,
                begins=round(begins, 3),
                ends=round(stage.watch.recorder.elapsed(), 3),
                ended_by=stillness.ended_by,
            )
        )
        self.current = "script"
        stage.watch.recorder.begin_phase("script")


async def _do(stage: Stage, step: JourneyStep, player: ConsentPlayer) -> None:
    page, cap = stage.page, step.timeout * 1000
    if step.open is not None:
        await _open(stage, urljoin(stage.ask.url, step.open))
        return
    if step.press is not None:
        await page.keyboard.press(step.press)
        return
    if step.scroll == "end":
        await page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        return
    target = step.target
    assert target is not None, "the model allows only actions with a target here"
    found = await _one(page, target, cap)
    match step.action:
        case "click" if step.makes is not None:
            choice = await make_choice(stage, player, step.makes, step.name, by=found)
            if choice.order is None:
                raise StepFaultError(choice.why)
        case "click":
            await found.click(timeout=cap)
        case "fill":
            value = _resolved(stage, step)
            note_typed(stage, value)
            await found.fill(value, timeout=cap)
        case "select":
            await found.select_option(_resolved(stage, step), timeout=cap)
        case "scroll":
            await found.scroll_into_view_if_needed(timeout=cap)


async def _open(stage: Stage, url: str) -> None:
    stage.watch.loaded = False
    answer = await stage.page.goto(url, wait_until="commit", timeout=stage.ask.settings.navigation_cap * 1000)
    if answer is not None and answer.status >= 400:
        raise StepFaultError(f"was answered with HTTP {answer.status}")


async def _one(page: Page, target: Target, cap: float) -> Locator:
    """The one visible element that is meant. Raises StepFaultError."""
    located = _locator(page, target)
    if target.nth is not None:
        located = located.nth(target.nth)
    try:
        await located.first.wait_for(state="visible", timeout=cap)
    except Error as error:
        if "Timeout" in error.message:
            raise MisfitError(f"found no visible element within {cap / 1000:g} s") from error
        raise
    if (count := await located.count()) != 1:
        shown = await shown_texts(located)
        raise MisfitError(f"fits {count} elements ({shown}); name it more closely, or say which with `nth`")
    return located


def _locator(page: Page, target: Target) -> Locator:
    if target.role is not None:
        # Playwright's type lists the roles; an unknown one simply fits nothing.
        return page.get_by_role(cast("object", target.role), name=target.name, exact=target.exact)  # type: ignore[arg-type]
    if target.label is not None:
        return page.get_by_label(target.label, exact=target.exact)
    if target.placeholder is not None:
        return page.get_by_placeholder(target.placeholder, exact=target.exact)
    if target.text is not None:
        return page.get_by_text(target.text, exact=target.exact)
    if target.test_id is not None:
        return page.get_by_test_id(target.test_id)
    found = by_selector(page, target.selector or "")
    if isinstance(found, str):
        raise MisfitError(found)
    return found


def _resolved(stage: Stage, step: JourneyStep) -> str:
    return SECRET.sub(lambda match: _secret(stage, match[1]), step.value)


def _secret(stage: Stage, name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise StepFaultError(f"needs the environment variable {name}, which is not set")
    if len(value) < SHORTEST_SECRET:
        raise StepFaultError(f"needs the environment variable {name} to have at least {SHORTEST_SECRET} characters")
    if value not in stage.secrets:
        stage.secrets.append(value)
    return value


async def _failed(stage: Stage, name: str, what: str, *, where: str = "", kind: ProblemKind = ProblemKind.STEP) -> None:
    stage.incomplete = True
    picture = await _picture(stage, name)
    told = f"Screenshot: {picture}." if picture else "There is no screenshot."
    stage.problem(
        kind,
        f"{where}The step {name!r} of {stage.ask.scenario.name!r} could not be played on {stage.page.url}: "
        f"{what}. {told} What comes after it was not played.",
        phase=name,
    )


async def _picture(stage: Stage, name: str) -> str | None:
    """None where pictures are off, or could show a secret that was typed."""
    folder = stage.ask.evidence_dir
    if folder is None or stage.secrets:
        return None
    file = f"{stage.ask.id}-failed-{''.join(one if one.isalnum() else '-' for one in name)}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        await stage.page.screenshot(path=folder / file, timeout=_PICTURE_CAP)
    except (Error, OSError) as error:
        log.warning("No screenshot of the failed step %s: %s", name, error)
        return None
    stage.screenshots.append(file)
    return file


def _load(script: Path) -> Callable[[Page, ScriptSteps], Awaitable[None]]:
    spec = importlib.util.spec_from_file_location("consentinel_journey", script)
    if spec is None or spec.loader is None or not script.is_file():
        raise StepFaultError(f"{script}: there is no Python file here")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's file may raise anything
        raise StepFaultError(f"{script.name}:{_line(error, script)}: {_reason(error)}") from error
    journey = getattr(module, "journey", None)
    if not iscoroutinefunction(journey):
        raise StepFaultError(f"{script}: has no `async def journey(page, step)`")
    return cast("Callable[[Page, ScriptSteps], Awaitable[None]]", journey)


def _line(error: BaseException, script: Path) -> int:
    """The innermost line of the user's own file."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(script):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
