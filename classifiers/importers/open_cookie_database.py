"""Open Cookie Database CSV: known cookies by platform."""

from __future__ import annotations

import csv
import re

from classifiers.declaration import Technology
from classifiers.importers.base import Imported, Importer, ListError, Material
from classifiers.importers.comma_separated import csv_rows
from classifiers.importers.rows import ItemRows, Row

COLUMNS = (
    "ID",
    "Platform",
    "Category",
    "Cookie / Data Key name",
    "Domain",
    "Description",
    "Retention period",
    "Data Controller",
    "User Privacy & GDPR Rights Portals",
    "Wildcard match",
)
_HOST = re.compile(r"(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])", re.IGNORECASE)
_FIRST_PARTY = re.compile(r"1st party|first[ -]party|advertiser'?s|own domain|website domain", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^)]*\)")


class OpenCookieDatabase(Importer):
    format = "open-cookie-database"
    title = "Open Cookie Database CSV"
    accepts = "CSV with the columns " + ", ".join(COLUMNS)

    def recognises(self, material: Material) -> bool:
        return all(column in material.text[:1000] for column in ("Cookie / Data Key name", "Wildcard match"))

    def read(self, material: Material) -> Imported:
        try:
            lines = list(csv_rows(material.text))
        except csv.Error as error:
            raise ListError([f"{material.name}:1: not valid CSV: {error}; accepted: {self.accepts}"]) from error
        header = lines[0][1] if lines else []
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise ListError([f"{material.name}:1: columns missing: {', '.join(missing)}; accepted: {self.accepts}"])
        place = {column: header.index(column) for column in COLUMNS}
        rows = ItemRows(material, kind="inventory")
        for line, cells in lines[1:]:
            if len(cells) != len(header):
                rows.fault(f"line {line}", f"has {len(cells)} cells; accepted: {len(header)}, as the header")
                continue
            row = {column: cells[number] for column, number in place.items()}
            if row["Wildcard match"] not in ("0", "1", ""):
                rows.fault(f"line {line}", f"Wildcard match: {row['Wildcard match']!r}; accepted: 0 or 1")
                continue
            rows.add(_row(line, row))
        return rows.done()


def _row(line: int, row: dict[str, str]) -> Row:
    first_party = _FIRST_PARTY.search(row["Domain"]) is not None
    return Row(
        where=f"line {line}",
        name=row["Cookie / Data Key name"],
        technology=Technology.COOKIE,
        category=row["Category"] or None,
        lifetime=_ASIDE.sub("", row["Retention period"]),
        provider=row["Data Controller"] or row["Platform"] or None,
        domains=() if first_party else tuple(_HOST.findall(row["Domain"])),
        description=row["Description"] or None,
        source_url=row["User Privacy & GDPR Rights Portals"] or None,
        prefix=row["Wildcard match"] == "1",
    )
