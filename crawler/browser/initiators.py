"""Who caused a request: DevTools' word where it has one, else what a probe or the markup shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Final
from urllib.parse import urlsplit

from crawler.browser.events import Call
from crawler.browser.hops import Hop
from crawler.browser.stacks import by_script, from_devtools
from crawler.observations import Initiator, InitiatorKind, TargetKind

STARTS: Final = frozenset({"starts", "service_worker"})
"""Probe reports of scripts that start workers and streams, which DevTools shows without their caller."""

_KINDS: Final = {
    "parser": InitiatorKind.PARSER,
    "script": InitiatorKind.SCRIPT,
    "preload": InitiatorKind.PRELOAD,
    "preflight": InitiatorKind.PREFLIGHT,
}
_STARTED: Final = frozenset({"script", "eventsource"})
_SCRIPTS: Final = re.compile(r"(<script\b[^>]*>).*?(?=</script\b|\Z)", re.I | re.S)

Ids = Mapping[tuple[str, int], str]
"""Request and place in its chain → id of its sighting."""


class Initiators:
    def __init__(self, hops: Iterable[Hop], *, documents: Mapping[str, str], starts: Iterable[Call]) -> None:
        """`documents`: markup as the server sent it, by address. `starts`: in order of arrival."""
        self._chains: dict[str, list[str]] = {}
        for hop in hops:
            self._chains.setdefault(hop.request, []).append(hop.url)
        self._documents = documents
        self._written: dict[str, str] = {}
        self._starts: dict[str, list[Call]] = {}
        for call in starts:
            url = call.text(0 if call.kind == "service_worker" else 1)
            self._starts.setdefault(url.partition("#")[0], []).append(call)

    def of(self, hop: Hop, ids: Ids) -> Initiator:
        told = hop.initiator
        cause = ids.get((told.get("requestId", ""), 0))
        if hop.index > 0:
            before = ids.get((hop.request, hop.index - 1))
            stack = from_devtools(told["stack"]) if "stack" in told else ()
            url = self._chains[hop.request][hop.index - 1]
            return Initiator(kind=InitiatorKind.REDIRECT, url=url, stack=stack, request=before)
        if "stack" in told:
            caller = by_script(from_devtools(told["stack"]))
            return caller.model_copy(update={"request": cause}) if cause else caller
        if (started := self._started_by(hop)) is not None:
            return started
        kind = _KINDS.get(told["type"], InitiatorKind.OTHER)
        if hop.navigation and hop.frame_id == hop.session.main_frame and kind is InitiatorKind.OTHER:
            # A window that the page opened was not the visitor's doing.
            kind = InitiatorKind.USER if hop.session.kind is TargetKind.PAGE else kind
        if kind is InitiatorKind.PARSER and not self._in_markup(hop, told.get("url", "")):
            kind = InitiatorKind.UNRESOLVED
        line, column = told.get("lineNumber"), told.get("columnNumber")
        return Initiator(
            kind=kind,
            url=told.get("url") or None,
            line=None if line is None else int(line) + 1,
            column=None if column is None else int(column) + 1,
            request=cause,
        )

    def _started_by(self, hop: Hop) -> Initiator | None:
        """The earliest call of that address that has no request yet."""
        waiting = self._starts.get(hop.url.partition("#")[0])
        if hop.kind not in _STARTED or not waiting:
            return None
        return by_script(waiting.pop(0).stack)

    def _in_markup(self, hop: Hop, document: str) -> bool:
        """False only when the document that is said to ask for it does not contain the address in any form.

        What stands in its scripts is not markup: there it is the script that asks.
        """
        if document not in self._documents:
            return True
        address = urlsplit(hop.url)
        name = address.path.rsplit("/", 1)[-1] + (f"?{address.query}" if address.query else "")
        # A frame may be sent on by its own markup (`<meta http-equiv=refresh>`), not by that of the page around it.
        asking = self._documents if hop.navigation else (document,)
        return not name or any(name in self._markup(one) for one in asking)

    def _markup(self, document: str) -> str:
        if document not in self._written:
            self._written[document] = unescape(_SCRIPTS.sub(r"\1", self._documents[document]))
        return self._written[document]
