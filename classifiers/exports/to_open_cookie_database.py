"""Open Cookie Database CSV: its ten columns, one row per declared item."""

from __future__ import annotations

import csv
import io
import uuid

from classifiers.base import Purpose
from classifiers.declaration import Declaration, DeclaredItem
from classifiers.exports.base import Export, purpose_of
from classifiers.exports.to_yaml import lifetime_words
from classifiers.importers.open_cookie_database import COLUMNS

_CATEGORIES = {
    Purpose.NECESSARY: "Functional",
    Purpose.CONSENT_RECORD: "Functional",
    Purpose.FUNCTIONAL: "Functional",
    Purpose.ANALYTICS: "Analytics",
    Purpose.SESSION_REPLAY: "Analytics",
    Purpose.ADVERTISING: "Marketing",
    Purpose.SOCIAL: "Marketing",
    Purpose.UNCLASSIFIED: "",
}
"""The database's words; it has none for what nobody has classified."""


class ToOpenCookieDatabase(Export):
    format = "open-cookie-database"
    title = "Open Cookie Database CSV"

    def render(self, declaration: Declaration) -> str:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_row(declaration, item) for item in declaration.items)
        return stream.getvalue()


def _row(declaration: Declaration, item: DeclaredItem) -> tuple[str, ...]:
    prefix = item.name.endswith("*") and item.name.count("*") == 1
    key = f"{declaration.service}|{item.technology}|{item.name}|{','.join(item.domains)}"
    lifetime = lifetime_words(item.lifetime)
    return (
        str(uuid.uuid5(uuid.NAMESPACE_URL, key)),
        item.provider or declaration.service,
        _CATEGORIES[purpose_of(declaration, item)],
        item.name[:-1] if prefix else item.name,
        ", ".join(item.domains),
        item.description or "",
        f"{lifetime} seconds" if isinstance(lifetime, int | float) else lifetime or "",
        item.provider or declaration.controller or "",
        item.source_url or "",
        "1" if prefix else "0",
    )
