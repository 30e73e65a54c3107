"""ActionScript 1 and 2: a linear reading of actions for calls with constant arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.flash.calls import METHODS, SharedObjectCall, call_of
from crawler.flash.octets import Octets

_CALL_METHOD, _GET_VARIABLE, _PUSH, _CONSTANT_POOL = 0x52, 0x1C, 0x96, 0x88
_WITH_CONTENT: Final = 0x80
_WIDTHS: Final = {1: 4, 4: 1, 5: 1, 6: 8}
"""Bytes of the pushed values that are read over: float, register, boolean, double."""

_Item = str | int | None


def calls_in(code: bytes) -> Iterator[SharedObjectCall]:
    """The bodies of functions follow their heads, so one pass reads them too."""
    source = Octets(code)
    pool: list[str] = []
    stack: list[_Item] = []
    while source.left:
        action = source.byte()
        content = Octets(source.take(source.little(2))) if action >= _WITH_CONTENT else Octets(b"")
        if action == _CONSTANT_POOL:
            pool = [content.zero_ended() for _ in range(content.little(2)) if content.left]
        elif action == _PUSH:
            stack.extend(_pushed(content, pool))
        elif action == _GET_VARIABLE:
            stack[-1:] = [None]
        elif action == _CALL_METHOD:
            yield from _call(stack)
            stack = [None]
        else:
            stack = []


def _pushed(content: Octets, pool: list[str]) -> Iterator[_Item]:
    while content.left:
        kind = content.byte()
        if kind == 0:
            yield content.zero_ended()
        elif kind in (2, 3):
            yield None
        elif kind in _WIDTHS:
            content.take(_WIDTHS[kind])
            yield None
        elif kind == 7:
            yield content.little(4)
        elif kind in (8, 9):
            index = content.little(1 if kind == 8 else 2)
            yield pool[index] if index < len(pool) else None
        else:
            return


def _call(stack: list[_Item]) -> Iterator[SharedObjectCall]:
    """From the top: method, object, number of arguments, arguments (first on top)."""
    if len(stack) >= 3 and stack[-1] in METHODS:
        count = stack[-3]
        taken = stack[max(0, len(stack) - 3 - count) : -3] if isinstance(count, int) and count else []
        yield call_of([one if isinstance(one, str) else None for one in reversed(taken)])
