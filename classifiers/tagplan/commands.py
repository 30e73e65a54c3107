"""What pages told their tags before the tags' libraries had loaded, and how they offered the TCF function."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from crawler.tag_facts import TAG_COMMANDS, TCF_API, TagCommand, TcfApi
from crawler.visits import Visit


def commands_of(visit: Visit) -> tuple[TagCommand, ...] | None:
    """In order; None: they were not recorded, so that nothing follows from their absence."""
    told = [orjson.loads(fact.value) for fact in visit.facts if fact.name.startswith(f"{TAG_COMMANDS}:")]
    if not told:
        return None
    names = tuple(TagCommand.model_fields)
    every = [TagCommand.model_validate(dict(zip(names, one, strict=True))) for part in told for one in part]
    return tuple(sorted(every, key=lambda one: one.order))


def tcf_apis_of(visit: Visit) -> Iterator[TcfApi]:
    for fact in visit.facts:
        if fact.name.startswith(f"{TCF_API}:"):
            yield TcfApi.model_validate_json(fact.value)
