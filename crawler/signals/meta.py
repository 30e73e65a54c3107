"""Meta pixel parameters that carry consent: limited data use (`dpo`, `dpoco`, `dpost`)."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.observations import Record
from crawler.signals.base import Undecodable


class MetaDataProcessing(Record):
    """`dpo` lists the options in force; `LDU` is limited data use. Country and state: 0 lets Meta locate the person."""

    limited_data_use: bool
    options: tuple[str, ...]
    country: int | None = None
    state: int | None = None


def decode_meta(parameters: Mapping[str, str]) -> MetaDataProcessing | Undecodable | None:
    """None: the request carries no data processing options. Never raises."""
    given = parameters.get("dpo")
    if given is None:
        return None
    options = tuple(
        option for option in given[:200].replace("[", "").replace("]", "").replace('"', "").split(",") if option
    )
    if any(not option.isascii() or not option.isalnum() for option in options):
        return Undecodable(signal="meta_dpo", why="not a list of option names")
    return MetaDataProcessing(
        limited_data_use="LDU" in options,
        options=options,
        country=_number(parameters.get("dpoco")),
        state=_number(parameters.get("dpost")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 7 else None
