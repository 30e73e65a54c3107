"""IAB TCF vendor device-storage disclosure, version 1.1: what one vendor stores."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from classifiers.base import Purpose
from classifiers.declaration import Category, Setter, Technology
from classifiers.importers.base import Imported, Importer, Material
from classifiers.importers.json_text import Foreign, looks_like_json, parse_json
from classifiers.importers.rows import ItemRows, Row, category_of
from classifiers.importers.words import words

_TECHNOLOGIES = {"cookie": Technology.COOKIE, "web": Technology.LOCAL_STORAGE}
_ORDER = list(Purpose)


class _Disclosure(Foreign):
    identifier: str
    type: Literal["cookie", "web", "app"]
    max_age: float | None = Field(None, alias="maxAgeSeconds")
    refresh: bool | None = Field(None, alias="cookieRefresh")
    domains: tuple[str, ...] = ()
    domain: str | None = None
    purposes: tuple[int, ...] = ()
    special_purposes: tuple[int, ...] = Field((), alias="specialPurposes")
    description: str | None = None


class _Document(Foreign):
    disclosures: tuple[_Disclosure, ...]


class TcfDisclosure(Importer):
    format = "tcf-disclosure"
    title = "TCF device-storage disclosure of a vendor"
    accepts = (
        "TCF device-storage disclosure JSON: `disclosures[]` with `identifier`, `type`, `maxAgeSeconds`, `purposes`"
    )

    def recognises(self, material: Material) -> bool:
        return looks_like_json(material, "disclosures", "identifier")

    def read(self, material: Material) -> Imported:
        document = parse_json(material, _Document, accepts=self.accepts)
        categories = {_key(entry): _category(entry) for entry in document.disclosures if _key(entry)}
        rows = ItemRows(material, kind="tcf_disclosure", categories=categories.values())
        for number, entry in enumerate(document.disclosures):
            where = f"disclosures[{number}]"
            if entry.type == "app":
                rows.note(f"{where}: {entry.identifier!r} is stored by apps, not on the web: left out")
                continue
            unknown = [n for n in entry.purposes if str(n) not in words().tcf_purposes]
            unknown += [n for n in entry.special_purposes if str(n) not in words().tcf_special_purposes]
            if unknown:
                rows.fault(where, f"purposes: {unknown} are not TCF purposes; accepted: 1 to 11, special 1 to 3")
                continue
            domains = entry.domains or ((entry.domain,) if entry.domain else ())
            rows.add(
                Row(
                    where=where,
                    name=entry.identifier,
                    technology=_TECHNOLOGIES[entry.type],
                    category=_title(entry) if _key(entry) else None,
                    category_key=_key(entry) or None,
                    lifetime=_lifetime(entry),
                    domains=domains,
                    set_by=Setter.FIRST_PARTY if domains == ("*",) else None,
                    description=entry.description,
                    refreshed=entry.refresh,
                )
            )
        return rows.done()


def _lifetime(entry: _Disclosure) -> str | float | None:
    if entry.type == "web" or entry.max_age is None:
        return None
    return "session" if entry.max_age <= 0 else entry.max_age


def _key(entry: _Disclosure) -> str:
    parts = [f"p{n}" for n in sorted(entry.purposes)] + [f"s{n}" for n in sorted(entry.special_purposes)]
    return "tcf_" + "_".join(parts) if parts else ""


def _title(entry: _Disclosure) -> str:
    own = ", ".join(str(n) for n in sorted(entry.purposes))
    special = ", ".join(str(n) for n in sorted(entry.special_purposes))
    return "TCF " + "; ".join(
        part for part in (f"purposes {own}" if own else "", f"special purposes {special}" if special else "") if part
    )


def _category(entry: _Disclosure) -> Category:
    """The purposes that most need consent come first; purpose 1 alone says nothing about what for."""
    named = {words().tcf_purposes.get(str(n)) for n in entry.purposes}
    named |= {words().tcf_special_purposes.get(str(n)) for n in entry.special_purposes}
    maps_to = sorted((purpose for purpose in named if purpose), key=_ORDER.index)
    weightiest = sorted(maps_to, key=lambda purpose: purpose is not Purpose.ADVERTISING)
    exempt_last = sorted(weightiest, key=lambda p: p in (Purpose.NECESSARY, Purpose.CONSENT_RECORD))
    return category_of(_key(entry), title=_title(entry), maps_to=tuple(exempt_last))
