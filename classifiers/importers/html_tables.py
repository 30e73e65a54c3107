"""Cookie tables on policy pages, whoever made them: found by the words of their headers in seven languages."""

from __future__ import annotations

import re

from classifiers.importers.base import Imported, Importer, ListError, Material
from classifiers.importers.grid import grids, soup_of, whole_page
from classifiers.importers.rows import ItemRows
from classifiers.importers.tables import add_grid, header_of


class HtmlTables(Importer):
    format = "html"
    title = "Cookie tables of a page"
    accepts = (
        "an HTML page with a table whose header names the cookie and at least one of provider, purpose, duration, "
        "type or category, in English, German, French, Spanish, Italian, Dutch or Korean"
    )

    def recognises(self, material: Material) -> bool:
        return bool(has_item_table(material.text))

    def read(self, material: Material) -> Imported:
        rows = ItemRows(material, kind="cookie_policy")
        found = [grid for grid in grids(whole_page(material)) if header_of(grid)]
        if not found:
            raise ListError([f"{material.name}:1: no table of cookies was recognised; accepted: {self.accepts}"])
        for grid in found:
            add_grid(rows, grid)
        return rows.done()


def has_item_table(text: str) -> list[int]:
    """Lines of the tables that read as lists of cookies."""
    if re.search(r"<table\b", text, re.IGNORECASE) is None:
        return []
    return [grid.line for grid in grids(soup_of(text)) if header_of(grid)]
