"""Runs a crawl in front of a person: a live line on a terminal, silence elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from consentinel.config import Configuration
from consentinel.judging import EVIDENCE_NAME
from consentinel.name_lookups import with_cnames
from consentinel.terminal import err
from crawler.browser.found import find_browser
from crawler.visits import Scan

if TYPE_CHECKING:
    from crawler.frontier.progress import Progress

JOB_NAME = "job"
NARROW = 100
"""Columns below which the address is left out of the line."""


def crawl_with_progress(configuration: Configuration, *, store: Path, resume: bool, quiet: bool) -> Scan:
    """Raises BrowserMissing before anything is visited, so that no empty scan is left behind."""
    find_browser(configuration.browser)
    from crawler.frontier.run import crawl  # Scrapy takes half a second to load, and only a crawl needs it

    settings = configuration.crawl_settings()
    if resume and settings.job_dir is None:
        settings = settings.model_copy(update={"job_dir": store.parent / JOB_NAME})
    with _shown(quiet or not err.is_terminal) as progress:
        scan = crawl(
            settings,
            store=store,
            scenarios=configuration.scenarios(),
            evidence_dir=store.parent / EVIDENCE_NAME,
            progress=progress,
        )
    return with_cnames(scan, store=store, settings=configuration.dns)


@contextmanager
def _shown(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    if quiet:
        yield None
        return
    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        TextColumn("visits"),
        BarColumn(bar_width=12),
        TextColumn("[bold]{task.fields[seen]}[/]"),
        TextColumn("{task.description}", style="quiet"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None, seen="starting the browser")

        def update(progress: Progress) -> None:
            bar.update(
                task,
                completed=progress.done,
                total=max(progress.asked, progress.done),
                seen=told(progress),
                description=_doing(progress) if err.width >= NARROW else "",
            )

        yield update


def told(progress: Progress) -> str:
    counts = [
        _count(progress.pages, "page", "pages"),
        _count(progress.cookies, "cookie", "cookies"),
        _count(progress.third_parties, "third party", "third parties"),
    ]
    counts += [_count(progress.problems, "problem", "problems")] if progress.problems else []
    return " · ".join(counts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _doing(progress: Progress) -> str:
    _, _, address = progress.url.partition("://")
    room = err.width - NARROW + 24
    shown = address if len(address) <= room else f"{address[: room - 1]}…"
    return escape(f"{progress.scenario}: {shown}")
