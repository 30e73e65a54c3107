"""DuckDuckGo's autoconsent in our isolated worlds: it recognises interfaces and says what to click; the pointer clicks.

Its success flag is not used: it reports success for rules without any step. Its own synthetic clicks never happen.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from playwright.async_api import Error as PlaywrightError

from crawler.browser.consent.survey import Control, control_of
from crawler.browser.consent.worlds import GoneError, ProbeError, World, Worlds
from crawler.observations import Consent

log = logging.getLogger(__name__)

DETECT_CAP = 1.2
NOTHING = "autoconsent: recognised no interface"
PLAY_CAP = 12.0
"""Seconds: its own steps wait up to ten."""
CONFIG: dict[str, object] = {
    "enabled": True,
    "autoAction": None,
    "disabledCmps": [],
    "enablePrehide": False,
    "enableCosmeticRules": False,
    "enableGeneratedRules": True,
    "detectRetries": 0,
    "isMainWorld": False,
    "prehideTimeout": 0,
    "enableHeuristicDetection": False,
    "enablePopupMutationObserver": False,
    "visualTest": False,
    "logs": dict.fromkeys(("lifecycle", "rulesteps", "detectionsteps", "evals", "errors", "messages", "waits"), False),
}


class Detected(NamedTuple):
    world: World
    rule: str


def _folder() -> Traversable:
    return files("crawler.browser").joinpath("assets", "autoconsent")


@cache
def _script() -> str | None:
    """None: the npm package was not fetched."""
    script = _folder().joinpath("autoconsent.playwright.js")
    return script.read_text("utf-8") if script.is_file() else None


@cache
def _rules() -> tuple[dict[str, Any], ...]:
    """The full rules. The compact ones leave out how to accept."""
    return tuple(json.loads(_folder().joinpath("rules.json").read_text("utf-8"))["autoconsent"])


def rules_for(url: str, *, top: bool) -> list[dict[str, Any]]:
    """Those whose run context fits the frame: the rest would only be parsed and thrown away."""
    fitting = []
    for rule in _rules():
        context = rule.get("runContext") or {}
        if not context.get("main" if top else "frame", top):
            continue
        pattern = context.get("urlPattern")
        if not pattern or re.search(pattern, url):
            fitting.append(rule)
    return fitting


def clicks_of(rule: str, wanted: Consent) -> int | None:
    """How many clicks the rule's steps make in a row; None: that depends on the page, or the rule is code."""
    steps = next((each for each in _rules() if each["name"] == rule), {}).get(
        "optIn" if wanted is Consent.ACCEPTED else "optOut"
    )
    if not steps or any("if" in step or "any" in step for step in steps):
        return None
    return sum("click" in step or "waitForThenClick" in step for step in steps)


class Autoconsent:
    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._planted: dict[World, str] = {}
        """World → its last state: `started`, `nothingDetected` or `popup:<rule>`."""
        self._playing = False

    async def detect(self, tried: list[str]) -> Detected | None:
        """The interface it recognises, in any frame; None: none, or it is not installed."""
        script = _script()
        if script is None:
            tried.append("autoconsent: not installed (run `make setup`)")
            return None
        deadline = time.monotonic() + DETECT_CAP
        for world in await self._worlds.all():
            await self._plant(world, script)
        while True:
            for world, state in self._planted.items():
                if state.startswith("popup:"):
                    return Detected(world, state.partition(":")[2])
            waiting = [world for world, state in self._planted.items() if state == "started"]
            if not waiting or time.monotonic() > deadline:
                if NOTHING not in tried:
                    tried.append(NOTHING)
                return None
            for world in waiting:
                for message in await self._receive(world, 150):
                    await self._note(world, message, tried)

    async def play(
        self, found: Detected, wanted: Consent, click: Callable[[Control], Awaitable[bool]], tried: list[str]
    ) -> int:
        """Lets the rule run; `click` is called with each element it wants clicked. Returns how many were."""
        clicks = 0
        self._playing = True
        deadline = time.monotonic() + PLAY_CAP
        await self._tell(found.world, {"type": "optIn" if wanted is Consent.ACCEPTED else "optOut"})
        while time.monotonic() < deadline:
            messages = await self._receive(found.world, 1000)
            for message in messages:
                if message.get("type") == "click":
                    described = await found.world.call("(index) => consentinel.describe(index)", message["index"])
                    if described is None:
                        tried.append(f"autoconsent:{found.rule}: an element it wanted clicked was gone")
                        continue
                    control = control_of(found.world, described)
                    clicks += await click(control)
                elif message.get("type") in ("optInResult", "optOutResult"):
                    return clicks
                else:
                    await self._note(found.world, message, tried)
        tried.append(f"autoconsent:{found.rule}: did not finish within {PLAY_CAP:g} s")
        return clicks

    async def _plant(self, world: World, script: str) -> None:
        if world in self._planted:
            if self._planted[world] == "nothingDetected":  # the page may have changed since
                self._planted[world] = "started"
                await self._note(world, {"type": "init"}, [])
            return
        try:
            await world.call("() => consentinel.lend()")
            await world.session.send("Runtime.evaluate", {"expression": script, "contextId": world.context})
        except (GoneError, PlaywrightError) as error:
            log.debug("autoconsent could not be planted in %s: %s", world.url, error)
            return
        self._planted[world] = "started"

    async def _receive(self, world: World, cap: float) -> list[dict[str, Any]]:
        try:
            messages = await world.call("(cap) => consentinel.receive(cap)", cap)
        except GoneError:
            self._planted[world] = "gone"
            return [{"type": "optOutResult"}]
        return [message for message in messages if isinstance(message, dict)]

    async def _tell(self, world: World, message: dict[str, Any]) -> None:
        # Not awaited in the page: an opt-out ends only after the clicks we make for it.
        await world.call("(message) => { autoconsentReceiveMessage(message); }", message)

    async def _note(self, world: World, message: dict[str, Any], tried: list[str]) -> None:
        kind = message.get("type")
        if kind == "init":
            rules = rules_for(world.url, top=world.parent is None)
            await self._tell(world, {"type": "initResp", "config": CONFIG, "rules": {"autoconsent": rules}})
        elif kind == "popupFound":
            self._planted[world] = f"popup:{message.get('cmp')}"
        elif kind == "report":
            state = message.get("state")
            if (
                isinstance(state, dict)
                and state.get("lifecycle") == "nothingDetected"
                and self._planted.get(world) == "started"
            ):
                self._planted[world] = "nothingDetected"
        elif kind == "eval":
            await self._tell(
                world, {"type": "evalResp", "id": message.get("id"), "result": await self._eval(world, message, tried)}
            )

    async def _eval(self, world: World, message: dict[str, Any], tried: list[str]) -> object:
        """Rules ask the page's own scripts. Only to recognise: a platform's API may not stand in for a click."""
        code = str(message.get("code"))
        if self._playing or ".click(" in code:
            tried.append(f"autoconsent: its script {message.get('snippetId') or ''} was not run, only clicks are")
            return False
        try:
            # Without a context this runs in the main world of the session's own top frame.
            if world.frame != world.local_root:
                return False
            answer = await world.session.send(
                "Runtime.evaluate", {"expression": code, "returnByValue": True, "awaitPromise": True}
            )
        except PlaywrightError as error:
            log.debug("autoconsent's question failed in %s: %s", world.url, error)
            return False
        return answer.get("result", {}).get("value", False)


__all__ = ["Autoconsent", "Detected", "ProbeError", "rules_for"]
