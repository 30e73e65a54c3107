"""The filter engine behind a small interface: which rule of a list a request matches. Wraps the traps of `adblock`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

import adblock

from classifiers.lists.rule_text import RuleText
from classifiers.lists.shelf import write_whole
from crawler.observations import Record

log = logging.getLogger(__name__)

R = TypeVar("R")

_TYPES: Final = {
    "fetch": "xmlhttprequest",  # the engine has no such word and would file it under "other"
    "xhr": "xmlhttprequest",
    "eventsource": "xmlhttprequest",
    "document": "subdocument",  # only frames are ever asked about
    "cspviolationreport": "csp_report",
    "image": "image",
    "script": "script",
    "stylesheet": "stylesheet",
    "font": "font",
    "media": "media",
    "texttrack": "media",
    "ping": "ping",
    "websocket": "websocket",
}
_CHECKABLE: Final = frozenset({"http", "https", "ws", "wss"})
_BREAKS_THE_ENGINE: Final = frozenset({"/", "//", "|", "||", "*"})
"""Rules of this form make the engine panic or match everything; no list means them."""


class RuleMatch(Record):
    """A rule that fits a request."""

    list_id: str
    list_title: str
    rule: str
    """Verbatim."""
    section: str
    line: int
    """0: not found in the text."""
    exception: str | None = None
    """The exception rule that lets the request through all the same."""


class FilterEngine(Protocol):
    list_id: str

    def check(self, *, url: str, page: str, resource_type: str) -> RuleMatch | None:
        """Of a request that is no navigation of the top page. `resource_type` as CDP spells it, in lower case."""
        ...


class EngineError(Exception):
    """The engine gave up on a list."""


class AdblockEngine:
    """One engine for one list, so that the match tells which list it was. Not picklable: build one per process."""

    def __init__(self, engine: adblock.Engine, *, list_id: str, title: str, text: Callable[[], str]) -> None:
        self.list_id = list_id
        self._title = title
        self._engine = engine
        self._read = text
        self._text: RuleText | None = None

    @classmethod
    def build(cls, *, list_id: str, title: str, text: Callable[[], str], cache: Path | None) -> AdblockEngine:
        """`text` is called when the list must be compiled, and when a rule matched. Raises EngineError."""
        engine = _cached(cache) if cache else None
        if engine is None:
            engine = _compiled(text())
            if cache:
                _keep(engine, cache)
        return cls(engine, list_id=list_id, title=title, text=text)

    @property
    def text(self) -> RuleText:
        if self._text is None:
            self._text = RuleText(self._read())
        return self._text

    def check(self, *, url: str, page: str, resource_type: str) -> RuleMatch | None:
        address = canonical(url)
        if address is None:
            return None
        kind = _TYPES.get(resource_type, "other")
        result = _guarded(lambda: self._engine.check_network_urls(address, canonical(page) or page, kind))
        if result.error is not None or result.filter is None:
            return None
        spot = self.text.spot(result.filter)
        return RuleMatch(
            list_id=self.list_id,
            list_title=self._title,
            rule=result.filter,
            section=spot.section,
            line=spot.line,
            exception=None if result.matched else result.exception or "exception",
        )


def canonical(url: str) -> str | None:
    """With the host in lower case and punycode, as the engine needs it; None: nothing that goes over the network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _CHECKABLE or not host:
        return None
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if ":" in host:
        host = f"[{host}]"
    return urlunsplit(parts._replace(netloc=f"{host}:{port}" if port else host))


def _compiled(text: str) -> adblock.Engine:
    rules = "\n".join(line for line in text.splitlines() if line.strip() not in _BREAKS_THE_ENGINE)

    def make() -> adblock.Engine:
        rule_set = adblock.FilterSet(debug=True)  # keeps the rules' texts, which are the evidence
        rule_set.add_filter_list(rules)
        return adblock.Engine(rule_set, optimize=False)

    return _guarded(make)


def _cached(path: Path) -> adblock.Engine | None:
    if not path.is_file():
        return None
    engine = adblock.Engine(adblock.FilterSet(debug=True), optimize=False)
    try:
        _guarded(lambda: engine.deserialize_from_file(str(path)))
    except (adblock.BlockerException, EngineError, ValueError, OSError) as error:
        log.warning("%s: the compiled list cannot be read (%s) and is made anew", path, error)
        return None
    return engine


def _keep(engine: adblock.Engine, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, bytes(engine.serialize()))
    except OSError as error:
        log.warning("%s: the compiled list cannot be kept, so each start takes longer: %s", path, error)


def _guarded(call: Callable[[], R]) -> R:
    """A panic of the engine's Rust is no Exception, and would otherwise end the whole audit."""
    try:
        return call()
    except BaseException as error:  # narrowed below, because the class cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        raise EngineError(f"the filter engine gave up: {error}") from error
