"""A checked place in a Flash program's bytes, which are little-endian."""

from __future__ import annotations


class SwfError(ValueError):
    """The bytes are not what the format allows."""


class Octets:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        if count < 0 or count > self.left:
            raise SwfError(f"{count} bytes are announced at offset {self.at}, but {self.left} are left")
        taken = self.data[self.at : self.at + count]
        self.at += count
        return taken

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise SwfError(f"it ends at offset {self.at}, where more is announced")
        self.at += 1
        return self.data[self.at - 1]

    def little(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def zero_ended(self) -> str:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise SwfError(f"a text without end at offset {self.at}")
        text = self.data[self.at : end].decode("utf-8", "replace")
        self.at = end + 1
        return text

    def u30(self) -> int:
        """ActionScript 3's variable number: seven bits a byte, at most five bytes."""
        result = 0
        for shift in (0, 7, 14, 21, 28):
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
        return result

    def how_many(self, *, each: int = 1) -> int:
        """A number of things that follow, each at least `each` bytes long."""
        count = self.u30()
        if count * each > self.left:
            raise SwfError(f"{count} elements are announced at offset {self.at}, but {self.left} bytes are left")
        return count
