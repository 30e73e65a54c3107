"""What pages told their tags before the tags' libraries had loaded, and how they offered the TCF function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson

from crawler.observations import Consent, Record
from crawler.visits import Visit

COMMANDS: Final = "tag_commands"
TCF: Final = "tcf_api"


class TagCommand(Record):
    page: str
    at: float
    order: int
    consent: Consent
    phase: str
    tag: str
    """`fbq`, `clarity` or `uetq`."""
    words: tuple[str, ...]
    state: dict[str, str]
    by: tuple[str, ...]

    def is_(self, tag: str, *words: str) -> bool:
        return self.tag == tag and self.words[: len(words)] == words


class TcfApi(Record):
    """`__tcfapi` of one page at the end of a phase."""

    page: str
    in_time: bool | None
    """It was a function once the markup had been read; None: not recorded."""
    function: bool
    locator: bool
    """The frame `__tcfapiLocator`, by which frames of other sites find it, was there."""


def commands_of(visit: Visit) -> tuple[TagCommand, ...] | None:
    """In order; None: they were not recorded, so that nothing follows from their absence."""
    told = [orjson.loads(fact.value) for fact in visit.facts if fact.name.startswith(f"{COMMANDS}:")]
    if not told:
        return None
    names = tuple(TagCommand.model_fields)
    every = [TagCommand.model_validate(dict(zip(names, one, strict=True))) for part in told for one in part]
    return tuple(sorted(every, key=lambda one: one.order))


def tcf_apis_of(visit: Visit) -> Iterator[TcfApi]:
    for fact in visit.facts:
        if fact.name.startswith(f"{TCF}:"):
            yield TcfApi.model_validate_json(fact.value)
