"""What a page does long after it has loaded: its timers of up to half a minute are brought forward, or waited for.

Only when all else of a visit is done. A page whose clock was moved stays with its clock stopped, so consent interfaces
can no longer be played there; and the page's own `Date` is ahead from then on. Our own times stay real.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from crawler.browser.cdp import CommandError, Session
from crawler.browser.stillness import until_still
from crawler.browser.watch import Watch
from crawler.observations import TargetKind

log = logging.getLogger(__name__)

MARKS: Final = (2.0, 5.0, 10.0, 30.0)
"""Seconds after loading; what comes after each is told apart."""
BEYOND: Final = 2.0
"""Seconds watched beyond the last mark, so that a timer of thirty seconds is seen whenever it was set."""
REAL_CAP: Final = 3.0
"""Seconds that all of it may take when the clock is moved."""
_STEP_CAP: Final = 0.8
"""Seconds for one stretch: 0.02 is usual, and a page that is never idle does not get there at all."""
_CALM: Final = 0.06
"""Seconds without activity after a stretch. Answers from afar are waited for, as long as the cap allows."""
_ANSWERS_CAP: Final = 1.0
_WAITS_FOR_ANSWERS: Final = "pauseIfNetworkFetchesPending"
_GOES_ON: Final = "advance"


@dataclass(frozen=True, slots=True)
class Lateness:
    marks: tuple[tuple[float, int], ...] = ()
    """Seconds after loading, and the order of arrival at that moment, for each mark that was reached."""
    watched: float = 0.0
    """Seconds of the page's life after loading that were seen."""
    stuck: bool = False
    """The page did not let its clock be moved."""


async def watch_on(watch: Watch, *, since: float, virtual: bool) -> Lateness:
    """`since`: seconds of the visit at which the page had loaded. Without `virtual`, the time is really waited."""
    return await (_brought_forward if virtual else _waited)(watch, since)


async def _waited(watch: Watch, since: float) -> Lateness:
    marks: list[tuple[float, int]] = []
    for mark in (*MARKS, MARKS[-1] + BEYOND):
        left = since + mark - watch.recorder.elapsed()
        if left > 0:
            await _until_crash(watch, left)
        if watch.crashed:
            break
        marks.append((mark, watch.recorder.now().order))
    return Lateness(_told(marks), round(watch.recorder.elapsed() - since, 1))


async def _until_crash(watch: Watch, seconds: float) -> None:
    deadline = monotonic() + seconds
    while not watch.crashed and (left := deadline - monotonic()) > 0:
        watch.stirred.clear()
        try:
            await asyncio.wait_for(watch.stirred.wait(), left)
        except TimeoutError:
            return


async def _brought_forward(watch: Watch, since: float) -> Lateness:
    deadline = monotonic() + REAL_CAP
    age = watch.recorder.elapsed() - since
    marks = [(mark, watch.recorder.now().order) for mark in MARKS if mark <= age]
    stuck = False
    for mark in (*MARKS, MARKS[-1] + BEYOND):
        if mark <= age:
            continue
        if monotonic() >= deadline or watch.crashed:
            return Lateness(_told(marks), round(age, 1), stuck)
        if not await _stretch(watch, mark - age, deadline):
            stuck = True
            break
        age = mark
        marks.append((mark, watch.recorder.now().order))
    if not stuck:
        await _workers(watch, MARKS[-1] + BEYOND, deadline)
    return Lateness(_told(marks), round(age, 1), stuck)


async def _stretch(watch: Watch, seconds: float, deadline: float) -> bool:
    """Lets that much of the page's time pass at once, in all its windows and frames; False: it did not pass."""
    now = watch.recorder.elapsed()
    # A request that is held open on purpose would stop the clock for good.
    held = watch.exchanges.streaming(now) or watch.exchanges.pending(now)
    passed = await _pass(watch, seconds, _GOES_ON if held else _WAITS_FOR_ANSWERS, deadline)
    if not passed and not held and monotonic() < deadline:
        passed = await _pass(watch, seconds, _GOES_ON, deadline)
    await until_still(watch, quiet=_CALM, cap=min(_ANSWERS_CAP, max(0.05, deadline - monotonic())), needs_load=False)
    return passed


async def _pass(watch: Watch, seconds: float, policy: str, deadline: float) -> bool:
    # Dedicated workers have a clock of their own, but a grant to one takes away that of the frame it belongs to.
    frames = [session for session in watch.scene.sessions() if not session.is_worker]
    watch.expired.clear()
    granted = await asyncio.gather(*(_grant(watch, session, seconds, policy) for session in frames))
    waiting = {session.id for session, given in zip(frames, granted, strict=True) if given}
    if watch.main is None or watch.main.id not in waiting:
        return False
    cap = min(deadline, monotonic() + _STEP_CAP)
    while not watch.crashed:
        live = waiting & {session.id for session in watch.scene.sessions()}
        left = cap - monotonic()
        if not live - watch.expired:
            return True
        if left <= 0:
            # The page itself counts; of some frames the browser never tells that their time has passed.
            return watch.main.id in watch.expired
        watch.stirred.clear()
        try:
            await asyncio.wait_for(watch.stirred.wait(), left)
        except TimeoutError:
            continue
    return False


async def _grant(watch: Watch, session: Session, seconds: float, policy: str) -> bool:
    ask = {"policy": policy, "budget": round(seconds * 1000)}
    try:
        await watch.scene.tap.command("Emulation.setVirtualTimePolicy", ask, session=session, cap=REAL_CAP)
    except CommandError as error:
        log.debug("the clock of %s cannot be moved: %s", session.url, error)
        return False
    return True


async def _workers(watch: Watch, seconds: float, deadline: float) -> None:
    """After the frames. Nothing tells when a worker's time has passed; it takes some milliseconds."""
    workers = [session for session in watch.scene.sessions() if session.kind is TargetKind.WORKER]
    if workers and monotonic() < deadline:
        await asyncio.gather(*(_grant(watch, session, seconds, _GOES_ON) for session in workers))
        await until_still(watch, quiet=2 * _CALM, cap=max(0.05, deadline - monotonic()), needs_load=False)


def _told(marks: Iterable[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
    """What lies beyond the last mark is watched, but is no mark."""
    return tuple((mark, order) for mark, order in marks if mark in MARKS)
