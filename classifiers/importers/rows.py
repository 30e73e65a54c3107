"""From rows in a site's words to declared items: one way for all structures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from classifiers.base import Purpose
from classifiers.declaration import (
    SCHEMA,
    Category,
    Declaration,
    DeclaredItem,
    Recipient,
    Setter,
    Source,
    Technology,
)
from classifiers.importers.base import Imported, ListError, Material
from classifiers.importers.words import (
    ACCEPTED_LIFETIMES,
    lifetime_of,
    purpose_of_category,
    technology_of,
    words,
)
from classifiers.lifetimes import Lifetime
from classifiers.parties import host_of
from crawler.observations import Record

SourceKind = Literal["privacy_policy", "cookie_policy", "consent_platform", "tcf_disclosure", "inventory"]
_EXEMPT = (Purpose.NECESSARY, Purpose.CONSENT_RECORD)
_HOST = re.compile(r"(?:\*\.|\.)?(?:[\w-]+\.)+[a-zA-Z][\w-]+")
_NOT_IN_COOKIE_NAMES = re.compile(r"[\s;,=]")
_PLACEHOLDERS = re.compile(
    r"#+|<[^<>]*>|\{[^{}]*\}|\[[^\[\]]*\]|(?<=[_.-])[xX]{2,}(?:[_-][xX]+)*|[xX]{4,}$|(?<=[_-])[nN]{3,}"
)


class Row(Record):
    """One entry of a list, in the words of its source."""

    where: str
    """Line or key: `line 12`, `DomainData.Groups[2].FirstPartyCookies[0]`."""
    name: str
    technology: Technology | str = Technology.COOKIE
    category: str | None = None
    category_key: str | None = None
    """The platform's own stable id of the category, where it has one."""
    lifetime: str | float | None = None
    provider: str | None = None
    domains: tuple[str, ...] = ()
    set_by: Setter | None = None
    description: str | None = None
    source_url: str | None = None
    refreshed: bool | None = None
    prefix: bool = False
    """The name stands for all that begin with it."""
    pattern: str | None = None
    """A regular expression for the name."""


