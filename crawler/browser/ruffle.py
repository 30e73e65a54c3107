"""The second look at a page that embeds Flash: in the same state, with Ruffle to play it, apart from the record.

Whatever the page itself does again stays out of the visit; only what the Flash programs do is added to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import orjson
from playwright.async_api import BrowserContext, Error, Frame, Page, Route

from crawler.browser.cdp import Command, CommandError, Session
from crawler.browser.collectors.flash import FlashCollector, Played
from crawler.browser.exchanges import Exchanges, Hop
from crawler.browser.farewell import say_farewell
from crawler.browser.probes import Probes
from crawler.browser.ruffle_files import FOLDER, TYPES, served
from crawler.browser.ruffle_films import hand_over, read_films
from crawler.browser.stage import Stage
from crawler.browser.stillness import until_still
from crawler.browser.watch import Watch
from crawler.flash.markup import is_film

log = logging.getLogger(__name__)

PHASE: Final = "flash"
_CAP: Final = 40.0
"""Seconds for the whole second look; compiling the player takes two to four on a slow machine."""
_BEYOND: Final = 20.0
"""Seconds that it may last beyond the cap of the visit."""
_START_CAP: Final = 20.0
"""Seconds in which a player must appear and have its film."""
_EMBED_CAP: Final = 2.0
"""Seconds of a page at rest in which it may put a film in, now that a player is there."""
_QUIET: Final = 1.0
_RECHECK: Final = 0.25
_ANSWER_CAP: Final = 3.0
_STATES: Final = """() => {
  if (document.readyState !== 'complete') return null;
  const players = [...document.querySelectorAll('ruffle-object, ruffle-embed, ruffle-player')];
  return players.map((one) => {
    try { return one.readyState ?? one.ruffle().readyState; } catch { return 0; }
  });
}"""
_LOADED: Final = 2
"""Ruffle's `ReadyState.Loaded`."""
_CONFIG: Final = {
    "polyfills": True,
    "autoplay": "on",
    "unmuteOverlay": "hidden",
    "splashScreen": False,
    "contextMenu": "off",
    "warnOnUnsupportedContent": False,
    "openUrlMode": "deny",
    "logLevel": "error",
}


async def play_flash(stage: Stage, context: BrowserContext, probes: Probes) -> None:
    """Call when the visit's own record is complete and its context still there. No Flash seen: nothing is done."""
    flash = next((one for one in stage.watch.collectors if isinstance(one, FlashCollector)), None)
    if flash is None or not flash.found or not stage.ask.scenario.script or not stage.seen:
        return
    scene = replace(stage.watch.scene, exchanges=Exchanges(), documents={})
    scene.recorder.begin_phase(PHASE)
    watch = _Watch(scene, probes=probes, scenario=stage.ask.scenario, settings=stage.ask.settings)
    scene.tap.watch(scene.context, watch)
    second = watch.collector(FlashCollector)
    played = flash.played = Played(second=second)
    known = flash.film_addresses()
    try:
        # The frontier gives up on a visit some time after the visit's own cap.
        left = stage.ask.settings.visit_cap + _BEYOND - scene.recorder.elapsed()
        async with asyncio.timeout(min(_CAP, left)):
            page = await context.new_page()
            there = await read_films(watch, known, at=stage.ask.url)
            if known and not there:
                played.note = "None of the Flash films that the page names is there"
            elif not (FOLDER / "ruffle.js").is_file():
                played.note = "Ruffle is not there to play it: `make setup` fetches it, a wheel brings it along"
            else:
                with served(FOLDER) as played.address:
                    await _play(stage, page, watch, played, known, there)
                    await read_films(watch, second.film_addresses() - second.films.keys() - known, at=stage.ask.url)
                    await say_farewell(watch, context)
            await watch.each(lambda collector: collector.visit_ends())
    except (Error, CommandError, TimeoutError) as error:
        reason = str(error).strip().partition("\n")[0] or "it took too long"
        log.debug("playing the Flash content of %s: %s", stage.ask.url, reason)
        played.note = f"Ruffle could not play it to its end: {reason}"
    played.requests = tuple(hop for hop in scene.exchanges.hops if _by_flash(hop, played.address))
    if watch.problems:
        played.note = played.note or watch.problems[0].message


class _Watch(Watch):
    def prepare(self, session: Session) -> Sequence[Command]:
        """Flash was never held back by a page's content security policy, and the player would be."""
        commands = [*super().prepare(session)]
        if not session.is_worker:
            commands.append(Command("Page.setBypassCSP", {"enabled": True}))
        return commands


