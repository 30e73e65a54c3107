"""Where words to people go: results to standard output, everything else to standard error."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderableType
from rich.logging import RichHandler
from rich.segment import Segment
from rich.theme import Theme

from reports.neutral import visible

THEME = Theme(
    {
        "critical": "bold white on red",
        "high": "bold red",
        "medium": "yellow",
        "low": "cyan",
        "info": "dim",
        "passed": "bold green",
        "failed": "bold red",
        "undecided": "bold yellow",
        "place": "bold",
        "quiet": "dim",
    }
)


class CarefulConsole(Console):
    """Pages under audit write names and titles: nothing unseen in them reaches the terminal, whoever prints them."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=_seen(segment.text))


def _seen(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


out = CarefulConsole(theme=THEME, highlight=False)
err = CarefulConsole(theme=THEME, highlight=False, stderr=True)


FOREIGN = ("scrapy", "twisted", "aiohttp")
"""They log a site's failures, which are data here and are told in the summary."""


def set_up_logging(verbose: bool) -> None:
    """Our warnings always; the course of things, and what libraries complain of, under --verbose."""
    handler = RichHandler(console=err, show_path=False, show_time=verbose, markup=False)
    logging.basicConfig(
        level=logging.WARNING if verbose else logging.ERROR, format="%(message)s", handlers=[handler], force=True
    )
    for package in ("consentinel", "crawler", "classifiers", "reports"):
        logging.getLogger(package).setLevel(logging.DEBUG if verbose else logging.WARNING)
    for package in FOREIGN:
        logging.getLogger(package).setLevel(logging.WARNING if verbose else logging.CRITICAL)


@contextmanager
def working(on: str, *, quiet: bool = False) -> Iterator[None]:
    """Shows that something goes on; only on a terminal."""
    if quiet or not err.is_terminal:
        yield
        return
    with err.status(on):
        yield


def complain(sentence: str) -> None:
    err.print(f"[failed]consentinel:[/] {_safe(sentence)}", soft_wrap=True)


def note(sentence: str) -> None:
    err.print(_safe(sentence), style="quiet", soft_wrap=True)


def _safe(text: str) -> str:
    """Words from sites and files may look like Rich's markup."""
    return text.replace("[", r"\[")
