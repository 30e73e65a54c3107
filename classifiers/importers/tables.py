"""Cookie tables by the words of their header row: shared by pages, Cookiebot's page table and CSV."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifiers.declaration import Technology
from classifiers.importers.grid import Cell, Grid
from classifiers.importers.rows import ItemRows, Row, is_host
from classifiers.importers.words import Column, columns_of, party_of, purpose_of_category, technology_of

_FEWEST_KNOWN = 2
_BETWEEN_NAMES = re.compile(r"\s*[,;\n]\s*|\s+(?:and|und|et|y|e|en|및)\s+|\s*/\s+|\s{2,}")


def columns(header: Sequence[str]) -> dict[Column, int] | None:
    """Which column holds what; None: this is not the header of a list of cookies."""
    found: dict[Column, int] = {}
    for number, text in enumerate(header):
        for column in columns_of(text):
            if column not in found:
                found[column] = number
                break
    return found if "name" in found and len(found) >= _FEWEST_KNOWN else None


def header_of(grid: Grid) -> tuple[int, dict[Column, int]] | None:
    """Number of the header row and its columns: of headers in several rows, the one that says most."""
    known = [
        (number, found)
        for number, row in enumerate(grid.rows[:3])
        if len({cell.text for cell in row}) > 1 and (found := columns([cell.text for cell in row]))
    ]
    return max(known, key=lambda header: (len(header[1]), -header[0]), default=None)


def add_grid(rows: ItemRows, grid: Grid, *, category: str | None = None) -> bool:
    """Adds the table's rows; False: it is no list of cookies."""
    header = header_of(grid)
    if header is None:
        return False
    number, where = header
    group = category
    heading = grid.heading if category is None and purpose_of_category(grid.heading) else None
    for row in grid.rows[number + 1 :]:
        if len({id(cell) for cell in row}) == 1 and row[0].spans_row:
            group = row[0].text  # a line across the table names the category of what follows
        elif any(cell.text for cell in row):
            add_cells(rows, row, where, category=group or heading)
    return True


def add_cells(rows: ItemRows, row: Sequence[Cell], where: dict[Column, int], *, category: str | None) -> None:
    def cell(column: Column) -> Cell | None:
        place = where.get(column)
        return row[place] if place is not None and place < len(row) else None

    def text(column: Column) -> str:
        found = cell(column)
        return found.text if found else ""

    named = row[where["name"]]
    provider_cell = cell("provider")
    provider = text("provider")
    domains = [part for part in re.split(r"[\s,;]+", text("domain")) if part]
    if is_host(provider):
        domains.append(provider)
        provider = ""
    own = text("category") or category or _category_in(text("description"))
    technology: Technology | str = text("technology") or Technology.COOKIE
    set_by = party_of(text("party")) or party_of(text("technology"))
    if set_by is not None and technology_of(text("technology")) is None:
        technology = Technology.COOKIE  # a column headed "type" that tells whose cookie it is
    for name in names_in(named) or ("",):
        rows.add(
            Row(
                where=f"line {named.line}",
                name=name,
                technology=technology,
                category=own or None,
                lifetime=text("lifetime"),
                provider=provider or None,
                domains=tuple(domains),
                set_by=set_by,
                description=text("description") or None,
                source_url=provider_cell.link if provider_cell else None,
            )
        )


def names_in(cell: Cell) -> tuple[str, ...]:
    """The names that one cell lists."""
    parts = [name for part in cell.parts for name in _BETWEEN_NAMES.split(part)]
    return tuple(name for part in parts if (name := part.strip(" .\"'“”`*" if part.strip() == "*" else " .\"'“”`")))


def _category_in(purpose: str) -> str | None:
    """A purpose column that holds one or two words may be the category itself."""
    short = purpose if len(purpose.split()) <= 3 else ""
    return short if short and purpose_of_category(short) else None
