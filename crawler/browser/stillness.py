"""When a page is done: network and storage quiet for a while, with a cap. Evidence, never a fixed sleep."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from crawler.browser.watch import Watch
from crawler.settings import Settle

QUIET = {Settle.FAST: 0.25, Settle.STANDARD: 0.5, Settle.PATIENT: 2.0}
"""Seconds without any request, answer, or storage or cookie write. Tag managers chain within about 0.2 s."""


@dataclass(frozen=True, slots=True)
class Stillness:
    reached: bool
    loaded: bool
    ended_by: str
    """In words, for `PhaseSpan.ended_by`."""


async def until_still(watch: Watch, *, quiet: float, cap: float, needs_load: bool = True) -> Stillness:
    """Waits until the page has loaded, nothing is under way, and nothing happened for `quiet` seconds."""
    watch.last_activity = monotonic()  # what went before is no evidence about what was just done
    deadline = monotonic() + cap
    while True:
        now = monotonic()
        elapsed = watch.recorder.elapsed()
        loaded = watch.loaded or not needs_load
        calm = now - watch.last_activity
        if loaded and calm < quiet and now < deadline and not watch.crashed:
            await _until_stirred(watch, min(quiet - calm, deadline - now))
            continue
        pending, streams = watch.exchanges.pending(elapsed), watch.exchanges.streaming(elapsed)
        if watch.crashed:
            return Stillness(False, loaded, "the page crashed")
        if loaded and pending == 0 and calm >= quiet:
            beside = f", {streams} stream(s) left open" if streams else ""
            return Stillness(True, loaded, f"quiet for {quiet:g} s{beside}")
        if now >= deadline:
            why = f"{pending} request(s) under way" if pending else "never quiet" if loaded else "still loading"
            return Stillness(False, loaded, f"cap of {cap:g} s: {why}")
        await _until_stirred(watch, min(_RECHECK, deadline - now))


async def _until_stirred(watch: Watch, cap: float) -> None:
    watch.stirred.clear()
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.005, cap)):
            await watch.stirred.wait()


_RECHECK = 0.25
"""Seconds after which a held-open fetch is looked at again: turning into a stream sends no message."""
