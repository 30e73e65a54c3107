"""The words of cookie lists, from `words.yaml`: headers, technologies, parties, lifetimes and categories."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from classifiers.base import Purpose
from classifiers.declaration import Setter, Technology
from classifiers.lifetimes import Lifetime, parse_lifetime
from classifiers.yaml_source import read_yaml
from crawler.observations import Record

Column = Literal["name", "provider", "domain", "description", "lifetime", "technology", "category", "party"]
ACCEPTED_LIFETIMES = "`2 years`, `13 Monate`, `1 an`, `2년`, `Session`, `Persistent`, or nothing"


class CategoryWord(Record):
    match: str
    purpose: Purpose


class LifetimeWords(Record):
    units: dict[float, tuple[str, ...]]
    numbers: dict[float, tuple[str, ...]]
    session: tuple[str, ...]
    persistent: tuple[str, ...]
    not_stated: tuple[str, ...]
    filler: tuple[str, ...]


class Words(Record):
    headers: dict[Column, dict[str, tuple[str, ...]]]
    technologies: dict[Technology, tuple[str, ...]]
    parties: dict[Setter, tuple[str, ...]]
    lifetimes: LifetimeWords
    categories: dict[str, tuple[CategoryWord, ...]]
    tcf_purposes: dict[str, Purpose | None]
    tcf_special_purposes: dict[str, Purpose]


@lru_cache(maxsize=1)
def words() -> Words:
    return read_yaml(Path(__file__).with_name("words.yaml"), Words, what="table of words")


def _either(patterns: tuple[str, ...]) -> str:
    return "(?:" + "|".join(patterns) + ")"


@lru_cache(maxsize=1)
def _headers() -> tuple[tuple[re.Pattern[str], Column], ...]:
    return tuple(
        (re.compile(_either(tuple(w for per in languages.values() for w in per)), re.IGNORECASE), column)
        for column, languages in words().headers.items()
    )


def columns_of(header: str) -> tuple[Column, ...]:
    """What a column of this header may hold, likeliest first; empty: not known."""
    text = re.sub(r"\s+", " ", header).strip(" :*")
    return tuple(column for pattern, column in _headers() if pattern.fullmatch(text))


@lru_cache(maxsize=1024)
def technology_of(text: str) -> Technology | None:
    clean = re.sub(r"\s+", " ", text).strip()
    for technology, patterns in words().technologies.items():
        if re.fullmatch(_either(patterns), clean, re.IGNORECASE):
            return technology
    return None


@lru_cache(maxsize=1024)
def party_of(text: str) -> Setter | None:
    clean = re.sub(r"\s+", " ", text).strip()
    for setter, patterns in words().parties.items():
        if re.fullmatch(_either(patterns), clean, re.IGNORECASE):
            return setter
    return None


@lru_cache(maxsize=1024)
def purpose_of_category(text: str) -> Purpose | None:
    """By the first language that knows a word of it; None: unmapped."""
    for language in words().categories.values():
        for known in language:
            if re.search(known.match, text, re.IGNORECASE):
                return known.purpose
    return None


@lru_cache(maxsize=4096)
def lifetime_of(text: str) -> Lifetime:
    """Raises ValueError that names the accepted forms; None: the list says nothing."""
    clean = re.sub(r"\s+", " ", text).strip(" .*").lower()
    known = words().lifetimes
    if re.fullmatch(_either(known.not_stated), clean):
        return None
    if re.fullmatch(_either(known.session), clean):
        return "session"
    if re.fullmatch(_either(known.persistent), clean):
        return "persistent"
    total, rest = _sum(clean)
    if total is not None and re.fullmatch(rf"(?:[\s,;()/+.]|\b{_either(known.filler)}(?!\w))*", rest):
        return total
    try:
        return parse_lifetime(clean)
    except ValueError:
        raise ValueError(f"{text!r} is no lifetime; accepted: {ACCEPTED_LIFETIMES}") from None


@lru_cache(maxsize=1)
def _quantity() -> re.Pattern[str]:
    known = words().lifetimes
    numbers = _either(tuple(word for spelled in known.numbers.values() for word in spelled))
    units = _either(tuple(word for spelled in known.units.values() for word in spelled))
    return re.compile(rf"(?<![\w.,])(?:(?P<digits>\d+(?:[.,]\d+)?)|(?P<word>{numbers}))[ -]?(?P<unit>{units})(?!\w)")


def _sum(text: str) -> tuple[float | None, str]:
    """All quantities of the text added up (`1 year 1 month`), and what is left of it."""
    known = words().lifetimes
    total: float | None = None
    for found in _quantity().finditer(text):
        if found["digits"]:
            number = float(found["digits"].replace(",", "."))
        else:
            number = next(n for n, spelled in known.numbers.items() if re.fullmatch(_either(spelled), found["word"]))
        unit = next(size for size, spelled in known.units.items() if re.fullmatch(_either(spelled), found["unit"]))
        total = (total or 0.0) + number * unit
    return total, _quantity().sub("", text)
