"""What our click on a consent interface set off beside the choice: each is told with the element that was clicked."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from playwright.async_api import Dialog, Download, Page
from playwright.async_api import Error as ScriptError

from crawler.visits import Choice, ChoiceStatus

_MOST: Final = 5
"""Of one kind that are told: the rest is more of the same."""
_LONGEST: Final = 120


class Aftermath:
    """Listens for as long as its block lasts. A new window is only told; the rest leaves the visit partial."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._told: dict[str, bool] = {}
        """What happened, in words → whether less was seen for it than was asked."""
        self._thrown: dict[str, None] = {}

    def __enter__(self) -> Self:
        self._page.on("dialog", self._box)
        self._page.on("download", self._file)
        self._page.on("pageerror", self._error)
        self._page.context.on("page", self._window)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._page.remove_listener("dialog", self._box)
        self._page.remove_listener("download", self._file)
        self._page.remove_listener("pageerror", self._error)
        self._page.context.remove_listener("page", self._window)

    def of(self, choice: Choice) -> tuple[list[str], bool]:
        """Sentences, and whether the visit is partial because of them; none where nothing was clicked."""
        if not choice.clicks:
            return [], False
        told = dict(list(self._told.items())[:_MOST])
        if choice.status is not ChoiceStatus.CONFIRMED:
            told |= dict.fromkeys(list(self._thrown)[:_MOST], False)
        clicked = named(choice)
        return [f"The click on {clicked} {what}." for what in told], any(told.values())

    def crashed(self) -> None:
        self._told["crashed the page"] = True

    def led_away(self, url: str) -> None:
        self._told[f"led away to {_without_query(url)}"] = True

    def led_nowhere(self, url: str) -> None:
        self._told[f"began to lead to {_without_query(url)}, which did not answer"] = True

    def _box(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            how = "agreed to" if agrees(dialog) else "dismissed"
            self._told[f"opened a message box ({dialog.type}), which was {how}"] = True

    def _file(self, download: Download) -> None:
        self._told[f"began the download of {_without_query(download.url)}, which was not taken"] = True

    def _window(self, page: Page) -> None:
        self._told[
            f"opened another window{f' ({_without_query(page.url)})' if page.url.startswith('http') else ''}"
        ] = False

    def _error(self, error: ScriptError) -> None:
        self._thrown[f"was followed by an error in a script ({error.message.splitlines()[0][:_LONGEST]})"] = None


def agrees(dialog: Dialog) -> bool:
    """Who makes a choice and is asked whether it is meant says yes. Nothing is known that a prompt could be told."""
    return dialog.type == "confirm"


def named(choice: Choice) -> str:
    """The element that was clicked last, as people see it and as it is found."""
    last = choice.clicks[-1]
    return f"“{last.text}” ({last.element})" if last.text else last.element


def _without_query(url: str) -> str:
    """A query may hold what is personal."""
    return url.partition("?")[0].partition("#")[0][:_LONGEST]
