"""The lists that are there, ready to be asked; with none, every question is answered by "nobody says"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version as installed
from pathlib import Path
from typing import Final, TypeVar

from classifiers.entities import OwnerList, from_companiesdb, from_third_party_web
from classifiers.lists.cname_targets import read_targets
from classifiers.lists.cookie_names import CookieNames
from classifiers.lists.engine import AdblockEngine, EngineError, FilterEngine
from classifiers.lists.formats import companies_of, entities_of, tcf_vendors_of, text_of, trackers_of
from classifiers.lists.records import MAX_AGE_DAYS, KnownList, ListError, ListForm, ListVersion, known_lists
from classifiers.lists.shelf import Shelf
from classifiers.tcf_vendors import TcfVendors

T = TypeVar("T")

DISGUISED_IN: Final = "easyprivacy"
"""The list whose sections name hosts disguised by CNAME."""


class Lists:
    """Loaded as they are asked for. Make it with `Lists.load`, or `Lists()` for none."""

    def __init__(
        self,
        shelf: Shelf | None = None,
        known: Sequence[KnownList] | None = None,
        *,
        max_age_days: int = MAX_AGE_DAYS,
    ) -> None:
        self._shelf = shelf
        self.max_age_days = max_age_days
        """Days after which one counts as old."""
        there = [] if shelf is None else [(one, shelf.version(one)) for one in (known or known_lists())]
        self._there = {one.id: (one, version) for one, version in there if version is not None}

    @classmethod
    def load(cls, folder: Path, *, assets: bool = True, max_age_days: int = MAX_AGE_DAYS) -> Lists:
        """`assets`: use what set-up brought where nothing was fetched. Raises ListError for a damaged list."""
        return cls(Shelf(folder) if assets else Shelf(folder, assets=None), max_age_days=max_age_days)

    @property
    def versions(self) -> tuple[ListVersion, ...]:
        return tuple(version for _, version in self._there.values())

    @cached_property
    def engines(self) -> tuple[FilterEngine, ...]:
        """In the order of the table: the first that knows a request names it."""
        return tuple(self._engine(known, version) for known, version in self._of(ListForm.FILTER_LIST))

    @cached_property
    def cookies(self) -> CookieNames:
        found = self._first(ListForm.COOKIE_DATABASE, lambda files: CookieNames.read(_only_text(files)))
        return found or CookieNames(())

    @cached_property
    def owners(self) -> tuple[OwnerList, ...]:
        """Of third-party-web and of companiesdb."""
        web = self._first(
            ListForm.THIRD_PARTY_WEB,
            lambda files: from_third_party_web(
                entity for name, data in files.items() for entity in entities_of(name, data)
            ),
        )
        companies = self._first(
            ListForm.COMPANIESDB,
            lambda files: from_companiesdb(
                trackers_of("trackers.json", files["trackers.json"]),
                companies_of("companies.json", files["companies.json"]),
            ),
        )
        return tuple(owners for owners in (web, companies) if owners is not None)

    @cached_property
    def cname_targets(self) -> Mapping[str, str]:
        return self._first(ListForm.CNAME_TARGETS, lambda files: read_targets(_only_text(files))) or {}

    @cached_property
    def tcf_vendors(self) -> TcfVendors | None:
        """None: the list was not fetched."""
        return self._first(
            ListForm.TCF_VENDORS,
            lambda files: TcfVendors.of(tcf_vendors_of(name, data) for name, data in files.items()),
        )

    @cached_property
    def disguised(self) -> Mapping[str, str]:
        """Host → company, of hosts known to be disguised by CNAME."""
        for engine in self.engines:
            if engine.list_id == DISGUISED_IN and isinstance(engine, AdblockEngine):
                return engine.text.disguised_hosts()
        return {}

    def _of(self, form: ListForm) -> list[tuple[KnownList, ListVersion]]:
        return [pair for pair in self._there.values() if pair[0].form is form]

    def _first(self, form: ListForm, read: Callable[[Mapping[str, bytes]], T]) -> T | None:
        for known, _ in self._of(form):
            assert self._shelf is not None
            try:
                return read(self._shelf.read(known))
            except ListError as error:
                raise ListError(f"{known.title}: {error}") from error
        return None

    def _engine(self, known: KnownList, version: ListVersion) -> AdblockEngine:
        shelf = self._shelf
        assert shelf is not None
        program = re.sub(r"[^\w.]", "_", installed("adblock"))
        file = version.files[0]
        try:
            return AdblockEngine.build(
                list_id=known.id,
                title=known.title,
                text=lambda: _only_text(shelf.read(known)),
                cache=shelf.path(known, version, file).with_suffix(f".{program}.engine"),
            )
        except EngineError as error:
            raise ListError(f"{known.title}: {error}; `consentinel lists update {known.id}` fetches it anew") from error


def _only_text(files: Mapping[str, bytes]) -> str:
    ((name, data),) = files.items()
    return text_of(name, data)
