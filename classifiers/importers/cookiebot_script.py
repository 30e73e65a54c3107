"""Cookiebot's `cc.js`: the tables behind its dialog."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

from classifiers.declaration import Technology
from classifiers.importers.base import Imported, Importer, ListError, Material
from classifiers.importers.rows import ItemRows, Row, is_host
from classifiers.importers.script_literals import Literal, LiteralError, array_at, line_of

_TABLE = re.compile(r"CookieConsentDialog\.cookieTable(?P<name>[A-Z]\w*)\s*=\s*(?=\[)")
_TITLES = {
    "Necessary": "Necessary",
    "Preference": "Preferences",
    "Statistics": "Statistics",
    "Advertising": "Marketing",
    "Unclassified": "Unclassified",
}
_TYPES = {"1": Technology.COOKIE, "2": Technology.LOCAL_STORAGE, "5": Technology.BEACON, "6": Technology.INDEXED_DB}
"""Ids beside the type's name; the name decides where it is known."""
_FEWEST_CELLS, _NAME, _PROVIDER, _PURPOSE, _EXPIRY, _TYPE, _TYPE_ID, _REGEX, _URL = 6, 0, 1, 2, 3, 4, 5, 6, 7
_FAILED = (
    (re.compile(r"CookieConsent\.setOutOfRegion\s*\("), "says that the visitor is out of region"),
    (
        re.compile(r"cookiedomainwarning\s*=\s*['\"]Error"),
        "says that the domain is not registered",
    ),
)


class CookiebotScript(Importer):
    format = "cookiebot"
    title = "Cookiebot cc.js"
    accepts = "the script cc.js of Cookiebot with `CookieConsentDialog.cookieTableNecessary = [[…], …];` and so on"

    def recognises(self, material: Material) -> bool:
        return "CookieConsentDialog.cookieTable" in material.text or any(p.search(material.text) for p, _ in _FAILED)

    def read(self, material: Material) -> Imported:
        for pattern, says in _FAILED:
            if found := pattern.search(material.text):
                line = line_of(material.text, found.start())
                raise ListError([f"{material.name}:{line}: {says}, so it holds no list; accepted: {self.accepts}"])
        tables = list(_TABLE.finditer(material.text))
        missing = sorted(set(_TITLES) - {table["name"] for table in tables} - {"Unclassified"})
        if missing:
            raise ListError(
                [f"{material.name}:1: cookieTable{name} is missing; accepted: {self.accepts}" for name in missing]
            )
        rows = ItemRows(material, kind="consent_platform")
        for table in tables:
            line = line_of(material.text, table.start())
            try:
                entries = array_at(material.text, table.end())
            except LiteralError as error:
                broken = line_of(material.text, error.offset)
                sentence = f"cookieTable{table['name']}: {error}; accepted: {self.accepts}"
                raise ListError([f"{material.name}:{broken}: {sentence}"]) from error
            for number, entry in enumerate(entries):
                self._add(rows, table["name"], f"line {line}", number, entry)
        return rows.done()

    def _add(self, rows: ItemRows, table: str, where: str, number: int, entry: Literal) -> None:
        if not isinstance(entry, list) or len(entry) < _FEWEST_CELLS:
            accepted = "[name, provider, purpose, expiry, type, type id, regex, url]"
            rows.fault(where, f"cookieTable{table}[{number}]: is no row; accepted: {accepted}")
            return
        cells = [str(int(cell)) if isinstance(cell, float) else str(cell or "") for cell in entry]
        provider, link = provider_of(cells[_PROVIDER])
        host = is_host(provider)
        rows.add(
            Row(
                where=where,
                name=_text(cells[_NAME]),
                technology=_technology(cells[_TYPE], cells[_TYPE_ID]),
                category=_TITLES.get(table, table),
                category_key=table.lower(),
                lifetime=_text(cells[_EXPIRY]),
                provider=None if host else provider,
                domains=(provider,) if host else (),
                description=_text(cells[_PURPOSE]),
                source_url=link,
                pattern=cells[_REGEX] if len(cells) > _REGEX and cells[_REGEX] else None,
            )
        )


def _technology(name: str, number: str) -> Technology | str:
    if re.search(r"pixel", name, re.IGNORECASE):
        return Technology.BEACON
    return name if name else _TYPES.get(number, f"type id {number}")


def provider_of(cell: str) -> tuple[str, str | None]:
    """Name and link of a provider cell, which may be HTML."""
    soup = BeautifulSoup(cell, "html.parser")
    link = soup.find("a", href=True)
    href = str(link["href"]) if isinstance(link, Tag) else None
    return _text(cell), href if href and href.startswith("http") else None


def _text(cell: str) -> str:
    """Cells may be HTML; a plain `a&b` is not, and must not lose a letter to being read so."""
    is_html = "<" in cell or re.search(r"&#?\w+;", cell) is not None
    text = BeautifulSoup(cell, "html.parser").get_text(" ") if is_html else cell
    return re.sub(r"\s+", " ", text).strip()
