"""ActionScript 3: the constant pool of an ABC block, and its method bodies read for calls with constant arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crawler.flash.calls import METHODS, OWNER, SharedObjectCall, call_of
from crawler.flash.octets import Octets, SwfError

_NAMED: Final = frozenset({0x07, 0x0D, 0x0F, 0x10, 0x09, 0x0E})
"""Kinds of multiname that hold a name; 0x0F and 0x10 hold nothing else."""
_ONE_OPERAND: Final = frozenset(
    {0x04, 0x05, 0x06, 0x08, 0x25, 0x2C, 0x2D, 0x2E, 0x2F, 0x31, 0x40, 0x41, 0x42, 0x49, 0x53, 0x55, 0x56, 0x58}
    | {0x59, 0x5A, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x62, 0x63, 0x65, 0x66, 0x67, 0x68, 0x6A, 0x6C, 0x6D, 0x6E, 0x6F}
    | {0x80, 0x86, 0x92, 0x94, 0xB2, 0xC2, 0xC3, 0xF0, 0xF1, 0xF2}
)
_TWO_OPERANDS: Final = frozenset({0x32, 0x43, 0x44, 0x45, 0x46, 0x4A, 0x4C, 0x4E, 0x4F})
_JUMPS: Final = frozenset(range(0x0C, 0x1B))
_SWITCH, _DEBUG, _PUSH_BYTE, _PUSH_STRING = 0x1B, 0xEF, 0x24, 0x2C
_OTHER_PUSHES: Final = frozenset({0x20, 0x21, 0x24, 0x25, 0x26, 0x27, 0x28, 0x2D, 0x2E, 0x2F, 0x62})
_LOCALS: Final = frozenset({0xD0, 0xD1, 0xD2, 0xD3})
_NEUTRAL: Final = frozenset({0x09, 0x70, 0x73, 0x74, 0x75, 0x76, 0x78, 0x80, 0x82, 0x85, 0xF0, 0xF1, 0xEF, 0x02})
"""Labels, conversions and debugging marks: they leave the stack as deep as it was."""
_CALLS: Final = frozenset({0x46, 0x4C, 0x4F, 0x45, 0x4E})


@dataclass(frozen=True, slots=True)
class _Pool:
    strings: tuple[str, ...]
    names: tuple[str, ...]
    """Of each multiname; empty where it has none."""


def calls_in(abc: bytes) -> Iterator[SharedObjectCall]:
    """Raises `SwfError`. A program that names both words but calls with nothing constant yields one open call."""
    source = Octets(abc)
    source.take(4)  # version
    pool = _pool(source)
    if not METHODS.intersection(pool.strings):
        return
    found = False
    for code in _bodies(source):
        for call in _calls(code, pool):
            found = True
            yield call
    if not found and OWNER in pool.strings:
        yield call_of([])


def _pool(source: Octets) -> _Pool:
    for _ in range(2):  # signed and unsigned numbers
        for _ in range(source.how_many() - 1):
            source.u30()
    source.take(8 * max(source.how_many() - 1, 0))
    strings = ["", *(_string(source) for _ in range(source.how_many() - 1))]
    for _ in range(source.how_many() - 1):  # namespaces
        source.byte()
        source.u30()
    for _ in range(source.how_many() - 1):  # sets of them
        for _ in range(source.how_many()):
            source.u30()
    names = ["", *(_multiname(source, strings) for _ in range(source.how_many() - 1))]
    return _Pool(tuple(strings), tuple(names))


def _string(source: Octets) -> str:
    return source.take(source.u30()).decode("utf-8", "replace")


def _multiname(source: Octets, strings: list[str]) -> str:
    kind = source.byte()
    if kind in _NAMED:
        if kind in (0x07, 0x0D):
            source.u30()
        index = source.u30()
        if kind in (0x09, 0x0E):
            source.u30()
        return strings[index] if index < len(strings) else ""
    if kind in (0x1B, 0x1C):
        source.u30()
    elif kind == 0x1D:
        source.u30()
        for _ in range(source.how_many()):
            source.u30()
    elif kind not in (0x11, 0x12):
        raise SwfError(f"unknown kind of name {kind:#04x} at offset {source.at - 1}")
    return ""


def _bodies(source: Octets) -> Iterator[bytes]:
    """Reads over all that stands between the constants and the code."""
    for _ in range(source.how_many()):
        _method(source)
    for _ in range(source.how_many()):  # metadata
        source.u30()
        for _ in range(2 * source.how_many()):
            source.u30()
    classes = source.how_many()
    for _ in range(classes):
        _instance(source)
    for _ in range(classes):
        source.u30()
        _traits(source)
    for _ in range(source.how_many()):  # scripts
        source.u30()
        _traits(source)
    for _ in range(source.how_many()):
        for _ in range(5):
            source.u30()
        yield source.take(source.u30())
        for _ in range(5 * source.how_many()):  # exceptions
            source.u30()
        _traits(source)


def _method(source: Octets) -> None:
    parameters = source.how_many()
    for _ in range(parameters + 2):
        source.u30()
    flags = source.byte()
    if flags & 0x08:
        for _ in range(source.how_many()):
            source.u30()
            source.byte()
    if flags & 0x80:
        for _ in range(parameters):
            source.u30()


def _instance(source: Octets) -> None:
    source.u30()
    source.u30()
    if source.byte() & 0x08:
        source.u30()
    for _ in range(source.how_many()):
        source.u30()
    source.u30()
    _traits(source)


def _traits(source: Octets) -> None:
    for _ in range(source.how_many()):
        source.u30()
        kind = source.byte()
        source.u30()
        source.u30()
        if kind & 0x0F in (0, 6):
            if source.u30():
                source.byte()
        elif kind & 0x0F > 6:
            raise SwfError(f"unknown kind of trait {kind:#04x} at offset {source.at}")
        if kind & 0x40:
            for _ in range(source.how_many()):
                source.u30()


def _calls(code: bytes, pool: _Pool) -> Iterator[SharedObjectCall]:
    """A linear pass that follows only pushed constants; anything else that moves the stack ends what is known."""
    source = Octets(code)
    pushed: list[str | None] = []
    while source.left:
        opcode = source.byte()
        first, second = _operands(source, opcode)
        if opcode == _PUSH_STRING:
            pushed.append(pool.strings[first] if first < len(pool.strings) else None)
        elif opcode in _OTHER_PUSHES or opcode in _LOCALS:
            pushed.append(None)
        elif opcode in _CALLS:
            if first < len(pool.names) and pool.names[first] in METHODS:
                known = pushed[len(pushed) - second :] if 0 < second <= len(pushed) else []
                yield call_of(known)
            pushed = []
        elif opcode not in _NEUTRAL:
            pushed = []


def _operands(source: Octets, opcode: int) -> tuple[int, int]:
    if opcode in _TWO_OPERANDS:
        return source.u30(), source.u30()
    if opcode in _ONE_OPERAND:
        return source.u30(), 0
    if opcode in _JUMPS:
        source.take(3)
    elif opcode == _PUSH_BYTE:
        source.byte()
    elif opcode == _SWITCH:
        source.take(3)
        for _ in range(source.how_many(each=3) + 1):
            source.take(3)
    elif opcode == _DEBUG:
        source.byte()
        source.u30()
        source.byte()
        source.u30()
    return 0, 0
