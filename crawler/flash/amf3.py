"""AMF3, the format of ActionScript 3."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Final

from crawler.flash.amf import AmfError, Plain, Source, date, flat, number, resolve


class Amf3:
    """One stream of values with its three tables of references."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._strings: list[str] = []
        self._objects: list[Plain] = []
        self._traits: list[tuple[tuple[str, ...], bool, bool]] = []
        """Sealed names, whether dynamic, whether externalizable."""

    def value(self, depth: int = 0) -> Plain:
        source = self._source
        source.one_more(depth)
        marker = source.byte()
        match marker:
            case 0x00 | 0x01:
                return None
            case 0x02 | 0x03:
                return marker == 0x03
            case 0x04:
                found = self._number()
                return found - (1 << 29) if found & (1 << 28) else found
            case 0x05:
                return number(source.double())
            case 0x06:
                return self.string()
        read = _AMF3.get(marker)
        if read is None:
            raise AmfError(f"unknown AMF3 type {marker:#04x} at offset {source.at - 1}")
        head = self._number()
        if not head & 1:
            return resolve(self._objects, head >> 1)
        return read(self, head >> 1, depth)

    def string(self) -> str:
        head = self._number()
        if not head & 1:
            if head >> 1 >= len(self._strings):
                raise AmfError(f"reference to a string that was not there before offset {self._source.at}")
            return self._strings[head >> 1]
        text = self._source.text(head >> 1)
        if text:
            self._strings.append(text)
        return text

    def _number(self) -> int:
        """Seven bits a byte, the fourth byte gives eight."""
        result = 0
        for _ in range(3):
            byte = self._source.byte()
            result = result << 7 | byte & 0x7F
            if byte < 0x80:
                return result
        return result << 8 | self._source.byte()

    def _keep(self, made: Plain) -> None:
        self._objects.append(made)

    def _xml(self, size: int, _: int) -> Plain:
        text = self._source.text(size)
        self._keep(text)
        return text

    def _bytes(self, size: int, _: int) -> Plain:
        text = base64.b64encode(self._source.take(size)).decode()
        self._keep(text)
        return text

    def _date(self, _: int, __: int) -> Plain:
        moment = date(self._source.double())
        self._keep(moment)
        return moment

    def _array(self, count: int, depth: int) -> Plain:
        names: dict[str, Plain] = {}
        items: list[Plain] = []
        place = len(self._objects)
        self._keep(items)
        while name := self.string():
            self._objects[place] = names
            names[name] = self.value(depth + 1)
        for _ in range(self._source.count(count)):
            items.append(self.value(depth + 1))  # noqa: PERF401  # a reference may point at it while it grows
        if not names:
            return items
        names.update((str(index), item) for index, item in enumerate(items))
        return names

    def _object(self, head: int, depth: int) -> Plain:
        if head & 1:
            sealed = tuple(self._traits_of(head >> 1))
            traits = (sealed, bool(head & 4), bool(head & 2))
            self._traits.append(traits)
        elif head >> 1 < len(self._traits):
            traits = self._traits[head >> 1]
        else:
            raise AmfError(f"reference to a class that was not there before offset {self._source.at}")
        names, dynamic, external = traits
        if external:
            raise AmfError("an object whose class writes its own format, which only that class can read")
        made: dict[str, Plain] = {}
        self._keep(made)
        for name in names:
            made[name] = self.value(depth + 1)
        if dynamic:
            while name := self.string():
                made[name] = self.value(depth + 1)
        return made

    def _traits_of(self, head: int) -> list[str]:
        count = self._source.count(head >> 2)
        self.string()  # the class's name
        return [self.string() for _ in range(count)]

    def _integers(self, count: int, _: int) -> Plain:
        return self._vector(count, ">i", 4)

    def _unsigned(self, count: int, _: int) -> Plain:
        return self._vector(count, ">I", 4)

    def _doubles(self, count: int, _: int) -> Plain:
        return self._vector(count, ">d", 8)

    def _vector(self, count: int, form: str, width: int) -> Plain:
        source = self._source
        source.byte()  # whether its length is fixed
        content = source.take(source.count(count, each=width) * width)
        made: list[Plain] = [number(one) for (one,) in struct.iter_unpack(form, content)]
        self._keep(made)
        return made

    def _objects_vector(self, count: int, depth: int) -> Plain:
        self._source.byte()
        self.string()  # the class's name
        made: list[Plain] = []
        self._keep(made)
        for _ in range(self._source.count(count)):
            made.append(self.value(depth + 1))  # noqa: PERF401  # a reference may point at it while it grows
        return made

    def _dictionary(self, count: int, depth: int) -> Plain:
        self._source.byte()  # whether its keys are weak
        made: dict[str, Plain] = {}
        self._keep(made)
        for _ in range(self._source.count(count, each=2)):
            name = self.value(depth + 1)
            made[name if isinstance(name, str) else str(flat(name))] = self.value(depth + 1)
        return made


_AMF3: Final[dict[int, Callable[[Amf3, int, int], Plain]]] = {
    0x07: Amf3._xml,
    0x08: Amf3._date,
    0x09: Amf3._array,
    0x0A: Amf3._object,
    0x0B: Amf3._xml,
    0x0C: Amf3._bytes,
    0x0D: Amf3._integers,
    0x0E: Amf3._unsigned,
    0x0F: Amf3._doubles,
    0x10: Amf3._objects_vector,
    0x11: Amf3._dictionary,
}
