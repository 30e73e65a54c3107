"""Bulk requests whose items are query strings: `{"requests": ["?idsite=1&…", "?idsite=1&…"]}` (Matomo, Piwik PRO)."""

from __future__ import annotations

import re
from typing import ClassVar

from classifiers.decode_payload import Fields, embedded_fields

_ITEM = re.compile(r"requests\[\d+\]")


class QueryStrings:
    name: ClassVar[str] = "query_strings"

    def events(self, fields: Fields) -> list[Fields]:
        shared = [pair for pair in fields if not _ITEM.fullmatch(pair[0])]
        events = [shared + _unpacked(value) for name, value in fields if _ITEM.fullmatch(name)]
        return events or [fields]


def _unpacked(item: str) -> Fields:
    inner = embedded_fields("", item.lstrip("?"), "query") or []
    return [(name.removeprefix("."), value) for name, value in inner]
