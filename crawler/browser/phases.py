"""The phase machine: acts, waits until the page is still, reads what shows only at rest, and at last watches on."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from crawler.browser.address_typing import type_address
from crawler.browser.choosing import make_choice
from crawler.browser.consent.player import ConsentPlayer
from crawler.browser.data_layer import note_data_layer
from crawler.browser.grip import end_script, takes_questions
from crawler.browser.journey import play_script, play_step
from crawler.browser.lateness import watch_on
from crawler.browser.lookback import look_back, photograph
from crawler.browser.media import play_media
from crawler.browser.mentions import Mentions
from crawler.browser.moves import come_back, come_home, go_on, leave, load_again, open_page
from crawler.browser.sources import load_maps
from crawler.browser.stage import Stage
from crawler.browser.stillness import QUIET, Stillness, until_still
from crawler.browser.stimuli import read_through
from crawler.observations import Consent
from crawler.scenarios import MADE_BY, Action, Phase
from crawler.settings import Settle
from crawler.visits import Choice, PhaseSpan, ProblemKind

log = logging.getLogger(__name__)

_MOVES: Final = {
    Action.OPEN: open_page,
    Action.RELOAD: load_again,
    Action.NEXT: go_on,
    Action.RETURN: come_back,
}
_PROVING: Final = frozenset({Action.RELOAD, Action.NEXT, Action.RETURN})
"""After these, what the site remembers shows whether a choice took hold."""
_AFTER_READING: Final = 0.15
"""Seconds of quiet after scrolling: what it sets off begins at once."""


async def play_phases(stage: Stage) -> None:
    for phase in stage.phases:
        if not await _play(stage, phase, last=phase is stage.phases[-1]):
            break
    await look_back(stage)
    if stage.answers and stage.ask.settings.source_maps:
        stage.maps = await load_maps(stage.watch)
    stage.of_player()


async def _play(stage: Stage, phase: Phase, *, last: bool) -> bool:
    """One phase. False: no use to go on."""
    watch, settings = stage.watch, stage.ask.settings
    if phase.action is Action.NEXT:
        await look_back(stage)  # the visit is about the page that is being left
    if phase.action is Action.RETURN:
        await leave(stage)  # its last words still belong to the phase before
    watch.recorder.begin_phase(phase.name)
    begins = watch.recorder.elapsed()
    if not await _act(stage, phase):
        return False
    late = last and stage.watches_on
    quiet = QUIET[Settle.FAST if late else settings.settle]  # what comes after that is waited for in another way
    glimpse = asyncio.create_task(_player(stage).glimpse()) if _chooses_after(stage, phase) else None
    try:
        stillness = await until_still(watch, quiet=quiet, cap=settings.phase_cap)
    finally:
        if glimpse is not None:
            glimpse.cancel()
    stage.answers = await _lets_go(stage)
    if stage.answers:
        if phase.action in _PROVING or stage.carried is not None:
            await _confirm(stage)
        if last:
            await _look_at_interface(stage)
        await photograph(stage, phase)
        if last and settings.typed_address and await type_address(stage, settings.typed_address):
            await until_still(watch, quiet=quiet, cap=settings.phase_cap, needs_load=False)
        await watch.each(lambda collector: collector.phase_ends())
        if late and stillness.loaded and not stage.held:
            await _watch_on(stage, phase)
    if stage.answers and stage.ask.scenario.script:
        await note_data_layer(stage, phase.name)
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
    return stage.answers and not stage.held


async def _lets_go(stage: Stage) -> bool:
    """Whether the page takes questions; a script that holds it is ended, as all that it did is told only then."""
    if stage.watch.crashed:
        return False
    if await takes_questions(stage.watch):
        return True
    stage.held = True
    return await end_script(stage.watch)


async def _act(stage: Stage, phase: Phase) -> bool:
    if (move := _MOVES.get(phase.action)) is not None:
        if stage.carried is not None:
            stage.carried = _under_carried(stage, stage.carried)
        return await move(stage, phase)
    if phase.action in MADE_BY or phase.action is Action.DISMISS:
        wanted, home = MADE_BY.get(phase.action, Consent.UNDECIDED), stage.page.url
        await make_choice(stage, _player(stage), wanted, phase.name)
        return await come_home(stage, phase, home)
    if phase.step is not None:
        return await play_step(stage, phase.step, _player(stage))
    if phase.action is Action.STEPS and stage.ask.scenario.journey_script is not None:
        return await play_script(stage, stage.ask.scenario.journey_script)
    stage.incomplete = True
    stage.problem(ProblemKind.NO_CONTROL, f"There is no way to play the step {phase.name!r} here.", phase=phase.name)
    return True


def _chooses_after(stage: Stage, phase: Phase) -> bool:
    return phase.action is Action.OPEN and bool(stage.ask.scenario.choices) and stage.carried is None


def _player(stage: Stage) -> ConsentPlayer:
    if stage.player is None:
        stage.player = ConsentPlayer(
            stage.page,
            recipe=stage.ask.recipe,
            stamp=stage.watch.recorder.choose,
            now=stage.watch.recorder.elapsed,
            evidence_dir=stage.ask.evidence_dir,
            cap=stage.ask.settings.phase_cap,
            mentioned=Mentions(stage.watch).any,
        )
    return stage.player


def _under_carried(stage: Stage, choice: Choice) -> Choice:
    """All of this page is under the choice that was made on another one, so no time of it is the choice's."""
    _, order = stage.watch.recorder.choose(choice.wanted)
    carried = choice.model_copy(update={"at": None, "order": order, "clicks": ()})
    stage.choices = [carried]
    return carried


