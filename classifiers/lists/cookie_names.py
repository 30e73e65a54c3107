"""The Open Cookie Database: what is said of a cookie's name, with how well the row fits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from classifiers.base import Purpose
from classifiers.lists.formats import cookie_rows
from classifiers.parties import covers, host_of

_PURPOSES: Final = {
    "functional": Purpose.FUNCTIONAL,
    "personalization": Purpose.FUNCTIONAL,
    "analytics": Purpose.ANALYTICS,
    "marketing": Purpose.ADVERTISING,
    "security": Purpose.NECESSARY,
    "necessary": Purpose.NECESSARY,
}
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_COUNT = re.compile(r" *\[x?\d+\]$")
"""`CookieConsent [x4]`: seen four times."""
_PLACEHOLDER = re.compile(r"[<{#*].*$")
_SHORT: Final = 4
"""Names and prefixes shorter than this mean different things on different hosts."""


class Fit(StrEnum):
    HOST = "name and host"
    ANY_HOST = "name"
    OTHER_HOST = "name, listed for another host"


class CookieRow(NamedTuple):
    name: str
    prefix: bool
    """Names that begin with `name` are meant."""
    purpose: Purpose
    category: str
    """As the database words it."""
    platform: str
    controller: str
    hosts: tuple[str, ...]
    own_site: bool
    """Also set on the visited site's own domain."""


class CookieFact(NamedTuple):
    row: CookieRow
    fit: Fit


class CookieNames:
    def __init__(self, rows: Iterable[CookieRow]) -> None:
        self._exact: dict[str, list[CookieRow]] = {}
        self._prefixes: dict[str, list[CookieRow]] = {}
        self.size = 0
        for row in rows:
            (self._prefixes if row.prefix else self._exact).setdefault(row.name, []).append(row)
            self.size += 1
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)

    @classmethod
    def read(cls, text: str) -> CookieNames:
        """Raises ListError."""
        return cls(row for raw in cookie_rows(text) if (row := _row(raw)) is not None)

    def find(self, name: str, host: str) -> CookieFact | None:
        """The best fitting row; None where nobody names it, or where equally good rows contradict each other."""
        for rows in self._candidates(name):
            if found := _best(rows, host):
                return found
        return None

    def _candidates(self, name: str) -> Iterable[list[CookieRow]]:
        if name in self._exact:
            yield self._exact[name]
        for length in self._lengths:  # the longest prefix says most
            if rows := self._prefixes.get(name[:length]):
                yield rows


def _best(rows: list[CookieRow], host: str) -> CookieFact | None:
    tiers = (
        (Fit.HOST, [row for row in rows if any(covers(domain, host) for domain in row.hosts)]),
        (Fit.ANY_HOST, [row for row in rows if row.own_site and _telling(row)]),
        (Fit.OTHER_HOST, [row for row in rows if not row.own_site and _telling(row)]),
    )
    for fit, fitting in tiers:
        if fitting:
            chosen = _agreed(fitting)
            return CookieFact(chosen, fit) if chosen else None
    return None


def _agreed(rows: list[CookieRow]) -> CookieRow | None:
    counts = Counter(row.purpose for row in rows).most_common(2)
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        return None
    return next(row for row in rows if row.purpose is counts[0][0])


def _telling(row: CookieRow) -> bool:
    return len(row.name) >= _SHORT


def _row(raw: dict[str, str]) -> CookieRow | None:
    """None for a row without a name, or of a category that is none."""
    written = _COUNT.sub("", raw["Cookie / Data Key name"].strip())
    name = _PLACEHOLDER.sub("", written)
    category = raw["Category"].strip()
    purpose = _PURPOSES.get(category.lower())
    if not name or purpose is None:
        return None
    where = raw["Domain"].lower()
    hosts = tuple(host for text in _HOST.findall(where) if (host := host_of(text)))
    return CookieRow(
        name=name,
        prefix=raw["Wildcard match"].strip() == "1" or name != written,
        purpose=purpose,
        category=category,
        platform=raw["Platform"].strip(),
        controller=raw.get("Data Controller", "").strip(),
        hosts=hosts,
        own_site=not hosts or "1st party" in where or "first party" in where or "website" in where,
    )
