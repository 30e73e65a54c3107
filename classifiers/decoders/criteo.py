"""Criteo's OneTag packs every event into a parameter of its own: `p0=e=vp&p=…`, `p1=e=vh`."""

from __future__ import annotations

import re
from typing import ClassVar

from classifiers.decode_payload import Fields, embedded_fields

_EVENT = re.compile(r"p\d+")


class Criteo:
    name: ClassVar[str] = "criteo"

    def events(self, fields: Fields) -> list[Fields]:
        shared = [pair for pair in fields if not _EVENT.fullmatch(pair[0])]
        events: list[Fields] = []
        for name, value in fields:
            if _EVENT.fullmatch(name) and (inner := embedded_fields("", value, "query")):
                events.append(shared + [(key.removeprefix("."), text) for key, text in inner])
        return events or [fields]
