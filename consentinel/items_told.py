"""The items of an audit on the terminal: what each is for, whose, how sure, why, and what was declared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import ascii_lowercase

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from classifiers.base import Party, Purpose
from classifiers.findings import DeclaredState, Item
from consentinel.terminal import out
from reports.gate import GateMode
from reports.neutral import shorten, visible
from reports.places import within
from reports.to_html.words import count

LONGEST_NAME = 160
WIDE = 100
"""Columns from which on place and party stand in the row; on narrower terminals the vendor's line has them."""
_INDENT = 4
_GAP = 2
_NARROWEST = 8
_DECLARED = {
    DeclaredState.ITEM: ("item", "passed"),
    DeclaredState.CATEGORY: ("category", "undecided"),
    DeclaredState.OPEN_CLAUSE: ("general words only", "undecided"),
    DeclaredState.UNDECLARED: ("not declared", "failed"),
    DeclaredState.NO_DECLARATION: ("no declaration", "quiet"),
}
_KINDS = ("cookie", "local_storage", "session_storage", "indexed_db")
"""First these, in the order in which people ask for them; others after them by name."""
_PURPOSES = list(Purpose)
Group = tuple[str, ...]
"""What the line above the rows says: the vendor, on narrow terminals also party and domain."""


def wanted(asked: bool | None, *, gate: GateMode | None, mode: GateMode) -> bool:
    """Unasked, unless `--gate` is given or the configuration's mode judges against a baseline or a lock file.

    Who says so runs a pipeline. Whether somebody watches (a terminal, a CI variable) decides nothing.
    """
    return asked if asked is not None else gate is None and mode is GateMode.ALL


def tell_items(items: Iterable[Item], *, console: Console = out) -> None:
    """By purpose and vendor. Own requests that nobody names are the site's pages and files: counted only."""
    told = list(items)
    own = [item for item in told if _is_own_page(item)]
    shown = [item for item in told if not _is_own_page(item)]
    marks = _file_marks(shown)
    wide = console.width >= WIDE
    rows = {id(item): _cells(item, marks, wide=wide) for item in shown}
    heads = _heads(wide=wide)
    widths = _fitted([heads, *rows.values()], room=console.width - _INDENT)
    console.print()
    _print_heading(console, shown, marks)
    if shown:
        console.print(Padding(_table([heads], widths), (1, 0, 0, _INDENT)))
    for purpose in _PURPOSES:
        groups: dict[Group, list[Item]] = defaultdict(list)
        for item in shown:
            if item.purpose is purpose:
                groups[_group(item, wide=wide)].append(item)
        if groups:
            number = sum(map(len, groups.values()))
            console.print()
            console.print(Text.assemble("  ", (purpose.replace("_", " "), "bold"), (f" ({number})", "quiet")))
        for group in sorted(groups, key=lambda group: (group[0] == "", [part.casefold() for part in group])):
            console.print(Padding(Text(" · ".join((group[0] or "vendor not known", *group[1:]))), (0, 0, 0, 3)))
            for same in _by_reason(groups[group]):
                console.print(Padding(_table([rows[id(item)] for item in same], widths), (0, 0, 0, _INDENT)))
                reason = _common_reason(same[0]) if len(same) > 1 else same[0].label.reason
                console.print(Padding(Text(reason, style="quiet"), (0, 0, 0, _INDENT + 2)))
    if own:
        console.print(
            f"\n  [quiet]and {count(len(own), 'request')} to the site itself that no source names: see the reports[/]"
        )


def _print_heading(console: Console, items: Sequence[Item], marks: dict[str, str]) -> None:
    lines = ["`consentinel explain ITEM` tells all about one; --no-items leaves these out"]
    lines += [f"declared in {mark}: {file}" for file, mark in marks.items()]
    if any(len(item.name) > LONGEST_NAME for item in items):
        lines.append("names with … are cut: `consentinel explain 'BEGINNING*'` shows them whole")
    console.print(Text.assemble("  ", ("Items", "bold"), (f" ({len(items)})", "quiet")))
    for line in lines:
        console.print(Padding(Text(line, style="quiet"), (0, 0, 0, 2)))


def _is_own_page(item: Item) -> bool:
    return item.kind == "request" and item.party is Party.FIRST and item.purpose is Purpose.UNCLASSIFIED


def _file_marks(items: Iterable[Item]) -> dict[str, str]:
    """Declared file, as a person here knows it → the letter that stands for it in the rows."""
    files = dict.fromkeys(_file(item) for item in items if item.declared_at)
    return {file: ascii_lowercase[number % 26] * (1 + number // 26) for number, file in enumerate(sorted(files))}


def _file(item: Item) -> str:
    return within(item.declared_at.file, str(Path.cwd())) if item.declared_at else ""


def _group(item: Item, *, wide: bool) -> Group:
    label = item.label
    whose = dict.fromkeys(part for part in (label.vendor, label.entity) if part)
    vendor = ", ".join(whose) + (f" ({label.country})" if whose and label.country else "")
    return (vendor,) if wide else (vendor, f"{_party(item)} party", item.domain)


def _party(item: Item) -> str:
    return item.party.replace("_", " ")


def _cells(item: Item, marks: dict[str, str], *, wide: bool) -> tuple[Text, ...]:
    sure = "-" if item.purpose is Purpose.UNCLASSIFIED else f"{item.label.confidence:.0%}"
    name = Text(shorten(visible(item.name), LONGEST_NAME), style="place")
    where = (Text(visible(item.domain)), Text(_party(item))) if wide else ()
    return (Text(item.kind.replace("_", " ")), name, *where, Text(sure, justify="right"), _declared(item, marks))


def _heads(*, wide: bool) -> tuple[Text, ...]:
    names = ("kind", "name", *(("of", "party") if wide else ()), "sure", "declared")
    return tuple(Text(name, style="quiet") for name in names)


def _declared(item: Item, marks: dict[str, str]) -> Text:
    words, style = _DECLARED[item.declared]
    entry = item.declared_as if item.declared_as != item.name else None
    at = f"{marks[_file(item)]}:{item.declared_at.line or 1}" if item.declared_at else None
    return Text(" ".join(visible(part) for part in (words, entry, at) if part), style=style)


def _by_reason(items: Sequence[Item]) -> list[list[Item]]:
    """Items that one sentence explains stand together."""
    alike: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: (*_order(item.kind), item.domain, item.name)):
        alike[_common_reason(item)].append(item)
    return list(alike.values())


def _common_reason(item: Item) -> str:
    """The reason with `…` for the item's own name."""
    return re.sub(rf"(?<!\w){re.escape(item.name)}(?!\w)", "…", item.label.reason)


def _order(kind: str) -> tuple[int, str]:
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS), kind)


def _fitted(rows: Sequence[Sequence[Text]], *, room: int) -> list[int]:
    """Widths of the columns: what they need, the widest narrowed until the row fits. Longer text is folded."""
    widths = [max(cell_len(row[column].plain) for row in rows) for column in range(len(rows[0]))]
    while sum(widths) + _GAP * len(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _table(rows: Sequence[Sequence[Text]], widths: Sequence[int]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, _GAP, 0, 0), pad_edge=False)
    for width in widths:
        table.add_column(width=width, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