async def _confirm(stage: Stage) -> None:
    """The last choice is the one that the site should remember."""
    made = [choice for choice in stage.choices if choice.order is not None]
    if not made:
        return
    last = made[-1]
    confirmed = await _player(stage).confirm(last)
    stage.choices = [confirmed if choice is last else choice for choice in stage.choices]


async def _look_at_interface(stage: Stage) -> None:
    if stage.ask.scenario.script and not stage.interfaces:
        stage.interfaces = await _player(stage).interfaces()


async def _watch_on(stage: Stage, phase: Phase) -> None:
    """The page is read to its end and followed through its first half minute. Nothing is played on it afterwards."""
    watch, settings = stage.watch, stage.ask.settings
    await read_through(stage.page)
    await play_media(stage)
    await until_still(watch, quiet=_AFTER_READING, cap=settings.phase_cap, needs_load=False)
    if stage.ask.scenario.script and watch.loaded_at is not None:
        virtual = settings.settle is Settle.STANDARD
        stage.lateness = await watch_on(watch, since=watch.loaded_at, virtual=virtual)
        stage.answers = await _lets_go(stage)
        if stage.lateness.stuck and not stage.held:
            text = (
                f"{stage.ask.url} is never idle, so its timers could not be brought forward: what it does later than "
                f"{stage.lateness.watched:g} s after loading is unseen. `visit.settle: patient` waits for it."
            )
            stage.problem(ProblemKind.CAP, text, phase=phase.name)
        if stage.answers:
            await _look_at_interface(stage)  # one that comes late, or after scrolling
        if stage.answers and not virtual:  # databases give no answer while a page's clock stands still
            await watch.each(lambda collector: collector.phase_ends())


def _note_unrest(stage: Stage, phase: Phase, stillness: Stillness) -> None:
    if stage.watch.crashed:
        stage.incomplete = True
        stage.problem(
            ProblemKind.CRASH, f"The tab of {stage.ask.url} crashed; what was seen before is kept.", phase=phase.name
        )
    elif stage.held:
        stage.incomplete = True  # told at the end of the visit, when it is known how much came
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
