"""Isolated worlds: our probe beside the page's scripts in every frame, where the page neither sees nor breaks it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError

log = logging.getLogger(__name__)

WORLD = "consentinel"
PATIENCE = 5.0
"""Seconds an answer may take: a page's own clock may stand still (virtual time), so its timers cap nothing."""

TURN = 8.0
"""Seconds that a page may be on its way to another process, in which it answers nothing."""

Json = dict[str, Any]
"""A page's answer as it came: it is validated where it is read."""


class GoneError(Exception):
    """The frame navigated or was removed while we asked."""


@dataclass(frozen=True, eq=False)
class World:
    """Our isolated world in one frame."""

    session: CDPSession
    context: int
    frame: str
    """CDP frame id."""
    url: str
    parent: World | None
    local_root: str
    """Frame id of the topmost frame in the same DevTools target: coordinates of this session are relative to it."""

    async def call(self, function: str, *arguments: object) -> Any:
        """Calls a JavaScript function expression with JSON arguments; raises GoneError."""
        try:
            answer = await asyncio.wait_for(
                self.session.send(
                    "Runtime.callFunctionOn",
                    {
                        "functionDeclaration": function,
                        "executionContextId": self.context,
                        "arguments": [{"value": argument} for argument in arguments],
                        "returnByValue": True,
                        "awaitPromise": True,
                    },
                ),
                PATIENCE,
            )
        except (PlaywrightError, TimeoutError) as error:
            raise GoneError(f"{self.url}: {error}") from error
        if "exceptionDetails" in answer:
            raise ProbeError(str(answer["exceptionDetails"].get("exception", {}).get("description", answer)))
        return answer["result"].get("value")

    async def origin(self) -> tuple[float, float]:
        """Where this frame's viewport begins in the page's; raises GoneError."""
        if self.parent is None:
            return 0.0, 0.0
        session = self.parent.session
        try:
            owner = await session.send("DOM.getFrameOwner", {"frameId": self.frame})
            model = await session.send("DOM.getBoxModel", {"backendNodeId": owner["backendNodeId"]})
        except PlaywrightError as error:
            raise GoneError(f"{self.url}: {error}") from error
        x, y = model["model"]["content"][:2]
        root = self.parent
        while root.parent is not None and root.frame != root.local_root:
            root = root.parent
        left, top = await root.origin()
        return left + x, top + y


class ProbeError(Exception):
    """Our own script failed in the page: a bug, or a page that breaks even isolated worlds."""


@dataclass
class Worlds:
    """The isolated worlds of a page, made on demand and kept while their frames live."""

    page: Page
    _root: CDPSession | None = None
    _outer: dict[int, CDPSession] = field(default_factory=dict)
    _made: dict[tuple[str, str], World] = field(default_factory=dict)
    """(frame id, loader id) → its world, so that a look at a page costs one question a frame."""
    _probe: str = field(
        default_factory=lambda: files("crawler.browser.consent").joinpath("probe.js").read_text("utf-8")
    )

    async def all(self) -> list[World]:
        """Every frame that can be reached now, the top frame first. Raises GoneError when the page itself is gone."""
        try:
            if self._root is None:
                self._root = await self.page.context.new_cdp_session(self.page)
            tree = (await asyncio.wait_for(self._root.send("Page.getFrameTree"), TURN))["frameTree"]
        except (PlaywrightError, TimeoutError) as error:
            raise GoneError(f"{self.page.url}: {error}") from error
        worlds: list[World] = []
        await self._plant(self._root, tree, None, tree["frame"]["id"], worlds)
        if not worlds:
            raise GoneError(f"{self.page.url}: the top frame is navigating")
        await self._plant_outer(worlds)
        return worlds

    async def _plant(
        self, session: CDPSession, tree: Json, parent: World | None, local_root: str, worlds: list[World]
    ) -> None:
        frame = tree["frame"]
        key = (frame["id"], frame["loaderId"])
        world = self._made.get(key)
        try:
            if (
                world is None
                or world.session is not session
                or not await world.call("() => 'consentinel' in globalThis")
            ):
                made = await session.send("Page.createIsolatedWorld", {"frameId": frame["id"], "worldName": WORLD})
                world = World(session, made["executionContextId"], frame["id"], frame["url"], parent, local_root)
                await world.call(self._probe)
        except (PlaywrightError, GoneError) as error:
            self._made.pop(key, None)
            log.debug("no isolated world in %s: %s", frame["url"], error)
            return
        self._made[key] = world
        worlds.append(world)
        for child in tree.get("childFrames", ()):
            await self._plant(session, child, world, local_root, worlds)

    async def _plant_outer(self, worlds: list[World]) -> None:
        """Frames of other sites live in their own processes, each with its own session."""
        local = sum(1 for _ in worlds)
        if len(self.page.frames) <= local:
            return
        known = {world.frame for world in worlds}
        for frame in self.page.frames[1:]:
            session = self._outer.get(id(frame))
            if session is None:
                try:
                    session = await self.page.context.new_cdp_session(frame)
                except PlaywrightError:  # shares its parent's process, so it is in the tree above
                    continue
                self._outer[id(frame)] = session
            try:
                tree = (await session.send("Page.getFrameTree"))["frameTree"]
            except PlaywrightError:  # navigated into another process, or removed: the next round asks anew
                self._outer.pop(id(frame), None)
                continue
            if tree["frame"]["id"] in known:
                continue
            known.add(tree["frame"]["id"])
            parent = next((w for w in worlds if w.url == getattr(frame.parent_frame, "url", None)), worlds[0])
            await self._plant(session, tree, parent, tree["frame"]["id"], worlds)

    async def main(self) -> World:
        return (await self.all())[0]

    async def admit_closed_roots(self) -> int:
        """Hands the probe the closed shadow roots, which only DevTools can open. Returns how many there are."""
        admitted = 0
        for world in await self.all():
            if world.frame != world.local_root:
                continue  # its nodes are in the tree of the frame above, but belong to another context
            try:
                tree = await world.session.send("DOM.getDocument", {"depth": -1, "pierce": True})
                await world.session.send("DOM.disable")  # asking switched its events on
                for node in _closed_roots(tree["root"]):
                    found = await world.session.send(
                        "DOM.resolveNode", {"backendNodeId": node, "executionContextId": world.context}
                    )
                    await world.session.send(
                        "Runtime.callFunctionOn",
                        {
                            "functionDeclaration": "function () { consentinel.admit(this); }",
                            "objectId": found["object"]["objectId"],
                        },
                    )
                    admitted += 1
            except PlaywrightError as error:
                log.debug("closed shadow roots of %s: %s", world.url, error)
        return admitted

    async def close(self) -> None:
        for session in [self._root, *self._outer.values()]:
            if session is not None:
                try:
                    await session.detach()
                except PlaywrightError as error:
                    log.debug("detaching: %s", error)
        self._root = None
        self._outer.clear()


def _closed_roots(tree: Json) -> list[int]:
    """Backend node ids of the closed shadow roots of the document itself, not of its frames' documents."""
    found: list[int] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        for root in node.get("shadowRoots", ()):
            if root.get("shadowRootType") == "closed":
                found.append(root["backendNodeId"])
            if root.get("shadowRootType") != "user-agent":
                waiting.append(root)
        waiting.extend(node.get("children", ()))
    return found
