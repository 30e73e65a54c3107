"""What a list's own category says, in our words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from classifiers.base import Purpose
from classifiers.yaml_source import read_yaml
from crawler.observations import Record


class Meaning(Record):
    purpose: Purpose = Purpose.UNCLASSIFIED
    tracks: bool | None = None
    """None: the source cannot tell."""


class Meanings(Record):
    third_party_web: dict[str, Meaning]
    companiesdb: dict[str, Meaning]
    filter_lists: dict[str, Meaning]


UNKNOWN = Meaning()


@cache
def meanings() -> Meanings:
    return read_yaml(Path(__file__).with_name("categories.yaml"), Meanings, what="table of list categories")
