"""OneTrust's cookie list on a page: `#ot-sdk-cookie-policy`, a section per group, several cookies per row."""

from __future__ import annotations

import re

from bs4 import Tag

from classifiers.declaration import Setter, Technology
from classifiers.importers.base import Imported, Importer, ListError, Material
from classifiers.importers.grid import whole_page
from classifiers.importers.rows import ItemRows, Row
from classifiers.importers.words import party_of

_ROOTS = "#ot-sdk-cookie-policy, #ot-sdk-cookie-policy-v2"
_GROUP = re.compile(r"ot-sdk-cookie-policy-group$")


class OneTrustTable(Importer):
    format = "onetrust-table"
    title = "OneTrust cookie list of a page"
    accepts = (
        "a saved page with `#ot-sdk-cookie-policy`, filled: rows with `td.ot-host-td`, `td.ot-cookies-td` and "
        "`td.ot-cookies-type`"
    )

    def recognises(self, material: Material) -> bool:
        return "ot-sdk-cookie-policy" in material.text and "<" in material.text

    def read(self, material: Material) -> Imported:
        root = whole_page(material).select_one(_ROOTS)
        if root is None:
            raise ListError([f"{material.name}:1: holds no #ot-sdk-cookie-policy; accepted: {self.accepts}"])
        cells = root.select("td.ot-cookies-td")
        if not cells:
            line = root.sourceline or 1
            raise ListError([f"{material.name}:{line}: #ot-sdk-cookie-policy is empty; accepted: {self.accepts}"])
        rows = ItemRows(material, kind="cookie_policy")
        for cell in cells:
            _add(rows, cell)
        return rows.done()


def _add(rows: ItemRows, cell: Tag) -> None:
    row = cell.find_parent("tr")
    line = f"line {cell.sourceline or 1}"
    heading = cell.find_previous(class_=_GROUP)
    if not isinstance(row, Tag) or not isinstance(heading, Tag):
        rows.fault(line, "the cookies stand under no group; accepted: a `.ot-sdk-cookie-policy-group` heading above")
        return
    names = [_text(link) for link in cell.find_all("a")] or _listed(_text(cell))
    lifetimes = _listed(_cell(row, "ot-life-span-td"))
    host = _cell(row, "ot-host-td")
    whose = _cell(row, "ot-cookies-type")
    if lifetimes and len(lifetimes) not in (1, len(names)):
        rows.fault(line, f"lists {len(names)} cookies and {len(lifetimes)} lifespans; accepted: one each")
        return
    for number, name in enumerate(names):
        lifetime = lifetimes[number if len(lifetimes) > 1 else 0] if lifetimes else None
        rows.add(
            Row(
                where=line,
                name=name,
                technology=Technology.COOKIE,
                category=_text(heading),
                lifetime=lifetime,
                domains=(host,) if host else (),
                set_by=party_of(re.sub(r"s$", "", whose)) if whose else _by_row(row),
            )
        )


def _by_row(row: Tag) -> Setter | None:
    return Setter.THIRD_PARTY if "ot-third-party" in str(row.get("class", "")) else None


def _cell(row: Tag, name: str) -> str:
    found = row.find("td", class_=name)
    return _text(found) if isinstance(found, Tag) else ""


def _text(tag: Tag) -> str:
    return re.sub(r"\s+", " ", tag.get_text(" ")).strip(" ,")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
