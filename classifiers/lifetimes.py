"""How long something is kept: words of declarations to seconds, and seconds to words of reports."""

from __future__ import annotations

import math
import re
from typing import Literal

Lifetime = float | Literal["session", "persistent"] | None
"""Seconds, until the browser closes, without end, or not stated."""

DAY = 86_400.0
BROWSER_LIMIT = 400 * DAY
"""RFC 6265bis 5.5: browsers must limit a cookie's life to 400 days."""
THIRTEEN_MONTHS = 396 * DAY

_UNITS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": DAY,
    "week": 7 * DAY,
    "month": 365 * DAY / 12,
    "year": 365 * DAY,
}
_IN_WORDS = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*(second|minute|hour|day|week|month|year)s?\s*$", re.IGNORECASE)


def parse_lifetime(value: object) -> Lifetime:
    """`session`, `persistent`, seconds, or number and unit. Raises ValueError that names the accepted forms."""
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
        return float(value)
    text = str(value).strip().lower()
    if text == "session":
        return "session"
    if text in ("persistent", "no expiry", "unlimited"):
        return "persistent"
    if found := _IN_WORDS.match(text):
        return float(found.group(1).replace(",", ".")) * _UNITS[found.group(2).lower()]
    raise ValueError("a lifetime is `session`, `persistent`, a number of seconds, or number and unit (`13 months`)")


def in_words(seconds: float | None) -> str:
    """`730 days`, `2 hours`, `session`."""
    if seconds is None:
        return "session"
    for unit, size in (("day", DAY), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= size:
            count = round(seconds / size, 1)
            return f"{count:g} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:g} seconds"
