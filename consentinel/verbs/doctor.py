"""`consentinel doctor`: what is there, and what each missing thing costs."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from classifiers.lists.records import known_lists
from classifiers.rules import RULES
from classifiers.vendors import Catalogue
from consentinel import __version__, options
from consentinel.config import FILE_NAME, Configuration, read_configuration
from consentinel.judging import read_yardstick
from consentinel.mistakes import USER_ERRORS
from consentinel.terminal import out
from consentinel.verbs.lists import ListState, states
from crawler.browser.found import find_browser
from crawler.observations import Record
from reports.gate import ExitCode

ASSETS = Path(__file__).parents[2] / "crawler" / "browser" / "assets"
LEAST_FREE = 500_000_000
"""Bytes: a scan of 20 pages with screenshots stays below 100 MB, the browser's profiles need the rest."""


class State(StrEnum):
    READY = "ready"
    LIMITED = "limited"
    """An audit runs, but sees or says less."""
    MISSING = "missing"
    """No audit can run."""


class Check(Record):
    name: str
    state: State
    found: str
    costs: str = ""
    """What goes without it, and how to get it; empty: nothing is lacking."""


def doctor(config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Tell what is there and what each missing thing costs. Ends with 2 when no audit can run."""
    checks = list(_checks(config))
    if as_json:
        sys.stdout.write(orjson.dumps([row.model_dump() for row in checks], option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(checks)
    blocked = any(row.state is State.MISSING for row in checks)
    raise typer.Exit(ExitCode.WRONG_USE if blocked else ExitCode.PASSED)


def _checks(config: Path | None) -> Iterator[Check]:
    yield Check(
        name="Consentinel",
        state=State.READY,
        found=f"{__version__}, {len(RULES)} rules, Python {platform.python_version()}",
    )
    configuration = Configuration()
    try:
        configuration = read_configuration(config)
    except USER_ERRORS as error:
        yield Check(name="configuration", state=State.MISSING, found=FILE_NAME, costs=str(error))
    else:
        where = str(config or FILE_NAME) if config or Path(FILE_NAME).exists() else "none, the defaults hold"
        yield Check(name="configuration", state=State.READY, found=where)
    yield _asked("browser", lambda: _browser(configuration))
    yield _asked("catalogue", lambda: f"{len(Catalogue.load(*configuration.catalogue).vendors)} vendors")
    yield from _declaration(configuration)
    yield _lists(configuration)
    yield _package("autoconsent", "banners of known consent platforms are found by their words only")
    yield _package("ruffle", "Flash content is listed, but not played: what it stores stays unseen")
    yield _asked("scan file", _database)
    yield _room()


def _asked(name: str, question: Callable[[], str]) -> Check:
    try:
        return Check(name=name, state=State.READY, found=question())
    except USER_ERRORS as error:
        return Check(name=name, state=State.MISSING, found="not usable", costs=str(error))


def _browser(configuration: Configuration) -> str:
    found = find_browser(configuration.browser)
    return f"{found.kind} {found.version} ({found.path})"


def _declaration(configuration: Configuration) -> Iterator[Check]:
    if configuration.declaration is None:
        costs = "whether something is declared stays undecided; set `declaration` or --declaration"
        yield Check(name="declaration", state=State.LIMITED, found="none", costs=costs)
        return

    def read() -> str:
        declaration = read_yardstick(configuration).declaration
        assert declaration is not None, "the configuration names one"
        return f"{configuration.declaration}: {len(declaration.categories)} categories, {len(declaration.items)} items"

    yield _asked("declaration", read)


def _lists(configuration: Configuration) -> Check:
    if not configuration.lists.use:
        switched_off = "`lists.use` is false: the catalogue alone tells what things are"
        return Check(name="public lists", state=State.LIMITED, found="not used", costs=switched_off)
    rows = list(states(known_lists(), now=datetime.now(UTC), settings=configuration.lists))
    found = ", ".join(f"{row.title} ({_age(row)})" for row in rows if row.version is not None) or "none"
    missing = [row for row in rows if row.version is None]
    costs = [row.problem for row in missing if row.problem]
    absent = [row.title for row in missing if not row.problem]
    costs += [f"without {', '.join(absent)} more stays unclassified or without an owner"] if absent else []
    old = [row.title for row in rows if row.old]
    costs += [f"old: {', '.join(old)}"] if old else []
    if not costs:
        return Check(name="public lists", state=State.READY, found=found)
    fix = "`consentinel lists update` fetches them"
    return Check(name="public lists", state=State.LIMITED, found=found, costs=f"{'; '.join(costs)}; {fix}")


def _age(row: ListState) -> str:
    return f"{row.age_days} day{'' if row.age_days == 1 else 's'} old"


def _package(name: str, costs: str) -> Check:
    if (ASSETS / name).is_dir():
        return Check(name=name, state=State.READY, found=_version_of(ASSETS / name))
    how = "`make setup` fetches it; a wheel brings it along"
    return Check(name=name, state=State.LIMITED, found="not there", costs=f"{costs}; {how}")


def _version_of(folder: Path) -> str:
    manifest = folder / "package.json"
    return str(orjson.loads(manifest.read_bytes())["version"]) if manifest.is_file() else "there, version not known"


def _database() -> str:
    """Tried, not looked up: write-ahead logging fails on some network folders."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "try.sqlite")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        connection.close()
    return f"SQLite {sqlite3.sqlite_version}, journal {mode}"


def _room() -> Check:
    free = shutil.disk_usage(tempfile.gettempdir()).free
    found = f"{free / 1e9:.1f} GB free in {tempfile.gettempdir()}"
    if free > LEAST_FREE:
        return Check(name="disk", state=State.READY, found=found)
    return Check(name="disk", state=State.LIMITED, found=found, costs="a long crawl may stop when the disk is full")


def _print(checks: list[Check]) -> None:
    styles = {State.READY: "passed", State.LIMITED: "undecided", State.MISSING: "failed"}
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in checks:
        costs = f"\n[{styles[row.state]}]{escape(row.costs)}[/]" if row.costs else ""
        table.add_row(f"[{styles[row.state]}]{row.state}[/]", row.name, escape(row.found) + costs)
    out.print(table)
    blocked = [row.name for row in checks if row.state is State.MISSING]
    if blocked:
        out.print(f"[failed]No audit can run:[/] put right {', '.join(blocked)}.")
    else:
        out.print("Ready to audit: consentinel audit https://www.example.com")
