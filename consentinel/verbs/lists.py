"""`consentinel lists`: fetch the lists that name more than the catalogue does, and tell how old they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from classifiers.lists.records import KnownList, ListError, ListSettings, ListVersion, known_lists
from classifiers.lists.shelf import Shelf, lists_folder
from classifiers.lists.update import Change, Update, update, update_from
from consentinel import options
from consentinel.config import ConfigurationError, did_you_mean, read_configuration
from consentinel.terminal import out, working
from crawler.observations import Record
from reports.gate import ExitCode

app = typer.Typer(
    no_args_is_help=True, help="Fetch and date the public lists that judging can use; it works without any."
)
_STYLES = {
    Change.UPDATED: "passed",
    Change.UNCHANGED: "quiet",
    Change.REFUSED: "failed",
    Change.UNREACHABLE: "failed",
}

Names = Annotated[
    list[str] | None, typer.Argument(metavar="LIST…", help="Which lists; all by default.", show_default=False)
]


class ListState(Record):
    """One line of `lists status`."""

    id: str
    title: str
    brings: str
    licence: str
    version: ListVersion | None
    age_days: int | None
    old: bool
    problem: str = ""


@app.command("update")
def update_lists(
    names: Names = None,
    from_folder: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", exists=True, file_okay=False, help="Take the files from here."),
    ] = None,
    addresses: Annotated[
        list[str] | None, typer.Option("--address", metavar="LIST=URL", help="Fetch this list from your own mirror.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Fetch lists into your cache. What comes damaged is refused, and the old one stays. Ends with 2 if any failed."""
    settings = _settings(addresses)
    shelf = Shelf(lists_folder())
    done: list[Update] = []
    for known in _chosen(names):
        if from_folder is not None:
            made = update_from(known, shelf, folder=from_folder)
            if made is None and names:
                raise ListError(f"{from_folder}: has no {' or '.join(known.files)}, the files of {known.title}")
            done += [made] if made else []
        else:
            with working(f"Fetching {known.title} …", quiet=as_json):
                done.append(update(known, shelf, settings=settings, now=datetime.now(UTC)))
    if from_folder is not None and not done:
        wanted = ", ".join(file for known in known_lists() for file in known.files)
        raise ListError(f"{from_folder}: none of the lists' files is there; accepted: {wanted}")
    if as_json:
        _write([row.model_dump(mode="json") for row in done])
    else:
        out.print(_changes(done))
    failed = any(row.change in (Change.REFUSED, Change.UNREACHABLE) for row in done)
    raise typer.Exit(ExitCode.WRONG_USE if failed else ExitCode.PASSED)


@app.command("status")
def status(names: Names = None, as_json: options.AsJson = False) -> None:
    """Tell which lists are there, their versions and their age."""
    rows = list(states(_chosen(names), now=datetime.now(UTC), settings=read_configuration(None).lists))
    if as_json:
        _write([row.model_dump(mode="json") for row in rows])
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(row.title, f"{_told(row)}\n[quiet]{row.brings}[/]")
    out.print(table)
    out.print(f"[quiet]Kept in {escape(str(lists_folder()))}. Fetch with: consentinel lists update[/]")


def states(chosen: tuple[KnownList, ...], *, now: datetime, settings: ListSettings) -> Iterator[ListState]:
    shelf = Shelf(lists_folder())
    for known in chosen:
        version, problem = None, ""
        try:
            version = shelf.version(known)
        except ListError as error:
            problem = str(error)
        yield ListState(
            id=known.id,
            title=known.title,
            brings=known.brings,
            licence=known.licence,
            version=version,
            age_days=version.age(now).days if version else None,
            old=version is not None and version.is_old(now, max_age_days=settings.max_age_days),
            problem=problem,
        )


def _told(row: ListState) -> str:
    if row.version is None:
        return f"[undecided]{escape(row.problem) or 'not fetched'}[/]"
    days = f"{row.age_days} day{'' if row.age_days == 1 else 's'} old"
    age = f"[undecided]{days}: fetch it anew[/]" if row.old else days
    source = "brought by set-up, " if row.version.source == "packaged" else ""
    return f"{escape(row.version.version)}, {row.version.entries:,} entries, {source}{age}"


def _changes(done: list[Update]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in done:
        if row.change in (Change.REFUSED, Change.UNREACHABLE):
            kept = f"the one of {row.version.dated.date()} stays" if row.version else "there is none yet"
            told = f"{escape(row.why)}; {kept}"
        else:
            assert row.version is not None
            told = f"{row.version.version}, {row.version.entries:,} entries"
        table.add_row(f"[{_STYLES[row.change]}]{row.change}[/]", row.id, told)
    return table


def _chosen(names: list[str] | None) -> tuple[KnownList, ...]:
    known = {one.id: one for one in known_lists()}
    for name in names or ():
        if name not in known:
            raise ConfigurationError([f"LIST: no list is called {name!r}{did_you_mean(name, known)}"])
    return tuple(known[name] for name in names or known)


def _settings(addresses: list[str] | None) -> ListSettings:
    given: dict[str, str] = {}
    for written in addresses or ():
        name, equals, address = written.partition("=")
        if not equals or not address:
            raise ConfigurationError([f"--address: {written!r}; accepted: LIST=URL, such as easylist=https://…"])
        given[name] = address
    try:
        return ListSettings(addresses=read_configuration(None).lists.addresses | given)
    except ValidationError as error:
        raise ConfigurationError([f"--address: {error.errors()[0]['msg'].removeprefix('Value error, ')}"]) from error


def _write(rows: list[object]) -> None:
    sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
