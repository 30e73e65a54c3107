"""Where in the original sources a place of a built script comes from, by its source map (ECMA-426)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urljoin

import orjson

_DIGITS: Final = {
    character: value
    for value, character in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_LONGEST: Final = 2_000_000
"""Characters of mappings that are read: about a second of work."""
_GUARD: Final = (")]}'", ")]}")
"""Some servers put these before JSON."""


class Spot(NamedTuple):
    """Both count from 1, as editors do."""

    line: int
    column: int


class MapUnreadable(Exception):  # noqa: N818  # names what is the case
    """It is no source map of a form that is read here."""


def originals(content: bytes, spots: Collection[Spot], *, at: str) -> dict[Spot, str]:
    """`src/track.ts:10:4` for each place that the map knows. `at`: the map's own address. Raises MapUnreadable."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    for guard in _GUARD:
        if text.startswith(guard.encode()):
            text = text.partition(b"\n")[2]
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MapUnreadable(str(error)) from error
    if not isinstance(parsed, dict):
        raise MapUnreadable("it is no object")
    sources, mappings = parsed.get("sources"), parsed.get("mappings")
    if not isinstance(sources, list) or not isinstance(mappings, str) or len(mappings) > _LONGEST:
        raise MapUnreadable("it has no sources and mappings, or is too large")
    root = parsed.get("sourceRoot")
    names = [_name(source, root if isinstance(root, str) else "", at) for source in sources]
    return {
        spot: f"{names[source]}:{line + 1}:{column + 1}"
        for spot, (source, line, column) in _found(mappings, spots).items()
        if 0 <= source < len(names)
    }


def _name(source: object, root: str, at: str) -> str:
    name = source if isinstance(source, str) else ""
    if root:
        name = root.rstrip("/") + "/" + name
    return name if ":" in name.partition("/")[0] else urljoin(at, name)


def _found(mappings: str, spots: Collection[Spot]) -> dict[Spot, tuple[int, int, int]]:
    """The last segment at or before each place of its line; all before are read too, as each counts from the last."""
    wanted: dict[int, list[Spot]] = {}
    for spot in spots:
        wanted.setdefault(spot.line - 1, []).append(spot)
    found: dict[Spot, tuple[int, int, int]] = {}
    source = line = column = 0
    for number, group in enumerate(mappings.split(";")):
        here = wanted.get(number)
        generated = 0
        if here is None and number > max(wanted, default=-1):
            break
        for segment in group.split(","):
            fields = list(_numbers(segment))
            if not fields:
                continue
            generated += fields[0]
            if len(fields) >= 4:
                source, line, column = source + fields[1], line + fields[2], column + fields[3]
            for spot in here or ():
                if generated <= spot.column - 1:
                    if len(fields) >= 4:
                        found[spot] = (source, line, column)
                    else:
                        found.pop(spot, None)  # code of no source begins here
    return found


def _numbers(segment: str) -> Iterator[int]:
    value = shift = 0
    for character in segment:
        digit = _DIGITS.get(character)
        if digit is None:
            raise MapUnreadable(f"{character!r} is no Base64 VLQ digit")
        value += (digit & 31) << shift
        if digit & 32:
            shift += 5
            continue
        yield -(value >> 1) if value & 1 else value >> 1
        value = shift = 0


SourceNames = Mapping[str, Mapping[Spot, str]]
"""Address of a script → place in it → place in the original."""
