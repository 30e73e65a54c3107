"""The IAB US Privacy string, `1YNN` (specification frozen in 2021; still seen as GPP section 6)."""

from __future__ import annotations

import re

from crawler.observations import Record
from crawler.signals.base import Undecodable


class UsPrivacy(Record):
    applies: bool
    """False: `1---`."""
    notice: bool | None
    opted_out_of_sale: bool | None
    limited_service_provider: bool | None


def decode_usp(text: str) -> UsPrivacy | Undecodable:
    """Never raises."""
    found = re.fullmatch(r"1([YNyn-])([YNyn-])([YNyn-])", text[:64])
    if found is None:
        return Undecodable(signal="usp", why="not `1` and three of Y, N, -")
    notice, sale, lspa = (None if sign == "-" else sign in "Yy" for sign in found.groups())
    return UsPrivacy(applies=text != "1---", notice=notice, opted_out_of_sale=sale, limited_service_provider=lspa)