async def _play(
    stage: Stage, page: Page, watch: Watch, played: Played, known: frozenset[str], there: Mapping[str, bytes]
) -> None:
    await _let_load(watch)
    config = orjson.dumps({**_CONFIG, "publicPath": played.address}).decode()
    player = (FOLDER / "ruffle.js").read_text(encoding="utf-8")
    context = page.context
    await context.add_init_script(f"window.RufflePlayer = {{config: {config}}};\n{player}")
    await context.route(lambda url: is_film(url) or url in known, partial(hand_over, watch, there))
    if _is_insecure(stage.ask.url):
        await context.route(lambda url: url.startswith(played.address), _hand_over_player)
    watch.loaded = False
    await page.goto(stage.ask.url, wait_until="commit", timeout=stage.ask.settings.navigation_cap * 1000)
    states = await _until_playing(watch, page, known)
    await until_still(watch, quiet=_QUIET, cap=stage.ask.settings.phase_cap, needs_load=False)
    await watch.collector(FlashCollector).phase_ends()
    played.players = sum(state >= _LOADED for state in states)
    if not states:
        played.note = "Ruffle was there, but the page put no film in"
    elif played.players < len(states):
        played.note = f"{len(states) - played.players} of {len(states)} films did not load in Ruffle"


async def _let_load(watch: Watch) -> None:
    """Pages on the open web need leave to load from this machine; older browsers do not know the question."""
    try:
        await watch.scene.tap.command(
            "Browser.grantPermissions",
            {"permissions": ["localNetworkAccess", "loopbackNetwork"], "browserContextId": watch.scene.context},
        )
    except CommandError as error:
        log.debug("leave to load from loopback: %s", error)


async def _until_playing(watch: Watch, page: Page, known: frozenset[str]) -> list[int]:
    """Waits until each player has its film, or no film will come; returns their states."""
    deadline = monotonic() + _START_CAP
    empty_since: float | None = None
    last: list[int] = []
    while True:
        told = [await _states(frame) for frame in page.frames]
        states = [state for one in told for state in one or ()]
        last = states or last
        if states and sum(state < _LOADED for state in states) <= _refused(watch, known):
            return last
        now = monotonic()
        busy = None in told or watch.exchanges.pending(watch.recorder.elapsed()) > 0
        at_rest = watch.loaded and not busy and not states
        empty_since = (empty_since or now) if at_rest else None
        if now >= deadline or (empty_since is not None and now - empty_since >= _EMBED_CAP):
            return last
        watch.stirred.clear()
        try:
            await asyncio.wait_for(watch.stirred.wait(), _RECHECK)
        except TimeoutError:
            continue


def _refused(watch: Watch, known: frozenset[str]) -> int:
    """Films that are not there."""
    return sum(
        hop.ended is not None and hop.status != 200
        for hop in watch.exchanges.hops
        if is_film(hop.url) or hop.url in known
    )


async def _states(frame: Frame) -> list[int] | None:
    """Of its players; None: it is not loaded, or does not answer."""
    try:
        found: list[int] | None = await asyncio.wait_for(frame.evaluate(_STATES), _ANSWER_CAP)
    except (Error, TimeoutError) as error:
        log.debug("players in %s: %s", frame.url, error)  # the frame has left, or is busy compiling the player
        return None
    return found


def _is_insecure(url: str) -> bool:
    """Such pages may not load from this machine, with or without leave; slower ways are open to them."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "http" and host != "127.0.0.1" and not f".{host}".endswith(".localhost")


async def _hand_over_player(route: Route) -> None:
    path = FOLDER / urlsplit(route.request.url).path.rpartition("/")[2]
    try:
        if path.suffix in TYPES and path.is_file():
            headers = {"Content-Type": TYPES[path.suffix], "Access-Control-Allow-Origin": "*"}
            await route.fulfill(status=200, headers=headers, body=path.read_bytes())
        else:
            await route.abort()
    except Error as error:
        log.debug("player file %s: %s", path.name, error)  # its page has gone


def _by_flash(hop: Hop, address: str) -> bool:
    """Asked for by a film: the player's own code stands in the stack, and it is neither the player nor a film."""
    if not address or hop.url.startswith(address) or is_film(hop.url) or not hop.on_the_wire:
        return False
    stack = hop.initiator.get("stack")
    while stack is not None:
        if any(frame["url"].startswith(address) for frame in stack.get("callFrames", ())):
            return True
        stack = stack.get("parent")
    return False
