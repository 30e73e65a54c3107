"""The consent platforms of platforms.yaml: their interfaces, and the first-party items that hold the choice."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from pydantic import Field
from ruamel.yaml import YAML

from crawler.observations import Record


class Platform(Record):
    title: str
    interface: str
    controls: Mapping[str, str] = Field(default_factory=dict)
    """Meaning → CSS selector."""
    reopen: str | None = None
    records: Mapping[str, str] = Field(default_factory=dict)
    """Name pattern of a cookie or storage key → decoder in `crawler.signals.records`."""


@cache
def platforms() -> dict[str, Platform]:
    source = files("crawler.browser.consent").joinpath("platforms.yaml").read_text("utf-8")
    return {name: Platform.model_validate(facts) for name, facts in YAML(typ="safe").load(source).items()}


@cache
def for_probe() -> dict[str, dict[str, object]]:
    """The selectors alone, as the probe wants them."""
    wanted = {"interface", "controls", "reopen"}
    return {name: platform.model_dump(include=wanted) for name, platform in platforms().items()}


@cache
def record_of(name: str) -> tuple[str, str] | None:
    """(platform, decoder) of a cookie or storage key that is a platform's consent record; None: nobody's we know."""
    for platform, facts in platforms().items():
        for pattern, decoder in facts.records.items():
            if fnmatchcase(name, pattern):
                return platform, decoder
    return None
