"""Identifiers that addresses carry from site to site: click ids and cross-domain linkers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from classifiers.carried import query
from classifiers.evidence import Seen
from classifiers.yaml_source import read_yaml
from crawler.observations import Record, RequestSighting


class DecorationEntry(Record):
    vendor: str | None
    """Vendor id of the catalogue; None: not in it."""
    title: str


class _Table(Record):
    parameters: dict[str, DecorationEntry]


class Decoration(NamedTuple):
    seen: Seen
    parameter: str
    """As written, `gclid`."""
    title: str
    vendor: str | None
    within: str
    """Parameter whose value is an address that carries it (`dl`); empty: the request's own address."""


@cache
def decoration_parameters() -> Mapping[str, DecorationEntry]:
    return read_yaml(
        Path(__file__).with_name("link_decorations.yaml"), _Table, what="table of link decorations"
    ).parameters


def decorations(seen: Iterable[Seen]) -> tuple[Decoration, ...]:
    """Of requests, by parameter; an empty value carries nothing. Each parameter is told once for each request."""
    known = decoration_parameters()
    found: dict[tuple[str, str, str], Decoration] = {}
    for one in seen:
        if not isinstance(one.sighting, RequestSighting):
            continue
        for name, value in query(one.sighting.url):
            if name in known and value:
                found[one.id, name, ""] = Decoration(one, name, known[name].title, known[name].vendor, "")
            elif "?" in value and value.startswith(("http://", "https://")):
                for inner, carried in query(value):
                    if inner in known and carried:
                        entry = known[inner]
                        found[one.id, inner, name] = Decoration(one, inner, entry.title, entry.vendor, name)
    return tuple(found.values())
