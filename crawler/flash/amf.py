"""What AMF0 and AMF3, the formats in which Flash keeps values, have in common. Input is taken as hostile."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""As JSON has it: dates are ISO 8601, byte arrays base64, not-a-number and infinity their names."""

_DEEPEST: Final = 64
_MOST_VALUES: Final = 100_000
"""A shared object of 100 KB, Flash's own limit per site, cannot hold more than this."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class AmfError(ValueError):
    """The bytes are not what the format allows. The message says where."""


class Source:
    """A place in the bytes; every read is checked."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.values = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise AmfError(f"{count} bytes are announced at offset {self.at}, but {self.left} are left")
        taken = self.data[self.at : self.at + count]
        self.at += count
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def unsigned(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def double(self) -> float:
        return float(struct.unpack(">d", self.take(8))[0])

    def text(self, count: int) -> str:
        return self.take(count).decode("utf-8", "replace")

    def count(self, claimed: int, *, each: int = 1) -> int:
        """A number of things that follow, each at least `each` bytes long: what cannot be there is refused early."""
        if claimed * each > self.left:
            raise AmfError(f"{claimed} elements are announced at offset {self.at}, but {self.left} bytes are left")
        return claimed

    def one_more(self, depth: int) -> None:
        self.values += 1
        if self.values > _MOST_VALUES:
            raise AmfError(f"more than {_MOST_VALUES} values")
        if depth > _DEEPEST:
            raise AmfError(f"nested deeper than {_DEEPEST} levels at offset {self.at}")


def number(value: float) -> Plain:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def date(milliseconds: float) -> Plain:
    """ISO 8601; the number itself where no calendar has such a date."""
    try:
        return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError):
        return number(milliseconds)


def resolve(objects: list[Plain], index: int) -> Plain:
    if index >= len(objects):
        raise AmfError(f"reference to object {index}, but there are {len(objects)} so far")
    return objects[index]


def flat(value: Plain) -> Plain:
    """A copy without cycles, and no larger than a file may be: references can say much with few bytes."""
    budget = _MOST_VALUES

    def copied(part: Plain, above: tuple[int, ...]) -> Plain:
        nonlocal budget
        budget -= 1
        if not isinstance(part, list | dict):
            return part
        if id(part) in above or budget < 0 or len(above) > _DEEPEST:
            return "…"
        inside = (*above, id(part))
        if isinstance(part, list):
            return [copied(one, inside) for one in part[: max(budget, 0)]]
        return {name: copied(one, inside) for name, one in part.items()}

    return copied(value, ())
