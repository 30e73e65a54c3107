"""Our own YAML: sections in reading order, one item a line, grouped by category and provider."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from classifiers.declaration import Category, Declaration, DeclaredItem, Entry
from classifiers.exports.base import Export
from classifiers.lifetimes import Lifetime, parse_lifetime

_BLOCK_LISTS = ("categories", "items", "claims")
_MISREAD_IN_FLOW = ("?", ":")
"""Beginnings that the library writes without quotes inside braces, and then cannot read."""
_ONE_LINE = ("tool_categories", "recipients")


class ToYaml(Export):
    format = "yaml"
    title = "Our own declaration file"

    def render(self, declaration: Declaration) -> str:
        return declaration_yaml(declaration)


def declaration_yaml(declaration: Declaration, *, header: Sequence[str] = ()) -> str:
    """`header`: lines of a comment that opens the file."""
    document = CommentedMap()
    for name, value in _plain(declaration).items():
        if name == "items":
            continue
        if name in _BLOCK_LISTS:
            document[name] = CommentedSeq(
                [_block(entry) if name == "categories" else _flow(entry) for entry in _list(value)]
            )
        elif name in _ONE_LINE:
            document[name] = CommentedSeq([_flow(entry) for entry in _list(value)])
        else:
            document[name] = _flow(value) if isinstance(value, dict | list) else value
    text = "".join(f"# {line}\n" if line else "#\n" for line in header) + _dump(document)
    return text + items_yaml(declaration.items)


def items_yaml(items: Iterable[DeclaredItem]) -> str:
    """The `items:` section, a comment above each group; empty without items."""
    lines: list[str] = []
    group: tuple[str, str] | None = None
    for item in sorted(items, key=group_of):
        if group_of(item) != group:
            group = group_of(item)
            lines += ["", f"  # {heading_of(item)}"] if lines else [f"  # {heading_of(item)}"]
        lines.append(f"  - {item_yaml(item)}")
    return "\n".join(["items:", *lines]) + "\n" if lines else ""


def group_of(item: DeclaredItem) -> tuple[str, str]:
    return (item.category or (item.purpose.value if item.purpose else "~"), item.provider or "")


def heading_of(item: DeclaredItem) -> str:
    category, provider = group_of(item)
    what = category if category != "~" else "what for? Give each a category or a purpose"
    return f"{what} · {provider}" if provider else what


def item_yaml(item: DeclaredItem) -> str:
    """On one line, in flow style."""
    return _dump(_flow(_plain(item))).strip()


def _plain(entry: Entry) -> dict[str, object]:
    plain: dict[str, object] = json.loads(
        entry.model_dump_json(by_alias=True, exclude_none=True, exclude_defaults=True)
    )
    _in_words(plain)
    if isinstance(entry, Declaration) and entry.categories:
        plain["categories"] = [_in_full(category) for category in entry.categories]
    if isinstance(entry, Declaration) and entry.recipients:
        plain["recipients"] = [recipient.model_dump(mode="json", exclude_none=True) for recipient in entry.recipients]
    if isinstance(entry, Declaration):
        plain = {"schema": entry.schema_id, **plain}
    return plain


def _in_full(category: Category) -> dict[str, object]:
    """With its defaults, because a person is to confirm each; without lists that have nothing in them."""
    full: dict[str, object] = category.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in full.items() if value not in ([], "")}


def _in_words(plain: dict[str, object]) -> None:
    for entry in [plain, *(item for item in _list(plain.get("items")))]:
        if isinstance(entry, dict) and isinstance(entry.get("lifetime"), int | float):
            entry["lifetime"] = lifetime_words(entry["lifetime"])


def lifetime_words(lifetime: Lifetime) -> str | float | None:
    """In words where they mean exactly the same, else seconds."""
    if not isinstance(lifetime, int | float):
        return lifetime
    for unit in ("year", "month", "day", "hour", "minute"):
        one = parse_lifetime(f"1 {unit}")
        count = float(lifetime) / one if isinstance(one, float) else 0.0
        words = f"{count:g} {unit}{'' if count == 1 else 's'}"
        if count >= 1 and count.is_integer() and parse_lifetime(words) == lifetime:
            return words
    return int(lifetime) if float(lifetime).is_integer() else lifetime


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _flow(value: object) -> object:
    if isinstance(value, dict):
        mapping = CommentedMap({key: _flow(inner) for key, inner in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq([_flow(inner) for inner in value])
        sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and value.startswith(_MISREAD_IN_FLOW):
        return DoubleQuotedScalarString(value)
    return value


def _block(entry: object) -> object:
    return CommentedMap({key: _flow(value) for key, value in entry.items()}) if isinstance(entry, dict) else entry


def _dump(value: object) -> str:
    writer = YAML(typ="rt")
    writer.width = 100_000
    writer.allow_unicode = True
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(value, stream)
    return stream.getvalue()
