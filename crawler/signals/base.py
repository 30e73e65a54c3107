"""What decoders of consent signals share: `Undecodable`, the state of a category, a reader of bits."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.observations import Consent, Record

LONGEST = 100_000
"""Characters a signal may have; cookies end at 4096, storage may hold more."""


class Undecodable(Record):
    """The signal does not have its documented form; nothing may be concluded from it."""

    signal: str
    why: str


class Category(Record):
    name: str
    granted: bool
    required: bool = False
    """The platform says that it cannot be refused."""


class ConsentRecord(Record):
    """What a consent platform wrote down."""

    platform: str
    categories: tuple[Category, ...] = ()
    said: Consent | None = None
    """Where the record names the choice itself instead of categories."""
    answered: bool | None = None
    """Whether the record tells that a choice was made at all; None: it does not tell."""
    tells_required: bool = True
    """False: which categories cannot be refused is not in the record, so a mixture says nothing."""

    @property
    def says(self) -> Consent | None:
        if self.said is not None:
            return self.said
        found = says_of(self.categories)
        return None if found is Consent.PARTIAL and not self.tells_required else found

    def summary(self) -> str:
        """Short text without any identifier: it is printed in reports."""
        flags = " ".join(f"{category.name}={'1' if category.granted else '0'}" for category in self.categories)
        text = flags or (self.said.value if self.said is not None else "recorded")
        return text if self.answered is None else f"{text} {'answered' if self.answered else 'unanswered'}"


def says_of(categories: Iterable[Category]) -> Consent | None:
    """All optional categories granted, none, or some; None: there is no optional category."""
    optional = {category.granted for category in categories if not category.required}
    if not optional:
        return None
    if len(optional) == 2:
        return Consent.PARTIAL
    return Consent.ACCEPTED if True in optional else Consent.REJECTED


class OutOfBitsError(Exception):
    """The string ends inside a field."""


class Bits:
    """Reads a big-endian bit string."""

    def __init__(self, value: int, length: int) -> None:
        self._value = value
        self.left = length

    @classmethod
    def of_base64url(cls, text: str) -> Bits:
        """Six bits a character, no padding wanted; raises ValueError on another alphabet."""
        value = 0
        stripped = text.rstrip("=")
        for sign in stripped:
            place = _ALPHABET.find(sign)
            if place < 0:
                raise ValueError(f"{sign!r} is not base64url")
            value = value << 6 | place
        return cls(value, 6 * len(stripped))

    def take(self, width: int) -> int:
        """The next `width` bits as a number; raises OutOfBitsError."""
        if width > self.left:
            raise OutOfBitsError(f"{width} bits wanted, {self.left} left")
        self.left -= width
        return self._value >> self.left & ((1 << width) - 1)

    def flag(self) -> bool:
        return bool(self.take(1))

    def flags(self, width: int) -> tuple[int, ...]:
        """Numbers (from 1) of the bits that are set, first bit first."""
        value = self.take(width)
        return tuple(place for place in range(1, width + 1) if value >> (width - place) & 1)

    def letters(self, count: int) -> str:
        """Six bits a letter, A = 0; raises ValueError beyond Z."""
        codes = [self.take(6) for _ in range(count)]
        if any(code > 25 for code in codes):
            raise ValueError("not letters")
        return "".join(chr(65 + code) for code in codes)


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
