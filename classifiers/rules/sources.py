"""What the rules rest on, each with how far it was checked and when."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from classifiers.yaml_source import read_yaml
from crawler.observations import Record

_CITED = re.compile(r"\[([A-Za-z0-9-]+) (V2?|M)\]")


class LegalSource(Record):
    title: str
    mark: Literal["V", "V2", "M"]
    checked_on: date


class Sources(Record):
    sources: dict[str, LegalSource]


@lru_cache(maxsize=1)
def sources() -> Sources:
    return read_yaml(Path(__file__).with_name("sources.yaml"), Sources, what="table of sources")


def cited(text: str) -> tuple[tuple[str, str], ...]:
    """`(key, mark)` of each citation `[ePD-5-3 V2]` in a rule's manual."""
    return tuple((key, mark) for key, mark in _CITED.findall(text))
