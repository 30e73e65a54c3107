"""The text of a lock file: written new, or added to without touching a byte of what people wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from classifiers.declaration import SCHEMA, Declaration, DeclarationError, DeclaredItem
from classifiers.exports.to_yaml import declaration_yaml, group_of, heading_of, item_yaml
from classifiers.yaml_source import SourceError, parse_yaml

_HEADER = (
    "Inventory, drafted from a scan: what was seen, item by item. A person must confirm what each is for and who",
    "answers for it; the release gate compares what it sees with this list. Run `consentinel declare update` to add",
    "what later scans see: entries and comments that stand here are kept as they are.",
)


def new_lock(items: Sequence[DeclaredItem], *, service: str) -> str:
    lock = Declaration.model_validate({"schema": SCHEMA, "service": service, "items": tuple(items)})
    return declaration_yaml(lock, header=_HEADER)


def read_lock(text: str, *, name: str) -> Declaration:
    """Without looking whether its categories exist: those are in the declaration that names it."""
    try:
        return parse_yaml(text, Declaration, name=name, what="lock file")
    except SourceError as error:
        raise DeclarationError(error.faults) from error


def with_items(text: str, items: Sequence[DeclaredItem], *, name: str) -> str:
    """The text with entries added, each after the last of its category and provider. Raises DeclarationError."""
    before = read_lock(text, name=name)
    if not items:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    document = YAML(typ="rt").load(text)
    listed = document.get("items")
    if not isinstance(listed, CommentedSeq) or not listed:
        lines = _section_added(lines, document, items)
    elif listed.fa.flow_style():
        line = document.lc.key("items")[0] + 1
        raise DeclarationError([f"{name}:{line}: items: is written in brackets; accepted: one `- ` line per item"])
    else:
        lines = _entries_added(lines, document, listed, before, items)
    after = newline.join(lines) + newline
    _check(before, items, after, name=name)
    return after


def _section_added(lines: list[str], document: CommentedMap, items: Sequence[DeclaredItem]) -> list[str]:
    section = _grouped(items, indent="  ")
    if "items" not in document:
        return [*lines, "items:", *section]
    place = document.lc.key("items")[0]
    opened = re.sub(r"^items:(\s*)\[\s*\]", r"items:\1", lines[place])
    return [*lines[:place], opened, *section, *lines[place + 1 :]]


def _grouped(items: Sequence[DeclaredItem], *, indent: str) -> list[str]:
    text: list[str] = []
    group: tuple[str, str] | None = None
    for item in sorted(items, key=group_of):
        if group_of(item) != group:
            group = group_of(item)
            text += [*([""] if text else []), f"{indent}# {heading_of(item)}"]
        text.append(f"{indent}- {item_yaml(item)}")
    return text


def _entries_added(
    lines: list[str],
    document: CommentedMap,
    listed: CommentedSeq,
    before: Declaration,
    items: Sequence[DeclaredItem],
) -> list[str]:
    starts = [int(listed.lc.item(number)[0]) for number in range(len(listed))]
    section = int(document.lc.key("items")[0])
    later = [int(document.lc.key(key)[0]) for key in document if int(document.lc.key(key)[0]) > section]
    end = min(later, default=len(lines))
    found = re.match(r"\s*", lines[starts[0]])
    indent = found[0] if found else ""
    last_of = {
        group_of(item): _last_line(lines, starts[number], (*starts, end)[number + 1])
        for number, item in enumerate(before.items)
    }
    bottom = _last_line(lines, starts[-1], end)
    inserted: dict[int, list[str]] = {}
    strangers = [item for item in items if group_of(item) not in last_of]
    for item in items:
        if item not in strangers:
            inserted.setdefault(last_of[group_of(item)], []).append(f"{indent}- {item_yaml(item)}")
    if strangers:
        inserted.setdefault(bottom, []).extend(["", *_grouped(strangers, indent=indent)])
    for place in sorted(inserted, reverse=True):
        lines = [*lines[: place + 1], *inserted[place], *lines[place + 1 :]]
    return lines


def _last_line(lines: Sequence[str], start: int, end: int) -> int:
    """The last line of an entry, without the blank lines and comments before the next."""
    last = start
    for number in range(start, end):
        if lines[number].strip() and not lines[number].lstrip().startswith("#"):
            last = number
    return last


def _check(before: Declaration, added: Sequence[DeclaredItem], text: str, *, name: str) -> None:
    """What stood there must still stand there: a file that people edit is never written on trust."""
    after = read_lock(text, name=name)
    wanted = sorted(_meaning(item) for item in (*before.items, *added))
    rest_before = before.model_dump_json(exclude={"items", "place"})
    if sorted(_meaning(item) for item in after.items) != wanted or rest_before != after.model_dump_json(
        exclude={"items", "place"}
    ):
        raise DeclarationError(
            [f"{name}:1: cannot be added to without changing what stands there; accepted: one `- ` line per item"]
        )


def _meaning(item: DeclaredItem) -> str:
    return item.model_dump_json(exclude={"place"})
