"""How to write a decoder: a class in one file of this folder, listed in `DECODERS`, named by an endpoint's `decoder`.

Only where the catalogue's data (path groups, batch, embedded values) cannot say how to read a payload.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from classifiers.decode_payload import Fields


class Decoder(Protocol):
    name: ClassVar[str]

    def events(self, fields: Fields) -> list[Fields]:
        """One list of fields per event, from the fields of one request (or of one item of a batch). Never raises."""
        ...
