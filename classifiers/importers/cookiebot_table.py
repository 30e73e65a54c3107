"""Cookiebot's declaration on a page: a table per category."""

from __future__ import annotations

import re

from bs4 import Tag

from classifiers.importers.base import Imported, Importer, ListError, Material
from classifiers.importers.grid import grid, whole_page
from classifiers.importers.rows import ItemRows
from classifiers.importers.tables import add_grid

_COUNT = re.compile(r"\s*\(\d+\)\s*$")


class CookiebotTable(Importer):
    format = "cookiebot-table"
    title = "Cookiebot declaration of a page"
    accepts = "a saved page with `.CookieDeclaration` holding `table.CookieDeclarationTable` under each category"

    def recognises(self, material: Material) -> bool:
        return "CookieDeclarationTable" in material.text and "<table" in material.text

    def read(self, material: Material) -> Imported:
        tables = whole_page(material).select("table.CookieDeclarationTable")
        if not tables:
            raise ListError([f"{material.name}:1: holds no table.CookieDeclarationTable; accepted: {self.accepts}"])
        rows = ItemRows(material, kind="cookie_policy")
        for table in tables:
            category = _category(table)
            line = f"line {table.sourceline or 1}"
            if category is None:
                rows.fault(line, f"the table stands under no category; accepted: {self.accepts}")
            elif not add_grid(rows, grid(table), category=category):
                rows.fault(line, "its header is not understood; accepted: Name, Provider, Purpose, Duration, Type")
        return rows.done()


def _category(table: Tag) -> str | None:
    group = table.find_parent(class_="CookieDeclarationType")
    title = group.find(class_="CookieDeclarationTypeHeader") if isinstance(group, Tag) else None
    return _COUNT.sub("", re.sub(r"\s+", " ", title.get_text(" ")).strip()) if isinstance(title, Tag) else None
