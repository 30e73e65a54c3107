"""JavaScript stacks: DevTools' own and the text of `Error.stack`, both as call frames, innermost first."""

from __future__ import annotations

import re
from typing import Final

from crawler.browser.cdp import Json
from crawler.observations import CallFrame, Initiator, InitiatorKind

_DEEPEST: Final = 64
_PROBE: Final = re.compile(r"k[0-9a-f]{16}")
"""The name that the probes give themselves."""


def is_probe(source: str) -> bool:
    return _PROBE.fullmatch(source) is not None


_NOWHERE: Final = frozenset({"", "<anonymous>"})
_LINE = re.compile(r"^\s*at (?:(?P<function>.*?) \()?(?P<url>[^()]*?):(?P<line>\d+):(?P<column>\d+)\)?$")
_EVAL = re.compile(r"^\s*at (?:(?P<function>\S.*?) )?\(?eval at .*?\((?P<url>[^()\s]+):(?P<line>\d+):(?P<column>\d+)\)")


def from_devtools(stack: Json) -> tuple[CallFrame, ...]:
    """The stack and its asynchronous parents, as one chain."""
    frames: list[CallFrame] = []
    part: Json | None = stack
    across: str | None = None
    while part is not None and len(frames) < _DEEPEST:
        for frame in part.get("callFrames", ()):
            if _PROBE.fullmatch(frame["url"]):
                continue
            frames.append(
                CallFrame(
                    function=frame["functionName"],
                    url=frame["url"],
                    line=frame["lineNumber"] + 1,
                    column=frame["columnNumber"] + 1,
                    across=across,
                )
            )
            across = None
        part = part.get("parent")
        across = part.get("description") or "async" if part is not None else None
    return tuple(frames)


def from_text(text: str) -> tuple[CallFrame, ...]:
    """V8's `Error.stack`, without the probes' own frames."""
    frames: list[CallFrame] = []
    for line in text.split("\n")[1:]:
        found = _EVAL.match(line) or _LINE.match(line)
        if found is None:
            continue
        url = found["url"].removeprefix("async ")
        if _PROBE.fullmatch(url):
            continue
        frames.append(
            CallFrame(
                function=(found["function"] or "").removeprefix("async "),
                url="" if url in _NOWHERE else url,
                line=int(found["line"]),
                column=int(found["column"]),
            )
        )
        if len(frames) == _DEEPEST:
            break
    return tuple(frames)


def by_script(stack: tuple[CallFrame, ...]) -> Initiator:
    """Who called: the innermost frame that has an address."""
    caller = next((frame for frame in stack if frame.url), None)
    if caller is None:
        return Initiator(kind=InitiatorKind.UNRESOLVED, stack=stack)
    return Initiator(kind=InitiatorKind.SCRIPT, url=caller.url, line=caller.line, column=caller.column, stack=stack)
