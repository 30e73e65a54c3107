"""A list of cookies as CSV: the header row in the words of seven languages, as for tables of pages."""

from __future__ import annotations

import csv

from classifiers.importers.base import Imported, Importer, ListError, Material
from classifiers.importers.comma_separated import csv_rows
from classifiers.importers.grid import Cell
from classifiers.importers.rows import ItemRows
from classifiers.importers.tables import add_cells, columns


class CsvList(Importer):
    format = "csv"
    title = "CSV list of cookies"
    accepts = (
        "CSV whose first row names the columns: name, and any of provider, domain, purpose, duration, type, category"
    )

    def recognises(self, material: Material) -> bool:
        first = material.text.lstrip("\ufeff\r\n").partition("\n")[0]
        if "<" in first or first.startswith(("{", "[")):
            return False
        try:
            header = next(csv_rows(first), None)
        except csv.Error:
            return False
        return header is not None and columns(header[1]) is not None

    def read(self, material: Material) -> Imported:
        try:
            lines = list(csv_rows(material.text))
        except csv.Error as error:
            raise ListError([f"{material.name}:1: not valid CSV: {error}; accepted: {self.accepts}"]) from error
        where = columns(lines[0][1]) if lines else None
        if where is None:
            raise ListError([f"{material.name}:1: the header is not understood; accepted: {self.accepts}"])
        rows = ItemRows(material, kind="inventory")
        width = len(lines[0][1])
        for line, cells in lines[1:]:
            if len(cells) != width:
                rows.fault(f"line {line}", f"has {len(cells)} cells; accepted: {width}, as the header")
                continue
            row = [Cell(text, (text,), text if text.startswith("http") else None, line, header=False) for text in cells]
            add_cells(rows, row, where, category=None)
        return rows.done()
