"""One name for one technology: the parts that differ by site, visit or person become `*`."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from classifiers.yaml_source import read_yaml
from crawler.observations import Record


class Family(Record):
    match: str
    name: str


class NamePatterns(Record):
    families: tuple[Family, ...]
    parts: tuple[str, ...]


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[tuple[re.Pattern[str], str], ...], re.Pattern[str]]:
    known = read_yaml(Path(__file__).with_name("name_patterns.yaml"), NamePatterns, what="table of name patterns")
    families = tuple((re.compile(family.match), family.name) for family in known.families)
    return families, re.compile("|".join(known.parts))


@lru_cache(maxsize=65_536)
def normalise(name: str) -> str:
    """`_ga_ABC123` → `_ga_*`; UUIDs, long hex and runs of four digits or more → `*`."""
    families, parts = _patterns()
    for pattern, family in families:
        if found := pattern.fullmatch(name):
            return found.expand(family)
    return re.sub(r"\*(?:[^0-9A-Za-z]?\*)+", "*", parts.sub("*", name))


@lru_cache(maxsize=65_536)
def path_of(url: str) -> str:
    """Without query, `/` where there is none or the URL cannot be read."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"


def normalise_path(url: str) -> str:
    """The path with ids replaced: `/users/12345/a.gif?x=1` → `/users/*/a.gif`."""
    return normalise(path_of(url))
