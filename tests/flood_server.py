"""A server that keeps up with a flood: it answers and counts in one thread, and looks at nothing but the path."""

from __future__ import annotations

import asyncio
import re
import threading
from types import TracebackType
from typing import Self

from tests.page_server import GIF

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)


class FloodServer:
    """`/` is the page, `/…gif` is a pixel, all else has no content."""

    def __init__(self, page: str) -> None:
        self.page = page.encode()
        self.port = 0
        self.made = 0
        """Requests that reached it, without those for the page."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        starting = self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://site.localhost:{self.port}/"

    def answer(self, path: bytes) -> bytes:
        if path == b"/":
            return _with(self.page, b"text/html")
        self.made += 1
        return _with(GIF, b"image/gif") if b".gif" in path else b"HTTP/1.1 204 No Content\r\n\r\n"


def _with(body: bytes, kind: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)


class _Connection(asyncio.Protocol):
    def __init__(self, server: FloodServer) -> None:
        self._server = server
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            head = self._rest[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._rest) < whole:
                return
            self._rest = self._rest[whole:]
            self._transport.write(self._server.answer(head.split(b" ", 2)[1]))
