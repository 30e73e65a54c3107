"""The CDP tap: a relay between Playwright and Chromium that sees every target before its first line runs.

There is one DevTools client only; two clients crash renderers that open several windows in one task.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from typing import Final

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from crawler.browser.cdp import CommandError, Json, RawEvent, Session, Watcher
from crawler.browser.targets import FOLLOWED, Targets
from crawler.observations import TargetKind

log = logging.getLogger(__name__)

OWN_IDS: Final = 1 << 30
"""Our commands are numbered from here on, so that answers can be told from those to Playwright."""

_ANSWER_CAP: Final = 5.0
"""Seconds for one answer; a page in an endless loop never gives one."""
_EVENT: Final = b'{"method":"'
_ANSWER: Final = b'{"id":'
_RESUME: Final = b'"method":"Runtime.runIfWaitingForDebugger"'
_DETACH: Final = b'"method":"Target.detachFromTarget"'
_NEW_CONTEXT: Final = b'"method":"Target.createBrowserContext"'
_HEAD: Final = 96
"""Bytes of a driver's message that hold its id and method."""


class Tap:
    """One per browser. `watch()` a browser context, and its events arrive in the order in which Chromium sent them."""

    def __init__(self, *, events: frozenset[str]) -> None:
        """`events`: the methods that watchers want; everything else is relayed unread."""
        self._wanted = FOLLOWED | {name.encode() for name in events}
        self._wanted_by_watchers = events
        self._targets = Targets(self._post)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._asked: dict[str, set[asyncio.Future[Json]]] = {}
        self._next_id = OWN_IDS
        self._context_asks: set[int] = set()
        self._path = "/" + secrets.token_urlsafe(16)
        self._browser: ClientConnection | None = None
        self._driver: ServerConnection | None = None
        self._server: Server | None = None
        self._reader: asyncio.Task[None] | None = None
        self._outbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()
        """Set when the browser has closed the connection."""
        self.last_context: str | None = None
        """The browser context that was made last."""
        self.read = 0
        """Messages that were parsed, of `relayed`."""
        self.relayed = 0

    async def open(self, browser_endpoint: str) -> str:
        """Connects to the browser; returns the endpoint for Playwright. The path is a secret, as the port is not."""
        self._browser = await connect(
            browser_endpoint, max_size=None, max_queue=None, compression=None, ping_interval=None, open_timeout=20
        )
        self._server = await serve(
            self._serve_driver,
            "127.0.0.1",
            0,
            max_size=None,
            max_queue=None,
            compression=None,
            ping_interval=None,
            process_request=self._check_path,
        )
        self._reader = asyncio.create_task(self._read_browser())
        self._writer = asyncio.create_task(self._write_browser())
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}{self._path}"

    async def close(self) -> None:
        tasks = [task for task in (self._reader, self._writer) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        if self._browser is not None:
            await self._browser.close()
        self._end()

    def watch(self, context: str, watcher: Watcher) -> None:
        self._targets.watch(context, watcher)

    def unwatch(self, context: str) -> None:
        self._targets.unwatch(context)

    def sessions(self, context: str) -> tuple[Session, ...]:
        return self._targets.of(context)

    async def command(
        self, method: str, params: Json | None = None, *, session: Session | None = None, cap: float = _ANSWER_CAP
    ) -> Json:
        """Sends one command of our own. Raises `CommandError` when it is refused or not answered in `cap` seconds."""
        if self.gone.is_set() or (session is not None and not session.open):
            raise CommandError(f"{method}: the target is gone")
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        own_id = self._post(method, params or {}, session.id if session else None)
        self._waiting[own_id] = answer
        mine = self._asked.setdefault(session.id, set()) if session else set()
        mine.add(answer)
        try:
            async with asyncio.timeout(cap):
                return await answer
        except TimeoutError as error:
            raise CommandError(f"{method}: no answer within {cap:g} s") from error
        finally:
            self._waiting.pop(own_id, None)
            mine.discard(answer)

    def _post(self, method: str, params: Json, session_id: str | None) -> int:
        """Queues a command whose answer nobody awaits (yet). Commands of one session are carried out in order."""
        own_id = self._next_id
        self._next_id += 1
        message: Json = {"id": own_id, "method": method, "params": params}
        if session_id is not None:
            message["sessionId"] = session_id
        self._outbox.put_nowait(orjson.dumps(message))
        return own_id

    # --- from Playwright to the browser

    def _check_path(self, connection: ServerConnection, request: Request) -> Response | None:
        return None if request.path == self._path else connection.respond(404, "not here\n")

    async def _serve_driver(self, driver: ServerConnection) -> None:
        self._driver = driver
        with suppress(ConnectionClosed):  # its end is how a driver says goodbye
            while True:
                message = await driver.recv(decode=False)
                answer = self._from_driver(message)
                if answer is not None:
                    await driver.send(answer, text=True)

    def _from_driver(self, message: bytes) -> bytes | None:
        """Passes it on to the browser, or answers in the browser's place."""
        head = message[:_HEAD]
        if _RESUME in head:
            session = self._targets.session(orjson.loads(message).get("sessionId", ""))
            if session is not None:
                self._targets.prepare(session)
        elif _DETACH in head:
            asked = orjson.loads(message)
            if self._keeps(asked["params"].get("sessionId", "")):
                answer: Json = {key: asked[key] for key in ("id", "sessionId") if key in asked}
                return orjson.dumps({**answer, "result": {}})
        elif _NEW_CONTEXT in head:
            self._context_asks.add(orjson.loads(message)["id"])
        self._outbox.put_nowait(message)
        return None

    def _keeps(self, session_id: str) -> bool:
        """Playwright drops shared workers; we stay attached and only tell it that they are gone."""
        session = self._targets.session(session_id)
        return session is not None and self._targets.watcher(session) is not None

    async def _write_browser(self) -> None:
        assert self._browser is not None
        with suppress(ConnectionClosed):  # the reader notices as well, and says so
            while True:
                await self._browser.send(await self._outbox.get(), text=True)

    # --- from the browser to Playwright

    async def _read_browser(self) -> None:
        assert self._browser is not None
        try:
            while True:
                message = await self._browser.recv(decode=False)
                self.relayed += 1
                if self._from_browser(message) and self._driver is not None:
                    await self._driver.send(message, text=True)
        except ConnectionClosed:
            log.debug("the browser or its driver closed the connection")
        finally:
            self._end()

    def _end(self) -> None:
        self.gone.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(CommandError("the browser is gone"))

    def _from_browser(self, message: bytes) -> bool:
        """Reads what concerns us; False: the message was ours alone."""
        if message.startswith(_EVENT):
            method = message[len(_EVENT) : message.index(b'"', len(_EVENT))]
            return self._event(orjson.loads(message)) if method in self._wanted else True
        if message.startswith(_ANSWER):
            number = int(message[len(_ANSWER) : message.index(b",", len(_ANSWER))])
            if number >= OWN_IDS:
                self._answered(number, message)
                return False
            if number in self._context_asks:
                self._context_asks.discard(number)
                self.last_context = orjson.loads(message).get("result", {}).get("browserContextId")
        return True

    def _answered(self, number: int, message: bytes) -> None:
        waiting = self._waiting.get(number)
        if waiting is None or waiting.done():
            return
        answer: Json = orjson.loads(message)
        if "error" in answer:
            waiting.set_exception(CommandError(answer["error"].get("message", "refused")))
        else:
            waiting.set_result(answer["result"])

    def _event(self, message: Json) -> bool:
        self.read += 1
        method: str = message["method"]
        params: Json = message["params"]
        session = self._targets.session(message.get("sessionId", ""))
        if method == "Target.attachedToTarget":
            self._targets.attached(params, parent=session)
            return True
        if method == "Target.detachedFromTarget":
            self._forget(params["sessionId"])
            return True
        if session is None:
            return True
        if method == "Debugger.paused":
            return not self._targets.probe_worker(session, params)
        self._targets.follow(session, method, params)
        watcher = self._targets.watcher(session)
        if watcher is None or method not in self._wanted_by_watchers:
            return session.kind is not TargetKind.SHARED_WORKER
        if watcher.saw(RawEvent(method, params, session)):
            return False
        return session.kind is not TargetKind.SHARED_WORKER

    def _forget(self, session_id: str) -> None:
        self._targets.detached(session_id)
        for answer in self._asked.pop(session_id, ()):
            if not answer.done():
                answer.set_exception(CommandError("the target went away"))
