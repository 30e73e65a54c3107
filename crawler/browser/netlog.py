"""Chromium's own log of its network: the witness for cookies that DevTools does not show.

Those are cookies of WebSocket handshakes, of a service worker's main script, of fetches in shared workers, and of
answers that arrive after their page is gone. The log lies in the profile folder and goes with it.

It costs the browser some 8 % of its processor time, so it is off unless asked for. No cheaper mode serves: in one run
`Default` wrote as many bytes as `IncludeSensitive`, and `HeavilyRedacted` three quarters, both without any cookie.
The cost is the browser's: it writes 0.8 MB in 5,000 lines for a page of 60 requests, of which our reading takes 3 ms.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import orjson

from crawler.browser.cdp import CommandError, Json
from crawler.browser.tap import Tap

log = logging.getLogger(__name__)

_MARKERS: Final = 40
"""Chromium writes its log out after every 15 events, so as many surely push out what came before the first."""
_FLUSH_CAP: Final = 1.5
_POLL: Final = 0.01
_LONGEST_VISIT: Final = 900.0
_SETS: Final = re.compile(rb"set-cookie:", re.I)
_TRUNCATE: Final = 64_000_000
"""Bytes read after which the file is emptied; the browser writes on behind the hole."""
_ADDED, _START, _HEADERS = (
    "COOKIE_STORE_COOKIE_ADDED",
    "URL_REQUEST_START_JOB",
    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS",
)


@dataclass(frozen=True, slots=True)
class LoggedCookie:
    """Accepted by the cookie store `store`, one of which each browser context has. `at`: `time.monotonic()`."""

    at: float
    store: int
    name: str
    value: str
    domain: str
    path: str
    secure: bool
    http_only: bool
    same_site: str
    persistent: bool


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """An answer with `Set-Cookie` lines."""

    at: float
    began: float
    url: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """What the log tells of one visit."""

    cookies: tuple[LoggedCookie, ...] = ()
    answers: tuple[LoggedAnswer, ...] = ()


class NetLogSilent(Exception):  # noqa: N818  # names what is the case
    """The log did not tell what was asked of it."""


class NetLog:
    """Reads on where it stopped. Times of the log are those of `time.monotonic()`, in milliseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._emptied = 0
        self._rest = b""
        self._kinds: dict[bytes, str] = {}
        self._cookies: list[LoggedCookie] = []
        self._answers: list[LoggedAnswer] = []
        self._urls: dict[int, tuple[float, str]] = {}
        self._watching: dict[str, float] = {}
        self._reading = asyncio.Lock()

    @property
    def flags(self) -> tuple[str, ...]:
        return (f"--log-net-log={self._path}", "--net-log-capture-mode=IncludeSensitive")

    def begin(self, context: str) -> None:
        now = monotonic()
        # A visit that ended in an error of ours never asks.
        self._watching = {one: since for one, since in self._watching.items() if now - since < _LONGEST_VISIT}
        self._watching[context] = now

    async def told(self, tap: Tap, context: str) -> Logged:
        """All that came since `begin`; the context's cookies are full of our markers afterwards, so read them before.

        Raises NetLogSilent.
        """
        since = self._watching.get(context, 0.0)
        host = f"{secrets.token_hex(8)}.invalid"
        markers = [
            {"name": f"m{number}", "value": "1", "domain": host, "path": "/", "secure": False}
            for number in range(_MARKERS)
        ]
        try:
            await tap.command("Storage.setCookies", {"cookies": markers, "browserContextId": context})
        except CommandError as error:
            raise NetLogSilent(str(error)) from error
        deadline = monotonic() + _FLUSH_CAP
        while (store := await self._store_of(host)) is None:
            if monotonic() > deadline:
                raise NetLogSilent(f"it was not written out within {_FLUSH_CAP:g} s")
            await asyncio.sleep(_POLL)
        cookies = tuple(
            cookie
            for cookie in self._cookies
            if cookie.store == store and cookie.at >= since and cookie.domain.lstrip(".") != host
        )
        answers = tuple(answer for answer in self._answers if answer.at >= since)
        self.end(context)
        return Logged(cookies, answers)

    def end(self, context: str) -> None:
        """Forgets what no visit under way can ask for."""
        self._watching.pop(context, None)
        oldest = min(self._watching.values(), default=monotonic())
        self._cookies = self._cookies[bisect_left(self._cookies, oldest, key=lambda cookie: cookie.at) :]
        self._answers = self._answers[bisect_left(self._answers, oldest, key=lambda answer: answer.at) :]
        if not self._watching:
            self._urls.clear()

    async def _store_of(self, host: str) -> int | None:
        async with self._reading:
            await asyncio.to_thread(self._read)
        return next((c.store for c in reversed(self._cookies) if c.domain.lstrip(".") == host), None)

    def _read(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._kinds:
                self._line(line)
            elif line.startswith(b'{"constants"'):
                self._learn(line)
        if self._offset - self._emptied > _TRUNCATE and os.name == "posix":
            os.truncate(self._path, 0)
            self._emptied = self._offset

    def _learn(self, line: bytes) -> None:
        constants: Json = orjson.loads(line.rstrip(b", \r") + b"}")["constants"]
        types: dict[str, int] = constants["logEventTypes"]
        self._kinds = {b'"type":%d}' % types[name]: name for name in (_ADDED, _START, _HEADERS)}

    def _line(self, line: bytes) -> None:
        line = line.rstrip(b", \r")
        kind = self._kinds.get(line[line.rfind(b'"type":') :])
        if kind is None or (kind == _HEADERS and not _SETS.search(line)):
            return
        event: Json = orjson.loads(line)
        params: Json = event.get("params") or {}
        source: Json = event["source"]
        at = int(event["time"]) / 1000
        if kind == _ADDED:
            self._cookies.append(
                LoggedCookie(
                    at=at,
                    store=source["id"],
                    name=params.get("name", ""),
                    value=params.get("value", ""),
                    domain=params.get("domain", ""),
                    path=params.get("path", "/"),
                    secure=bool(params.get("secure")),
                    http_only=bool(params.get("httponly")),
                    same_site=params.get("same_site", ""),
                    persistent=bool(params.get("is_persistent")),
                )
            )
        elif kind == _START:
            if "url" in params:
                self._urls[source["id"]] = (at, params["url"])
        elif source["id"] in self._urls:
            began, url = self._urls[source["id"]]
            pairs = (header.partition(":") for header in params["headers"])
            lines = tuple(value.strip() for name, _, value in pairs if name.lower() == "set-cookie")
            self._answers.append(LoggedAnswer(at, began, url, lines))
