"""`consentinel lso`: the shared objects that a Flash player left in a folder or profile."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from consentinel import options
from consentinel.config import ConfigurationError
from consentinel.terminal import complain, out
from crawler.browser.values import Digester
from crawler.flash.sol import MOST, SolFile, read_sol
from crawler.observations import Record, ValueDigest

_ROOT = "#SharedObjects"
"""Flash's own folder of a profile; below it a folder of a random name, and below that one for each host."""


class KeptValue(Record):
    name: str
    size: int
    value: ValueDigest


class KeptObject(Record):
    """One `.sol` file. Digests are comparable within one run of the verb only."""

    seen_by: Literal["sol_file"] = "sol_file"
    file: str
    host: str | None
    """Whose it is; None: the file does not lie where Flash put it."""
    path: str | None
    """The film or folder that it is kept for, below the host."""
    name: str
    encoding: int | None
    size: int
    entries: tuple[KeptValue, ...]
    problem: str | None


def lso(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A .sol file, or a folder or profile that holds some.")],
    keep_values: Annotated[
        bool, typer.Option("--keep-values", help="Show the values themselves, which are personal data.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Read Flash local shared objects (.sol files): whose they are, what they hold, what could not be read."""
    digester = Digester(key=secrets.token_bytes(32), keep_values=keep_values, now=datetime.now(UTC))
    found = [_kept(file, path, digester) for file in _files(path)]
    if as_json:
        plain = [one.model_dump(mode="json") for one in found]
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif not found:
        out.print(f"No .sol file lies in {escape(str(path))}; that does not say that none was ever written.")
    else:
        out.print(_table(found))
    for one in found:
        if one.problem:
            complain(f"{one.file}: not read to its end: {one.problem}")


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ConfigurationError([f"{path}: neither a .sol file nor a folder that is there"])
    return sorted(one for one in path.rglob("*") if one.suffix.lower() == ".sol" and one.is_file())


def _kept(file: Path, root: Path, digester: Digester) -> KeptObject:
    host, below = _owner(file)
    read = _read(file)
    return KeptObject(
        file=str(file.relative_to(root)) if file != root else file.name,
        host=host,
        path=below,
        name=read.name or file.stem,
        encoding=read.encoding,
        size=read.size,
        entries=tuple(KeptValue(name=e.name, size=e.size, value=digester.value(e.text)) for e in read.entries),
        problem=read.problem,
    )


def _read(file: Path) -> SolFile:
    try:
        with file.open("rb") as opened:
            return read_sol(opened.read(MOST + 1))
    except OSError as error:
        return SolFile(name="", encoding=None, size=0, entries=(), problem=error.strerror or type(error).__name__)


def _owner(file: Path) -> tuple[str | None, str | None]:
    """From `…/#SharedObjects/<random>/<host>/<path of the film>/<name>.sol`."""
    parts = file.absolute().parts
    if _ROOT not in parts:
        return None, None
    below = parts[parts.index(_ROOT) + 2 : -1]
    return (below[0], "/" + "/".join(below[1:])) if below else (None, None)


def _table(found: list[KeptObject]) -> Table:
    table = Table(box=None, pad_edge=False, title=f"{len(found)} shared objects", title_justify="left")
    for column in ("object", "value", "what it looks like"):
        table.add_column(column, overflow="fold")
    table.add_column("bytes", justify="right")
    for one in found:
        place = "".join(part for part in (one.host, one.path) if part) or one.file
        table.add_row(f"[place]{escape(one.name)}[/] [quiet]{escape(place)}[/]", "", "", str(one.size))
        for row in _rows(one):
            table.add_row("", *row)
    return table


def _rows(one: KeptObject) -> Iterator[tuple[str, str, str]]:
    for entry in one.entries:
        seen = entry.value.shape if entry.value.raw is None else entry.value.raw
        yield escape(entry.name), escape(seen), str(entry.size)
