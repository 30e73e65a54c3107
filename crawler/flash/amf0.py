"""AMF0, the older format, which may hold values of the newer one."""

from __future__ import annotations

from crawler.flash.amf import AmfError, Plain, Source, date, number, resolve
from crawler.flash.amf3 import Amf3


class Amf0:
    """One stream of values, which may refer back to each other."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._objects: list[Plain] = []

    def value(self, depth: int = 0) -> Plain:
        source = self._source
        source.one_more(depth)
        marker = source.byte()
        match marker:
            case 0x00:
                return number(source.double())
            case 0x01:
                return source.byte() != 0
            case 0x02:
                return source.text(source.unsigned(2))
            case 0x03:
                return self._object(depth)
            case 0x05 | 0x06 | 0x0D:
                return None
            case 0x07:
                return resolve(self._objects, source.unsigned(2))
            case 0x08:
                source.unsigned(4)  # a hint of the length; the end is marked
                return self._object(depth)
            case 0x0A:
                return self._array(depth)
            case 0x0B:
                moment = date(source.double())
                source.unsigned(2)  # a time zone that players do not use
                return moment
            case 0x0C | 0x0F:
                return source.text(source.unsigned(4))
            case 0x10:
                source.text(source.unsigned(2))  # the class's name
                return self._object(depth)
            case 0x11:
                return Amf3(source).value(depth + 1)
        raise AmfError(f"unknown AMF0 type {marker:#04x} at offset {source.at - 1}")

    def _object(self, depth: int) -> Plain:
        source = self._source
        made: dict[str, Plain] = {}
        self._objects.append(made)
        while True:
            name = source.text(source.unsigned(2))
            if not name and source.data[source.at : source.at + 1] == b"\x09":
                source.at += 1
                return made
            made[name] = self.value(depth + 1)

    def _array(self, depth: int) -> Plain:
        made: list[Plain] = []
        self._objects.append(made)
        for _ in range(self._source.count(self._source.unsigned(4))):
            made.append(self.value(depth + 1))  # noqa: PERF401  # a reference may point at it while it grows
        return made
