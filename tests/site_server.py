"""Serves fixtures/sites/<host>/ by Host header on one loopback port: the web that tests and the demo are run against.

`*.localhost` names are loopback, separate sites and secure contexts in Chromium, so one plain-HTTP port is enough for
any number of first and third parties. By hand: `python -m tests.site_server --port 8000`.
"""

from __future__ import annotations

import argparse
import logging
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.site_answers import Answer, Ask, Sites
from tests.site_socket import converse

log = logging.getLogger(__name__)

SITES = Path(__file__).resolve().parent.parent / "fixtures" / "sites"


@dataclass(frozen=True)
class Hit:
    """One request as it arrived, and what it was answered with. `at` is monotonic seconds."""

    at: float
    host: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Names in lower case."""
    cookies: Mapping[str, str]
    body: bytes
    status: int
    set_cookie: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """Query parameters, the last of each name."""
        return {name: values[-1] for name, values in parse_qs(self.query, keep_blank_values=True).items()}


def read_cookies(header: str) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    for pair in header.split(";"):
        try:
            jar.load(pair.strip())
        except CookieError:
            log.debug("cookie that RFC 2109 cannot name: %r", pair)
    return {name: morsel.value for name, morsel in jar.items()}


class SiteServer:
    """A context manager; the server runs in its own threads from construction to exit."""

    def __init__(self, sites: Path = SITES, *, port: int = 0) -> None:
        self.sites = sites
        self.hits: list[Hit] = []
        self._http = _Http(("127.0.0.1", port), self._handler())
        self.answers = Sites(sites, port=self._http.server_port)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._http.server_port

    def origin(self, host: str) -> str:
        return self.answers.origin(host)

    def url(self, host: str, path: str = "/") -> str:
        return self.origin(host) + path

    def close(self) -> None:
        self._http.shutdown()
        self._http.close_connections()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(_Handler):
            site = server

        return Handler


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(address, handler)

    def close_connections(self) -> None:
        """Ends idle keep-alive connections, whose threads would wait for the next request."""
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                log.debug("connection was gone already: %s", error)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 — the base class's signature
        if isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            log.debug("connection from %s ended early", client_address)
        else:
            log.exception("answering %s failed", client_address)


class _Handler(BaseHTTPRequestHandler):
    site: SiteServer
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # the base class's name
        log.debug(format, *args)

    def handle_method(self) -> None:
        arrived = time.monotonic()
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = urlsplit(self.path)
        ask = Ask(
            host=headers.get("host", "").rsplit(":", 1)[0].lower(),
            method=self.command,
            path=unquote(url.path) or "/",
            query=url.query,
            headers=headers,
            cookies=read_cookies(headers.get("cookie", "")),
            body=self.rfile.read(int(headers.get("content-length") or 0)),
        )
        answer = self.site.answers.answer(ask)
        hit = Hit(
            at=arrived,
            host=ask.host,
            method=ask.method,
            path=ask.path,
            query=ask.query,
            headers=headers,
            cookies=ask.cookies,
            body=ask.body,
            status=answer.status,
            set_cookie=answer.set_cookie,
        )
        self.site.hits.append(hit)  # before the answer leaves, so that whoever saw the answer also sees the hit
        if answer.drop:
            self.close_connection = True
            return
        if answer.socket:
            self._converse(answer)
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if not any(name.lower() == "cache-control" for name, _ in answer.headers):
            self.send_header("Cache-Control", "no-store")
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)

    def _converse(self, answer: Answer) -> None:
        self.send_response_only(101)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        for frame in converse(self.rfile):
            self.wfile.write(frame)
            self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = handle_method  # noqa: N815 — names the base class calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--sites", type=Path, default=SITES)
    asked = parser.parse_args()
    with SiteServer(asked.sites, port=asked.port) as server:
        for folder in sorted(path for path in asked.sites.iterdir() if (path / "index.html").is_file()):
            print(server.url(folder.name))
        print("Ctrl-C stops it.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
