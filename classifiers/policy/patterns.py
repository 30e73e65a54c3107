"""The patterns of statements: read from `patterns.yaml`, groups of words filled in, compiled once."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from classifiers.declaration import Technology
from classifiers.yaml_source import SourceError, read_yaml
from crawler.observations import Record

_HERE = Path(__file__).parent


class Way(Record):
    all: tuple[str, ...]
    none: tuple[str, ...] = ()
    about: str | None = None
    under: str | None = None
    quote: str | None = None
    within: Literal["sentence", "passage"] = "sentence"


class Pattern(Record):
    key: str
    title: str
    ways: tuple[Way, ...]
    rules: tuple[str, ...] = ()
    technologies: tuple[Technology, ...] = ()
    testable: bool = True


class TensionPattern(Record):
    id: str
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    says: str


class SilencePattern(Record):
    topic: str
    unless: tuple[str, ...]
    only_with: tuple[str, ...] = ()
    says: str


class Patterns(Record):
    languages: tuple[str, ...]
    common_words: tuple[str, ...]
    """A text that holds few of these is in another language, which these patterns cannot read."""
    words: dict[str, str]
    claims: tuple[Pattern, ...]
    facts: tuple[Pattern, ...]
    tensions: tuple[TensionPattern, ...]
    silences: tuple[SilencePattern, ...]

    def pattern(self, key: str) -> Pattern | None:
        return next((found for found in self.claims if found.key == key), None)


class _Countries(Record):
    countries: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    return read_yaml(_HERE / "patterns.yaml", Patterns, what="table of policy statements")


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[re.Pattern[str], str], ...]:
    """A pattern per country, the longest names first so that parts of names do not win."""
    table = read_yaml(_HERE / "countries.yaml", _Countries, what="table of countries").countries
    names = sorted(((name, code) for code, known in table.items() for name in known), key=lambda n: -len(n[0]))
    return tuple((re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), code) for name, code in names)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """`{word}` filled in from the table, without regard to case. Raises SourceError for an unknown word."""
    words = patterns().words

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        if name == "country":
            return "(?:" + "|".join(known.pattern for known, _ in countries()) + ")"
        if name not in words:
            raise SourceError([f"patterns.yaml:1: words: {name!r} is used and not defined"])
        return f"(?:{words[name]})"

    return re.compile(re.sub(r"\{([a-z_]+)\}", fill, pattern), re.IGNORECASE)
