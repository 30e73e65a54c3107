"""JavaScript array literals, as consent platforms put their lists into scripts: read, never run."""

from __future__ import annotations

import re
from collections.abc import Callable

Literal = str | float | bool | None | list["Literal"]

_SPACE = re.compile(r"(?:\s|//[^\n]*\n|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "undefined": None}


class LiteralError(Exception):
    def __init__(self, offset: int, sentence: str) -> None:
        self.offset = offset
        super().__init__(sentence)


def array_at(text: str, offset: int) -> list[Literal]:
    """The array literal that begins at `offset`. Raises LiteralError."""
    value, _ = _value(text, offset, _fail)
    if not isinstance(value, list):
        raise _fail(offset, "an array was expected")
    return value


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _fail(offset: int, sentence: str) -> LiteralError:
    return LiteralError(offset, sentence)


def _value(text: str, at: int, fail: Callable[[int, str], LiteralError]) -> tuple[Literal, int]:
    at = _skip(text, at)
    if text.startswith("[", at):
        return _array(text, at, fail)
    if found := _STRING.match(text, at):
        return _text(found[0][1:-1]), found.end()
    if found := _NUMBER.match(text, at):
        return float(found[0]), found.end()
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    raise fail(at, f"a string, number or array was expected, found {text[at : at + 20]!r}")


def _array(text: str, at: int, fail: Callable[[int, str], LiteralError]) -> tuple[list[Literal], int]:
    values: list[Literal] = []
    at = _skip(text, at + 1)
    while not text.startswith("]", at):
        value, at = _value(text, at, fail)
        values.append(value)
        at = _skip(text, at)
        if text.startswith(",", at):
            at = _skip(text, at + 1)
        elif not text.startswith("]", at):
            raise fail(at, "the array breaks off; `,` or `]` was expected")
    return values, at + 1


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _text(literal: str) -> str:
    """Characters beyond the 16 bits of JavaScript's are written as two escapes; half of such a pair means nothing."""
    text = _ESCAPE.sub(_unescape, literal)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _NAMED.get(found[3], found[3])
