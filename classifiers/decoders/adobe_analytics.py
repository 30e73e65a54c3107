"""Adobe's b/ss payload: context data is nested by bare names, `c.` opens and `.c` closes."""

from __future__ import annotations

from typing import ClassVar

from classifiers.decode_payload import Fields

_NEVER_NESTED = frozenset({"c.r", "D", "AQB", "AQE"})


class AdobeAnalytics:
    name: ClassVar[str] = "adobe_analytics"

    def events(self, fields: Fields) -> list[Fields]:
        nest: list[str] = []
        flat: Fields = []
        for name, value in fields:
            if not value and name.endswith(".") and len(name) > 1 and name not in _NEVER_NESTED:
                nest.append(name[:-1])
            elif not value and name.startswith(".") and nest and name[1:] == nest[-1]:
                nest.pop()
            else:
                flat.append((".".join([*nest, name]), value))
        return [flat]
