"""The digest of the published words, put into a declaration's `source` without touching a byte of the rest."""

from __future__ import annotations

import re

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from classifiers.declaration import Declaration, DeclarationError
from classifiers.lock_text import read_lock

_KEY = "page_sha256"
_EMPTY = re.compile(r"(?:null|Null|NULL|~|''|\"\")(?=\s|[,}]|$)")


def with_page_digest(text: str, digest: str, *, name: str) -> str:
    """Raises DeclarationError where `source` is not written in a way that can be added to."""
    before = read_lock(text, name=name)
    source = YAML(typ="rt").load(text).get("source")
    if before.source is None or not isinstance(source, CommentedMap):
        raise DeclarationError([f"{name}:1: source: there is none; accepted: a `source` with the page's `url`"])
    lines = text.splitlines(keepends=True)
    if _KEY in source:
        row, column = source.lc.key(_KEY)
        head, tail = lines[row][: column + len(_KEY)], lines[row][column + len(_KEY) :]
        lines[row] = head + _valued(tail, digest)
    elif source.fa.flow_style():
        row, column = source.lc.line, source.lc.col
        lines[row] = f"{lines[row][: column + 1]}{_KEY}: {digest}, {lines[row][column + 1 :]}"
    else:
        row, column = source.lc.key(next(iter(source)))
        ending = "\r\n" if lines[row].endswith("\r\n") else "\n"
        lines.insert(row, f"{' ' * column}{_KEY}: {digest}{ending}")
    after = "".join(lines)
    _check(before, digest, after, name=name)
    return after


def _valued(tail: str, digest: str) -> str:
    """`: null  # why` as `: 62fb…  # why`."""
    colon, rest = re.match(r"(\s*:)(.*)\Z", tail, re.DOTALL).groups()  # type: ignore[union-attr]  # it is a key
    blank = rest[: len(rest) - len(rest.lstrip(" \t"))]
    return f"{colon}{blank or ' '}{digest}{_EMPTY.sub('', rest[len(blank) :], count=1)}"


def _check(before: Declaration, digest: str, text: str, *, name: str) -> None:
    """What stood there must still stand there: a file that people edit is never written on trust."""
    line = before.source.place.line if before.source and before.source.place else 1
    fault = f"{name}:{line}: source: cannot be added to by itself; accepted: write `{_KEY}: {digest}` there"
    try:
        after = read_lock(text, name=name)
    except DeclarationError as error:
        raise DeclarationError([fault]) from error
    wanted = before.model_dump(mode="json", by_alias=True)
    wanted["source"][_KEY] = digest
    if after.model_dump(mode="json", by_alias=True) != wanted:
        raise DeclarationError([fault])
