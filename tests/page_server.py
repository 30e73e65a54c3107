"""A small loopback server for browser tests: pages are handlers by (host, path), and every request is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""1×1."""


@dataclass(frozen=True)
class Got:
    method: str
    host: str
    path: str
    """With query."""
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Page:
    body: str | bytes = ""
    type: str = "text/html"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    hang: bool = False
    """Never answers."""
    cut: bool = False
    """Closes the connection without a word."""


Answer = Page | Callable[[Got], Page]


@dataclass
class PageServer:
    """`{host:port}` placeholders are `PORT` in bodies and headers. Hosts are given without `.localhost`."""

    pages: dict[tuple[str, str], Answer] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)

    def __enter__(self) -> Self:
        owner = self
        self._closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner._answer(self)

            do_POST = do_HEAD = do_OPTIONS = do_PUT = do_GET  # noqa: N815  # names are http.server's

            def log_message(self, format: str, *args: object) -> None:
                del format, args  # tests look at `got`

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_port

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}.localhost:{self.port}{path}"

    def page(self, host: str, path: str, answer: Answer | str) -> None:
        self.pages[host, path] = Page(answer) if isinstance(answer, str) else answer

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length") or 0)
        host = (handler.headers.get("host") or "").split(":")[0].removesuffix(".localhost")
        got = Got(
            handler.command,
            host,
            handler.path,
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(length),
        )
        self.got.append(got)
        answer = self.pages.get((host, urlsplit(handler.path).path)) or self.pages.get(
            ("*", urlsplit(handler.path).path)
        )
        page = (
            Page("nothing here", status=404) if answer is None else answer if isinstance(answer, Page) else answer(got)
        )
        if page.hang:
            self._closing.wait()
        if page.hang or page.cut:
            handler.close_connection = True
            handler.connection.close()
            return
        body = page.body.encode() if isinstance(page.body, str) else page.body
        if page.type.startswith("text/"):
            body = body.replace(b"PORT", str(self.port).encode())
        handler.send_response(page.status)
        for name, value in page.headers:
            handler.send_header(name, value.replace("PORT", str(self.port)))
        if page.type:
            handler.send_header("Content-Type", page.type)
        if page.status not in (204, 304):
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD" and page.status not in (204, 304):
            handler.wfile.write(body)
