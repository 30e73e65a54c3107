"""What a known list is, and what is kept of the version in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from classifiers.yaml_source import read_yaml
from crawler.observations import NameValue, Record

_KNOWN = Path(__file__).with_name("known.yaml")
MAX_AGE_DAYS = 30
"""Days after which a list counts as old. EasyList names 6 days for blockers; an audit's evidence ages more slowly."""


class ListError(Exception):
    """A list that cannot be used or fetched; the message is a sentence with list, place and fix."""


class ListForm(StrEnum):
    FILTER_LIST = "filter_list"
    """Adblock Plus rules, one a line."""
    COOKIE_DATABASE = "cookie_database"
    """The CSV of the Open Cookie Database."""
    THIRD_PARTY_WEB = "third_party_web"
    COMPANIESDB = "companiesdb"
    CNAME_TARGETS = "cname_targets"
    """`||host^` under `! Company:` headings."""
    TCF_VENDORS = "tcf_vendors"
    """IAB TCF global vendor list, version 3."""


class KnownList(Record):
    id: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    form: ListForm
    files: dict[str, str]
    """File name → address."""
    homepage: str
    licence: str
    """SPDX, as its authors state it."""
    brings: str
    packaged: str | None = None
    """Folder under `classifiers/assets` where set-up puts a copy; None: only by download."""
    released: Mapping[str, date] = Field(default_factory=dict)
    """Version → day of its release, of copies that set-up puts there: their files' dates are those of the set-up."""


class _Known(Record):
    lists: tuple[KnownList, ...]


@cache
def known_lists() -> tuple[KnownList, ...]:
    return read_yaml(_KNOWN, _Known, what="table of known lists").lists


class ListSettings(Record):
    """How lists are fetched and when they count as old: the section `lists` of consentinel.yaml."""

    addresses: dict[str, str] = Field(
        {}, description="Your own mirrors: list id, or `id/file` where a list has several files, to address."
    )
    max_age_days: int = Field(MAX_AGE_DAYS, ge=1, description="Days after which a list counts as old.")
    use: bool = Field(True, description="False: judge with the catalogue alone, as if no list had been fetched.")

    @model_validator(mode="after")
    def _known_places(self) -> Self:
        places = {place for known in known_lists() for place in (known.id, *(f"{known.id}/{f}" for f in known.files))}
        if unknown := sorted(self.addresses.keys() - places):
            raise ValueError(f"addresses: no list is called {unknown[0]!r}; accepted: {', '.join(sorted(places))}")
        return self

    def address(self, known: KnownList, file: str) -> str:
        own = self.addresses.get(f"{known.id}/{file}")
        if own is None and len(known.files) == 1:
            own = self.addresses.get(known.id)
        return own or known.files[file]


class ListFile(Record):
    name: str
    sha256: str
    size: int


class ListVersion(Record):
    """One list as it is kept: its own version, when it was last the newest, and its bytes' digests."""

    id: str
    title: str
    version: str
    """As the list says it of itself; else the date of its data, else the first 12 digits of its digest."""
    dated: datetime
    """When it was fetched from its address and so the newest; of a copy brought by hand, its file's; of one that
    set-up brought, its release."""
    source: str
    """Address or folder it came from; `packaged` for the copy that set-up fetched."""
    licence: str
    entries: int
    files: tuple[ListFile, ...]

    def age(self, at: datetime) -> timedelta:
        return at - self.dated

    def is_old(self, at: datetime, *, max_age_days: int = MAX_AGE_DAYS) -> bool:
        return self.age(at) > timedelta(days=max_age_days)

    def told(self) -> NameValue:
        """For `Audit.judged_with`: what a reader needs to judge again with the same list."""
        digests = " ".join(f"sha256:{file.sha256[:16]}" for file in self.files)
        return NameValue(
            name=f"list.{self.id}", value=f"{self.title} {self.version}, dated {self.dated.date()}, {digests}"
        )