class ItemRows:
    def __init__(self, material: Material, *, kind: SourceKind, categories: Iterable[Category] = ()) -> None:
        words()  # a broken table of words is not a fault of the row at hand
        self._material = material
        self._kind = kind
        self._items: dict[tuple[object, ...], DeclaredItem] = {}
        self._categories: dict[str, Category] = {category.id: category for category in categories}
        self._faults: list[str] = []
        self._notes: list[str] = []

    def fault(self, where: str, sentence: str) -> None:
        self._faults.append(f"{place(self._material, where)}: {sentence}")

    def note(self, sentence: str) -> None:
        if sentence not in self._notes:
            self._notes.append(sentence)

    def add(self, row: Row) -> None:
        technology = row.technology if isinstance(row.technology, Technology) else technology_of(row.technology)
        name = self._name(row, technology)
        if technology is None:
            accepted = ", ".join(known.value for known in words().technologies)
            self.fault(row.where, f"type: {row.technology!r} is not known; accepted: words for {accepted}")
        if name is None or technology is None:
            return
        try:
            lifetime = _lifetime(row.lifetime)
        except ValueError as error:
            self.fault(row.where, f"lifetime of {row.name!r}: {error}")
            return
        category = self._category(row)
        item = DeclaredItem(
            name=name,
            technology=technology,
            domains=tuple(dict.fromkeys(_domain(domain) for domain in row.domains if domain)),
            set_by=row.set_by,
            category=category,
            provider=row.provider or None,
            lifetime=lifetime,
            refreshed=row.refreshed,
            category_text=row.category,
            description=row.description or None,
            source_url=row.source_url or None,
        )
        self._items.setdefault((item.name, item.technology, item.domains, item.category, item.provider), item)

    def _name(self, row: Row, technology: Technology | None) -> str | None:
        if row.pattern:
            return self._regex(row)
        name = row.name.strip()
        if not name:
            self.fault(row.where, "name: is empty; accepted: the name of a cookie, a storage key or a beacon's path")
            return None
        if technology is Technology.COOKIE and _NOT_IN_COOKIE_NAMES.search(name):
            self.fault(row.where, f"name: {name!r} cannot be a cookie's; accepted: no spaces, commas, `;` or `=`")
            return None
        name = _PLACEHOLDERS.sub("*", name)
        if row.prefix and not name.endswith("*"):
            name += "*"
        if technology is Technology.INDEXED_DB:
            name = name.replace("||", "/")  # database and store, as sightings name them
        if technology is Technology.BEACON and not name.startswith(("/", "*")):
            name = f"*/{name}"  # lists name the last part of a path
        if not name.strip("*/"):
            self.fault(row.where, f"name: {row.name!r} would cover every name; accepted: a name with letters in it")
            return None
        return re.sub(r"\*+", "*", name)

    def _regex(self, row: Row) -> str | None:
        expression = (row.pattern or "").removeprefix("/").removesuffix("/")
        body = expression.removeprefix("^").removesuffix("$")
        try:
            re.compile(body)
        except re.error as error:
            self.fault(row.where, f"regular expression {row.pattern!r} of {row.name!r} cannot be used: {error}")
            return None
        if re.fullmatch(body, ""):
            self.fault(row.where, f"regular expression {row.pattern!r} of {row.name!r} would cover every name")
            return None
        return f"/^{body}$/"

    def _category(self, row: Row) -> str | None:
        if row.category is None or not row.category.strip():
            return None
        text = row.category.strip()
        key = row.category_key or slug(text)
        if not key:
            same = next((known.id for known in self._categories.values() if known.title == text), None)
            key = same or f"category_{len(self._categories) + 1}"
        if key not in self._categories:
            purpose = purpose_of_category(text)
            if purpose is None:
                self.note(f"category {text!r} is not known, so it is left unmapped: add `maps_to` to {key!r}")
            self._categories[key] = category_of(key, title=text, maps_to=() if purpose is None else (purpose,))
        return key

    def done(self, *, recipients: Iterable[Recipient] = (), service: str = "") -> Imported:
        """Raises ListError where nothing was found, which is never an empty declaration."""
        recipients = tuple(recipients)
        if not self._items and not self._faults and not recipients:
            raise ListError([f"{place(self._material, 'line 1')}: lists no item at all; a list that failed to load?"])
        declaration = Declaration.model_validate(
            {
                "schema": SCHEMA,
                "service": service,
                "source": Source(kind=self._kind, file=self._material.name, url=self._material.url, granularity="item"),
                "categories": tuple(self._categories.values()),
                "items": tuple(self._items.values()),
                "recipients": recipients,
            }
        )
        return Imported(declaration=declaration, faults=tuple(self._faults), notes=tuple(self._notes))


def category_of(key: str, *, title: str, maps_to: tuple[Purpose, ...]) -> Category:
    exempt = bool(maps_to) and all(purpose in _EXEMPT for purpose in maps_to)
    return Category(id=key, title=title, maps_to=maps_to, consent="exempt" if exempt else "required")


def place(material: Material, where: str) -> str:
    """`list.html:12` for lines, `list.json: key` for keys."""
    line = re.fullmatch(r"line (\d+)", where)
    return f"{material.name}:{line[1]}" if line else f"{material.name}: {where}"


def slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def is_host(text: str) -> bool:
    return _HOST.fullmatch(text.strip()) is not None


def _domain(text: str) -> str:
    text = text.strip()
    return text if text == "*" else host_of(text.removeprefix("*.").removeprefix(".")) or text


def _lifetime(value: str | float | None) -> Lifetime:
    if value is None or isinstance(value, str):
        return None if value is None else lifetime_of(value)
    if value < 0:
        raise ValueError(f"{value} is no lifetime; accepted: {ACCEPTED_LIFETIMES}")
    return float(value)
