"""Where a call stands: in the script as served, and before it in the original sources where a source map told."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.observations import CallFrame

_PLACE = re.compile(r"(?P<path>.*?):(?P<line>\d+):\d+", re.DOTALL)
_SERVED = re.compile(r"(?P<original>.+) \((?P<served>\S+:\d+:\d+)\)", re.DOTALL)
_LONGEST = 120
"""Characters of a path in the sources; a map is written by the site and may hold any."""


def called_at(frame: CallFrame, *, named: bool = False) -> str:
    """`https://…/a.js:12`; with a source map `src/track.ts:12 (https://…/app.min.js:1:4312)`. `named`: and `send()`."""
    function = f" {frame.function}()" if named and frame.function else ""
    if frame.source is None:
        return f"{frame.url}:{frame.line}{function}"
    return f"{original(frame.source)}{function} ({frame.url}:{frame.line}:{frame.column})"


def original(source: str) -> str:
    """`webpack://shop/./src/track.ts:10:4` as people know the file: `src/track.ts:10`."""
    place = _PLACE.fullmatch(source)
    path, line = (place["path"], f":{place['line']}") if place else (source, "")
    parts = [part for part in _path_of(path).split("/") if part not in ("", ".")]
    path = "/".join(parts) or source
    return f"{path if len(path) <= _LONGEST else f'…{path[-_LONGEST:]}'}{line}"


def served_at(link: str) -> tuple[str, str]:
    """A link of a blame chain as original place (empty: no map told) and place as served."""
    mapped = _SERVED.fullmatch(link)
    return (mapped["original"], mapped["served"]) if mapped else ("", link)


def _path_of(source: str) -> str:
    """Without host or name of the bundle, and without the query that some bundlers add."""
    try:
        return urlsplit(source).path if "://" in source else source
    except ValueError:
        return source
