"""Plays a page's own video and sound once all is accepted, muted and fast: some report how far they were played.

Without a click: a player that waits for one shows what it does before it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from playwright.async_api import Error, Frame

from crawler.browser.stage import Stage
from crawler.observations import Consent, NameValue

log = logging.getLogger(__name__)

_CONSENTING: Final = frozenset({Consent.ACCEPTED, Consent.PARTIAL})
_SPEED: Final = 8
"""Half a minute, as spots have at most, passes in less than the cap."""
_CAP: Final = 4.0
"""Seconds for all of it; a page without media takes none."""
_ANSWER_CAP: Final = 2.0
_MOST_FRAMES: Final = 10
_PLAY: Final = """async ([speed, cap]) => {
  const has = (one) => one.currentSrc || one.srcObject || one.src || one.querySelector('source[src]');
  const media = [...document.querySelectorAll('video, audio')].filter(has).slice(0, 4);
  const late = new Promise((resolve) => setTimeout(resolve, cap * 1000));
  const played = media.map(async (one) => {
    const ended = new Promise((resolve) => one.addEventListener('ended', resolve, { once: true }));
    one.muted = true;
    one.playbackRate = speed;
    const begun = await Promise.race([one.play().then(() => true), late]);
    if (begun) await Promise.race([ended, late]);
    return begun ? one.currentTime : 0;
  });
  return (await Promise.allSettled(played)).map((one) => one.value ?? 0);
}"""


async def play_media(stage: Stage) -> None:
    """Leaves a fact with the seconds played; nothing where there is no media, or no consent to it."""
    if stage.watch.recorder.consent not in _CONSENTING or not stage.ask.scenario.script:
        return
    frames = stage.page.frames[:_MOST_FRAMES]
    told = await asyncio.gather(*(_play(frame) for frame in frames))
    seconds = [second for one in told for second in one]
    if seconds:
        value = f"{sum(second > 0 for second in seconds)} of {len(seconds)}, up to {max(seconds):.1f} s"
        stage.facts.append(NameValue(name="media_played", value=value))


async def _play(frame: Frame) -> list[float]:
    try:
        played: list[float] = await asyncio.wait_for(frame.evaluate(_PLAY, [_SPEED, _CAP]), _CAP + _ANSWER_CAP)
    except (Error, TimeoutError) as error:
        log.debug("media in %s: %s", frame.url, error)  # the frame went, or is too busy to answer
        return []
    return played
