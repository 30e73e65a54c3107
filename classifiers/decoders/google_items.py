"""GA4 packs every product into one parameter: `pr1=id123~nmShirt~pr9.99`."""

from __future__ import annotations

import re
from typing import ClassVar

from classifiers.decode_payload import Fields

_PRODUCT = re.compile(r"pr\d+")
_CUSTOM_KEY = re.compile(r"k(\d+)")


class GoogleItems:
    name: ClassVar[str] = "google_items"

    def events(self, fields: Fields) -> list[Fields]:
        flat: Fields = []
        for name, value in fields:
            flat.append((name, value))
            if _PRODUCT.fullmatch(name) and "~" in value:
                flat += _product(name, value)
        return [flat]


def _product(name: str, packed: str) -> Fields:
    """Two letters of key, then the value; `k0colour~v0red` names a custom one."""
    pieces = [(piece[:2], piece[2:]) for piece in packed.split("~") if len(piece) > 2]
    given = dict(pieces)
    product: Fields = []
    for key, value in pieces:
        if _CUSTOM_KEY.fullmatch(key):
            product.append((f"{name}.{value}", given.get("v" + key[1], "")))
        elif not (key[0] == "v" and "k" + key[1] in given):
            product.append((f"{name}.{key}", value))
    return product
