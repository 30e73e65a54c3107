"""Global Privacy Control: the header, and the site's `/.well-known/gpc.json`."""

from __future__ import annotations

import json
from datetime import date

from crawler.observations import Record
from crawler.signals.base import LONGEST, Undecodable


class GpcSupport(Record):
    gpc: bool
    last_update: date | None


def is_gpc(header: str | None) -> bool:
    """`Sec-GPC` has exactly one valid value."""
    return header is not None and header.strip() == "1"


def decode_gpc_json(text: str) -> GpcSupport | Undecodable:
    """Never raises."""
    if len(text) > LONGEST:
        return Undecodable(signal="gpc_json", why="too long")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Undecodable(signal="gpc_json", why="not JSON")
    if not isinstance(data, dict) or not isinstance(data.get("gpc"), bool):
        return Undecodable(signal="gpc_json", why="no boolean `gpc` in an object")
    told = data.get("lastUpdate")
    try:
        updated = date.fromisoformat(told[:10]) if isinstance(told, str) else None
    except ValueError:
        updated = None
    return GpcSupport(gpc=data["gpc"], last_update=updated)
