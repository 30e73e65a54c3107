"""What a host folder answers to a request: a route of its `_routes.yaml`, else a file, else 404."""

from __future__ import annotations

import json
import mimetypes
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from pydantic import Field
from ruamel.yaml import YAML

from crawler.observations import Record
from tests.site_socket import handshake

ROUTES_FILE = "_routes.yaml"
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A transparent GIF of 1 × 1."""
NOT_SERVED = frozenset({ROUTES_FILE, "truth.json", "truth.yaml"})
TEMPLATED = frozenset({".html", ".js", ".css", ".json", ".xml", ".txt", ".svg", ".webmanifest"})
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".wasm": "application/wasm"}
PLACEHOLDER = re.compile(r"\{\{(\w+)(?::([^{}:]+))?(?::(\d+))?\}\}")


class SetCookie(Record):
    line: str
    unless_cookie: str | None = None
    """Not sent again when the request already carries this cookie."""


class Route(Record):
    """What a host answers on a path. Without `body`, `gif` or `redirect` the static file of that path is served."""

    path: str
    """A glob (`*` also matches `/`); the first route that fits wins."""
    methods: tuple[str, ...] = ("GET", "HEAD", "POST")
    status: int | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    set_cookie: tuple[SetCookie | str, ...] = ()
    redirect: str | None = None
    file: str | None = None
    """A file of the host folder, whatever the path."""
    body: str | None = None
    gif: bool = False
    cors: bool = False
    """Answers credentialed cross-origin reads of any origin, and their preflights (never cached)."""
    delay: float = 0.0
    """Seconds before the answer."""
    drop: bool = False
    """Closes the connection without an answer."""
    socket: bool = False
    """A WebSocket, see `site_socket`."""


class Routes(Record):
    routes: tuple[Route, ...] = ()


@dataclass
class Answer:
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    drop: bool = False
    socket: bool = False

    @property
    def set_cookie(self) -> tuple[str, ...]:
        return tuple(value for name, value in self.headers if name == "Set-Cookie")


@dataclass(frozen=True)
class Ask:
    """A parsed request, before anything is looked up."""

    host: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes


@lru_cache(maxsize=512)
def _file(path: Path, modified: int) -> bytes:  # noqa: ARG001 — `modified` is in the cache key, so that edits show
    return path.read_bytes()


@lru_cache(maxsize=128)
def _routes(path: Path, modified: int) -> tuple[Route, ...]:  # noqa: ARG001 — as above
    return Routes.model_validate(YAML(typ="safe").load(path) or {}).routes


class Sites:
    """A folder of host folders. `port` is filled into origins."""

    def __init__(self, folder: Path, *, port: int) -> None:
        self.folder = folder
        self.port = port

    def origin(self, host: str) -> str:
        return f"http://{host}:{self.port}"

    def answer(self, ask: Ask) -> Answer:
        """What the host folder says to a request: a route, else a static file, else 404."""
        folder = self.folder / ask.host
        if "/" in ask.host or ask.host.startswith(".") or not folder.is_dir():
            return _text(404, f"No site named {ask.host}: there is no such folder.\n")
        fill = self._filler(ask)
        route = next((route for route in self._routes_of(folder) if fnmatchcase(ask.path, route.path)), None)
        if route is None:
            return self._static(folder, ask.path, fill)
        if ask.method == "OPTIONS" and route.cors:
            return Answer(204, _cors_headers(ask))
        if ask.method not in route.methods or (route.socket and "sec-websocket-key" not in ask.headers):
            return _text(405, "Method not allowed.\n")
        answer = self._routed(folder, route, ask, fill)
        if route.delay:
            time.sleep(route.delay)  # the point of the route is a slow server
        return answer

    def _routes_of(self, folder: Path) -> tuple[Route, ...]:
        path = folder / ROUTES_FILE
        return _routes(path, path.stat().st_mtime_ns) if path.is_file() else ()

    def _routed(self, folder: Path, route: Route, ask: Ask, fill: Callable[[str], str]) -> Answer:
        if route.redirect is not None:
            answer = Answer(302, [("Location", fill(route.redirect))])
        elif route.gif:
            answer = Answer(200, [("Content-Type", "image/gif")], PIXEL)
        elif route.body is not None:
            answer = _text(200, fill(route.body))
        elif route.socket or route.status in (204, 205, 304):
            answer = Answer(route.status or 200)
        else:
            answer = self._static(folder, route.file or ask.path, fill)
        if route.status is not None:
            answer.status = route.status
        for name, value in route.headers.items():
            answer.headers = [(known, kept) for known, kept in answer.headers if known.lower() != name.lower()]
            answer.headers.append((name, fill(value)))
        if route.cors:
            answer.headers += _cors_headers(ask)
        for cookie in route.set_cookie:
            entry = SetCookie(line=cookie) if isinstance(cookie, str) else cookie
            if entry.unless_cookie is None or entry.unless_cookie not in ask.cookies:
                answer.headers.append(("Set-Cookie", fill(entry.line)))
        answer.drop = route.drop
        if route.socket:
            answer.socket, answer.status = True, 101
            answer.headers += handshake(ask.headers.get("sec-websocket-key", ""))
        return answer

    def _static(self, folder: Path, path: str, fill: Callable[[str], str]) -> Answer:
        wanted = (folder / path.lstrip("/")).resolve()
        if not wanted.is_relative_to(folder.resolve()) or wanted.name in NOT_SERVED:
            return _text(404, "Not found.\n")
        if wanted.is_dir():
            if not path.endswith("/"):
                return Answer(301, [("Location", f"{path}/")])
            wanted /= "index.html"
        if not wanted.is_file():
            return Answer(204) if path == "/favicon.ico" else _text(404, "Not found.\n")
        kind = TYPES.get(wanted.suffix) or mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        body = _file(wanted, wanted.stat().st_mtime_ns)
        if wanted.suffix in TEMPLATED:
            body = fill(body.decode()).encode()
        if kind.startswith("text/") or kind in ("application/json", "application/xml"):
            kind += "; charset=utf-8"
        return Answer(200, [("Content-Type", kind)], body)

    def _filler(self, ask: Ask) -> Callable[[str], str]:
        """Fills `{{origin:HOST}}`, `{{port}}`, `{{host}}`, `{{query:NAME}}`, `{{uid:COOKIE:LENGTH}}`.

        `uid` is the value of that cookie when the request carries it, else a fresh random one, the same throughout
        the answer.
        """
        drawn: dict[str, str] = {}

        def value(match: re.Match[str]) -> str:
            what, name, length = match[1], match[2] or "", int(match[3] or 32)
            if what == "origin":
                return self.origin(name)
            if what == "port":
                return str(self.port)
            if what == "host":
                return ask.host
            if what == "query":
                return parse_qs(ask.query).get(name, [""])[-1]
            if what == "uid":
                return ask.cookies.get(name) or drawn.setdefault(name, secrets.token_hex(length)[:length])
            return match[0]

        return lambda text: PLACEHOLDER.sub(value, text)


def _text(status: int, body: str) -> Answer:
    kind = "text/html" if body.lstrip().startswith("<") else "application/json" if _is_json(body) else "text/plain"
    return Answer(status, [("Content-Type", f"{kind}; charset=utf-8")], body.encode())


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _cors_headers(ask: Ask) -> list[tuple[str, str]]:
    return [
        ("Access-Control-Allow-Origin", ask.headers.get("origin", "*")),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "GET, POST"),
        ("Access-Control-Allow-Headers", ask.headers.get("access-control-request-headers", "*")),
        ("Access-Control-Max-Age", "0"),
    ]
