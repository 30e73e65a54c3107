"""Paths of the machine that packed become paths inside the pack, in every record that names a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os.path import commonpath
from pathlib import Path
from typing import TypeVar

from classifiers.declaration import Declaration
from classifiers.findings import Place
from crawler.observations import Record

R = TypeVar("R", bound=Record)
FOLDER = "declaration"


def declaration_files(declaration: Declaration, path: Path) -> dict[str, Path]:
    """Path inside the pack → file, of the declaration and its lock file; their paths to each other stay."""
    files = [path] if declaration.lock is None else [path, path.parent / declaration.lock]
    absolute = [file.resolve() for file in files]
    base = Path(commonpath([file.parent for file in absolute]))
    return {f"{FOLDER}/{file.relative_to(base).as_posix()}": file for file in absolute}


def in_pack(record: R, names: dict[str, Path]) -> R:
    """With each place in one of the files named as in the pack."""
    inside = {str(file): name for name, file in names.items()}
    moved = _moved(record, lambda file: inside.get(str(Path(file).resolve()), file))
    assert isinstance(moved, type(record))
    return moved


def _moved(value: object, rename: Callable[[str], str]) -> object:
    match value:
        case Place():
            return value.model_copy(update={"file": rename(value.file)})
        case Record():
            return value.model_copy(update=dict(_changed(value, rename)))
        case tuple():
            return tuple(_moved(part, rename) for part in value)
        case dict():
            return {key: _moved(part, rename) for key, part in value.items()}
        case _:
            return value


def _changed(record: Record, rename: Callable[[str], str]) -> Iterator[tuple[str, object]]:
    for name in type(record).model_fields:
        old = getattr(record, name)
        new = _moved(old, rename)
        if new != old:
            yield name, new
