"""Whose host it is: service, company and category, from the catalogue and the entity lists, each as its own witness."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from classifiers.by_declaration import TRACKING
from classifiers.lists.categories import UNKNOWN, meanings
from classifiers.lists.formats import Companies, Entity, Trackers
from classifiers.parties import host_of, registrable_domain
from classifiers.vendors import Catalogue
from classifiers.yaml_source import read_yaml
from crawler.observations import Record

_NAMES = Path(__file__).with_name("entity_names.yaml")
_NOT_IN_A_NAME = re.compile(r"[^\w]+")


class Owner(NamedTuple):
    """What one source says of a host."""

    source: str
    """`catalogue`, `third_party_web` or `companiesdb`."""
    entry: str
    """Vendor id, entity or tracker there."""
    domain: str
    """The entry's domain that covers the host."""
    service: str
    company: str | None
    category: str
    country: str | None = None
    tracks: bool | None = None
    """Whether it tracks, as this source sees it; None: it does not say."""


class OwnerList:
    """Owners by domain. `exact` domains cover only themselves, `under` also everything below."""

    def __init__(self, *, exact: Mapping[str, Owner], under: Mapping[str, Owner]) -> None:
        self._exact = exact
        self._under = under

    def owner(self, host: str) -> Owner | None:
        if host in self._exact:
            return self._exact[host]
        return next((self._under[domain] for domain in _parents(host) if domain in self._under), None)


def from_third_party_web(entities: Iterable[Entity]) -> OwnerList:
    exact: dict[str, Owner] = {}
    under: dict[str, Owner] = {}
    for entity in entities:
        for written in entity.domains:
            domain = written.removeprefix("*.")
            owner = Owner(
                source="third_party_web",
                entry=entity.name,
                domain=domain,
                service=entity.name,
                company=entity.company or entity.name,
                category=entity.category or "other",
                tracks=meanings().third_party_web.get(entity.category or "other", UNKNOWN).tracks,
            )
            (under if written.startswith("*.") else exact).setdefault(domain, owner)
    return OwnerList(exact=exact, under=under)


def from_companiesdb(trackers: Trackers, companies: Companies) -> OwnerList:
    under: dict[str, Owner] = {}
    for domain, tracker_id in trackers.trackerDomains.items():
        tracker = trackers.trackers.get(tracker_id)
        if tracker is None:
            continue
        company = companies.companies.get(tracker.companyId or "")
        under[domain] = Owner(
            source="companiesdb",
            entry=tracker_id,
            domain=domain,
            service=tracker.name or tracker_id,
            company=company.name if company else None,
            category=(category := trackers.categories.get(str(tracker.categoryId), "unknown")),
            tracks=meanings().companiesdb.get(category, UNKNOWN).tracks,
        )
    return OwnerList(exact={}, under=under)


class Entities:
    """Asks the catalogue first, then the lists; with neither, a company is its registrable domain."""

    def __init__(self, catalogue: Catalogue, lists: Iterable[OwnerList] = ()) -> None:
        self._catalogue = catalogue
        self._lists = tuple(lists)
        self.key = lru_cache(maxsize=16_384)(self._key)

    def owners(self, host: str) -> Iterator[Owner]:
        """All that know the host, the surest first."""
        vendor = self._catalogue.owner(host)
        if vendor is not None:
            yield Owner(
                source="catalogue",
                entry=vendor.id,
                domain=registrable_domain(host),
                service=vendor.name,
                company=vendor.entity.name if vendor.entity else None,
                category=vendor.category.value,
                country=vendor.entity.country if vendor.entity else None,
                tracks=vendor.purpose in TRACKING,
            )
        for known in self._lists:
            if owner := known.owner(host):
                yield owner

    def name(self, host: str) -> str | None:
        """The company as its surest source writes it."""
        return next((owner.company for owner in self.owners(host) if owner.company), None)

    def _key(self, url_or_host: str) -> str:
        """Equal for hosts of one company, however its name is written; the registrable domain where nobody knows it."""
        host = host_of(url_or_host)
        name = self.name(host)
        return company_key(name) if name else registrable_domain(host)

    def same(self, a: str, b: str) -> bool:
        return registrable_domain(a) == registrable_domain(b) or self.key(a) == self.key(b)


class _EntityNames(Record):
    legal_forms: tuple[str, ...]
    aliases: dict[str, str]


@cache
def _names() -> tuple[frozenset[str], Mapping[str, str]]:
    names = read_yaml(_NAMES, _EntityNames, what="table of company names")
    return frozenset(names.legal_forms), names.aliases


@lru_cache(maxsize=16_384)
def company_key(name: str) -> str:
    """`Google LLC`, `Google` and `Alphabet, Inc.` → `google`."""
    legal, aliases = _names()
    folded = name.casefold().partition("(")[0].replace(".", "").replace("'", "")
    words = [word for word in _NOT_IN_A_NAME.split(folded) if word]
    while len(words) > 1 and words[-1] in legal:
        words.pop()
    plain = " ".join(words)
    return aliases.get(plain, plain)


def _parents(host: str) -> Iterator[str]:
    """`a.b.example` → itself, `b.example`; a single label only if the host is one."""
    labels = host.split(".")
    for start in range(max(1, len(labels) - 1)):
        yield ".".join(labels[start:])
