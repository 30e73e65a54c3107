"""HTML tables as grids: spanning cells repeated, each cell with its text, links and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from classifiers.importers.base import ListError, Material

_MOST_SPAN = 1000
"""As the HTML standard limits colspan."""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    parts: tuple[str, ...]
    """Lines of the cell: what `<br>`, list items or separate links part."""
    link: str | None
    line: int
    header: bool
    spans_row: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    rows: tuple[tuple[Cell, ...], ...]
    heading: str
    """The caption, or else the heading above the table."""
    line: int


def soup_of(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def whole_page(material: Material) -> BeautifulSoup:
    """Raises ListError for a page or table without an end: what broke off while loading reads like a shorter list."""
    for tag in ("html", "table"):
        opened = list(re.finditer(rf"<{tag}\b", material.text, re.IGNORECASE))
        closed = len(re.findall(rf"</{tag}\s*>", material.text, re.IGNORECASE))
        if len(opened) > closed:
            line = material.text.count("\n", 0, opened[closed].start()) + 1
            accepted = "the whole page, saved once it has loaded"
            raise ListError(
                [f"{material.name}:{line}: <{tag}> has no end, so rows may be missing; accepted: {accepted}"]
            )
    return soup_of(material.text)


def grids(root: BeautifulSoup | Tag) -> Iterator[Grid]:
    for table in root.find_all("table"):
        if table.find("table") is None:  # layout tables hold other tables
            yield grid(table)


def grid(table: Tag) -> Grid:
    taken: dict[tuple[int, int], Cell] = {}
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    for y, row in enumerate(rows):
        x = 0
        cells = [cell for cell in row.find_all(["td", "th"]) if cell.find_parent("tr") is row]
        for tag in cells:
            while (y, x) in taken:
                x += 1
            width, height = _span(tag, "colspan"), _span(tag, "rowspan") or len(rows) - y
            cell = _cell(tag, alone=len(cells) == 1)
            for down in range(min(height, len(rows) - y)):
                for right in range(max(width, 1)):
                    taken[(y + down, x + right)] = cell
            x += max(width, 1)
    widest = max((x for _, x in taken), default=-1) + 1
    line = table.sourceline or 1
    empty = Cell("", (), None, line, header=False)
    filled = tuple(tuple(taken.get((y, x), empty) for x in range(widest)) for y in range(len(rows)))
    return Grid(rows=filled, heading=_heading(table), line=line)


def _span(tag: Tag, name: str) -> int:
    written = str(tag.get(name, "1")).strip()
    return min(int(written), _MOST_SPAN) if written.isdigit() else 1


def _cell(tag: Tag, *, alone: bool) -> Cell:
    for br in tag.find_all("br"):
        br.replace_with("\n")
    pieces = [_clean(item.get_text(" ")) for item in tag.find_all("li")] or [
        _clean(part) for part in tag.get_text().split("\n")
    ]
    link = tag.find("a", href=True)
    href = str(link["href"]) if isinstance(link, Tag) else None
    return Cell(
        text=_clean(tag.get_text(" ")),
        parts=tuple(piece for piece in pieces if piece),
        link=href if href and href.startswith("http") else None,
        line=tag.sourceline or 1,
        header=tag.name == "th",
        spans_row=alone and _span(tag, "colspan") > 1,
    )


def _heading(table: Tag) -> str:
    caption = table.find("caption")
    if caption and (text := _clean(caption.get_text(" "))):
        return text
    before = table.find_previous(["h1", "h2", "h3", "h4", "h5", "h6", "summary", "caption", "table"])
    return _clean(before.get_text(" ")) if before and before.name != "table" and before.name != "caption" else ""


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
