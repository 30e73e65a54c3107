"""The items of an audit on the terminal: what each is for, whose, how sure, why, and what was declared."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from classifiers.base import Party, Purpose
from classifiers.findings import DeclaredState, Item
from consentinel.terminal import out

_DECLARED = {
    DeclaredState.ITEM: "declared as the item",
    DeclaredState.CATEGORY: "declared by the category",
    DeclaredState.OPEN_CLAUSE: "declared by general words only",
    DeclaredState.UNDECLARED: "not declared",
    DeclaredState.NO_DECLARATION: "no declaration",
}
_STYLES = {
    DeclaredState.ITEM: "passed",
    DeclaredState.CATEGORY: "undecided",
    DeclaredState.OPEN_CLAUSE: "undecided",
    DeclaredState.UNDECLARED: "failed",
    DeclaredState.NO_DECLARATION: "quiet",
}
_PURPOSES = list(Purpose)
_KINDS = ("cookie", "local_storage", "session_storage", "indexed_db")
"""First these, in the order in which people ask for them; others after them by name."""


def tell_items(items: Iterable[Item], *, console: Console = out) -> None:
    """By kind, and by purpose within. Own requests that nobody names are the site's pages and files: counted only."""
    by_kind: dict[str, list[Item]] = {}
    own = 0
    for item in items:
        if item.kind == "request" and item.party is Party.FIRST and item.purpose is Purpose.UNCLASSIFIED:
            own += 1
        else:
            by_kind.setdefault(item.kind, []).append(item)
    for kind in sorted(by_kind, key=_order):
        console.print()
        console.print(f"  [bold]{escape(kind.replace('_', ' '))}[/] [quiet]({len(by_kind[kind])})[/]")
        for item in sorted(by_kind[kind], key=lambda item: (_PURPOSES.index(item.purpose), item.domain, item.name)):
            console.print(Padding(_told(item), (0, 0, 0, 4)))
    if own:
        console.print(f"\n  [quiet]and {own} requests to the site itself that no source names[/]")


def _told(item: Item) -> str:
    label = item.label
    purpose = label.purpose.value.replace("_", " ")
    sure = "" if label.purpose is Purpose.UNCLASSIFIED else f" ({label.confidence:.0%} sure)"
    whose = f"{label.vendor or label.entity or 'vendor not known'} · {label.party.value.replace('_', ' ')} party"
    declared = _DECLARED[item.declared] + (f" {item.declared_as}" if item.declared_as else "")
    return (
        f"[place]{escape(item.name)}[/] [quiet]{escape(item.domain)}[/]: {purpose}{sure} · {escape(whose)} · "
        f"[{_STYLES[item.declared]}]{escape(declared)}[/]\n  [quiet]{escape(label.reason)}[/]"
    )


def _order(kind: str) -> tuple[int, str]:
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS), kind)
