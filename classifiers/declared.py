"""Is it declared: item entries first (name and domain, name, pattern), then general categories, then open words."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from classifiers.base import Party, Purpose
from classifiers.declaration import (
    Category,
    Declaration,
    DeclaredItem,
    DeclaredPurpose,
    Setter,
    Technology,
    name_pattern,
)
from classifiers.findings import DeclaredState, Place
from classifiers.parties import covers
from classifiers.traces import Trace


class Tier(StrEnum):
    """How an item entry was met, best first."""

    NAME_AND_DOMAIN = "name_and_domain"
    NAME = "name"
    """The entry names no domain."""
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class Match:
    state: DeclaredState
    item: DeclaredItem | None = None
    tier: Tier | None = None
    category: Category | None = None

    @property
    def declared_as(self) -> str | None:
        if self.item is not None:
            return self.item.name
        return self.category.id if self.category else None

    @property
    def place(self) -> Place | None:
        entry = self.item or self.category
        return entry.place if entry else None


NO_DECLARATION = Match(DeclaredState.NO_DECLARATION)
UNDECLARED = Match(DeclaredState.UNDECLARED)
OPEN_CLAUSE = Match(DeclaredState.OPEN_CLAUSE)


def category_purposes(category: Category) -> tuple[Purpose, ...]:
    """`maps_to`; a category that stores the choice needs no mapping."""
    if not category.maps_to and DeclaredPurpose.STORE_CHOICE in category.purposes:
        return (Purpose.CONSENT_RECORD,)
    return category.maps_to


class DeclarationIndex:
    """Looks things up in a declaration; built once per audit."""

    def __init__(self, declaration: Declaration | None) -> None:
        self.declaration = declaration
        self._exact: dict[tuple[Technology, str], list[DeclaredItem]] = defaultdict(list)
        self._patterns: dict[Technology, list[tuple[re.Pattern[str], DeclaredItem]]] = defaultdict(list)
        for item in declaration.items if declaration else ():
            pattern = name_pattern(item.name)
            if pattern is not None:
                self._patterns[item.technology].append((pattern, item))
            else:
                self._exact[(item.technology, item.name)].append(item)
        categories = declaration.categories if declaration else ()
        tool_categories = declaration.tool_categories if declaration else ()
        self._categories = [(c, False) for c in categories] + [(c, True) for c in tool_categories]
        self._known: dict[tuple[Technology, str, str, Purpose, Party], Match] = {}
        named = declaration.defaults.technologies_named if declaration else ()
        in_categories = {technology for category in categories for technology in category.technologies}
        self.technologies = frozenset((*named, *in_categories))

    @property
    def lists_items(self) -> bool:
        """Whether items can be held against a list at all."""
        return bool(self.declaration and self.declaration.items)

    def item(self, trace: Trace) -> tuple[DeclaredItem, Tier] | None:
        technologies = [trace.technology]
        if trace.technology is Technology.BEACON:
            technologies.append(Technology.REQUEST)  # an entry for a host's requests covers its beacons
        for technology in technologies:
            entries = self._exact.get((technology, trace.name), ())
            for entry in entries:
                if entry.domains and _of_domain(entry, trace.host):
                    return entry, Tier.NAME_AND_DOMAIN
            for entry in entries:
                if not entry.domains:
                    return entry, Tier.NAME
            for pattern, entry in self._patterns.get(technology, ()):
                if pattern.fullmatch(trace.name) and (not entry.domains or _of_domain(entry, trace.host)):
                    return entry, Tier.PATTERN
        return None

    def covers_host(self, host: str) -> DeclaredItem | None:
        """An item entry of any technology that names the host's domain."""
        items = self.declaration.items if self.declaration else ()
        return next((i for i in items if any(d != "*" and covers(d, host) for d in i.domains)), None)

    def category(self, trace: Trace, *, purpose: Purpose, party: Party) -> Category | None:
        """Covered in general terms: purpose, technology and setter must all be named by one category."""
        if self.declaration is None:
            return None
        setter = Setter.THIRD_PARTY if party is Party.THIRD else Setter.FIRST_PARTY
        for category, of_the_tool in self._categories:
            if purpose not in category_purposes(category):
                continue
            if of_the_tool or (trace.technology in category.technologies and setter in category.set_by):
                return category
        return None

    def match(self, trace: Trace, *, purpose: Purpose, party: Party) -> Match:
        """Equal questions are answered once."""
        question = (trace.technology, trace.name, trace.host, purpose, party)
        known = self._known.get(question)
        if known is None:
            known = self._known[question] = self._match(trace, purpose=purpose, party=party)
        return known

    def _match(self, trace: Trace, *, purpose: Purpose, party: Party) -> Match:
        if self.declaration is None:
            return NO_DECLARATION
        if found := self.item(trace):
            item, tier = found
            return Match(DeclaredState.ITEM, item, tier, self.declaration.category(item.category))
        if category := self.category(trace, purpose=purpose, party=party):
            return Match(DeclaredState.CATEGORY, category=category)
        if trace.technology not in self.technologies and self.declaration.defaults.technologies_open_clause:
            return OPEN_CLAUSE
        return UNDECLARED


def _of_domain(entry: DeclaredItem, host: str) -> bool:
    return any(covers(domain, host) for domain in entry.domains)
