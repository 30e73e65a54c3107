"""The canary's own web site: a few origins on loopback, in this process, for as long as the canary is looked at."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

import orjson

log = logging.getLogger(__name__)

_GIF: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_TYPES: Final = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
_WEBSOCKET_SALT: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""
_SLICE: Final = 0.5
"""Seconds for one of the requests by which the page says that it is not done yet."""
_CAP: Final = 10.0
"""Seconds that a connection may be silent."""


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    host: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str = "204 No Content"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(eq=False)
class CanarySite:
    port: int = 0
    did: dict[str, str] = field(default_factory=dict)
    """Act → why it could not be done; empty: it was done. Filled when the page has finished."""
    asked: list[Asked] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/") -> str:
        return f"http://canary.localhost:{self.port}{path}"

    def answer(self, asked: Asked) -> _Answer:
        name = asked.path.partition("?")[0].removeprefix("/")
        match name:
            case "":
                policy = "img-src 'self' http://third.localhost:*; report-uri /report"
                cookies = ("Set-Cookie", "canary_header=1; HttpOnly; Max-Age=60")
                reporting = ("Content-Security-Policy-Report-Only", "media-src 'none'; report-to canary")
                return self._file("page.html", (cookies, ("Content-Security-Policy", policy), reporting))
            case "prefetched":
                return _Answer("200 OK", (("Content-Type", "text/plain"),), b"canary")
            case "pixel" | "icon":
                return _Answer("200 OK", (("Content-Type", "image/gif"),), _GIF)
            case "hop":
                to = f"http://third.localhost:{self.port}/nothing?hop"
                return _Answer("302 Found", (("Location", to), ("Set-Cookie", "canary_hop=1"), *_shared(asked)))
            case "events":
                return _Answer("200 OK", (("Content-Type", "text/event-stream"),), b"data: canary\n\n")
            case "did":
                self.did = orjson.loads(asked.body)
                self.finished.set()
                return _Answer()
            case "frame" | "popup":
                cookie = ("Set-Cookie", f"canary_{name}=1; SameSite=None; Secure")
                return self._file(f"{name}.html", (cookie,))
            case "nothing":
                return _Answer(headers=_shared(asked))
            case _ if "." in name and (files(__package__) / "pages" / name).is_file():
                return self._file(name)
            case _:
                return _Answer(headers=_shared(asked))

    def _file(self, name: str, headers: tuple[tuple[str, str], ...] = ()) -> _Answer:
        body = (files(__package__) / "pages" / name).read_bytes()
        return _Answer("200 OK", (("Content-Type", _TYPES[name.rpartition(".")[2]]), *headers), body)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await asyncio.wait_for(_read(reader), _CAP)
                self.asked.append(asked)
                if asked.headers.get("upgrade", "").lower() == "websocket":
                    writer.write(_handshake(asked))
                    await asyncio.wait_for(reader.read(1), _CAP)
                    return
                if asked.path == "/wait":
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.finished.wait(), _SLICE)
                writer.write(_bytes(self.answer(asked)))
                await writer.drain()
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError) as error:
            log.debug("canary connection ended: %s", type(error).__name__)
        finally:
            writer.close()


@asynccontextmanager
async def canary_site() -> AsyncIterator[CanarySite]:
    site = CanarySite()
    serving: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(site.serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length") or 0))
    return Asked(method, headers.get("host", ""), path, headers, body)


def _bytes(answer: _Answer) -> bytes:
    length = () if answer.status.startswith("204") else (("Content-Length", str(len(answer.body))),)
    lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in (*answer.headers, *length))]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + answer.body


def _shared(asked: Asked) -> tuple[tuple[str, str], ...]:
    origin = asked.headers.get("origin", "*")
    return (("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Headers", "x-canary"))


def _handshake(asked: Asked) -> bytes:
    key = asked.headers.get("sec-websocket-key", "") + _WEBSOCKET_SALT
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    lines = (
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
        "Set-Cookie: canary_socket=1; Max-Age=60",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
