"""What a visit is asked, and its state while it is being played."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page

from crawler.browser.consent.player import ConsentPlayer
from crawler.browser.watch import Watch
from crawler.observations import NameValue, Record
from crawler.scenarios import Scenario
from crawler.settings import BrowserSettings, Recipe, VisitSettings
from crawler.visits import Choice, Interface, PhaseSpan, Problem, ProblemKind, Visit, visit_id


class VisitAsk(Record):
    url: str
    scenario: Scenario
    run: int = 1
    entry: bool = True
    settings: VisitSettings = VisitSettings()
    browser: BrowserSettings = BrowserSettings()
    recipe: Recipe | None = None
    digest_key: bytes
    evidence_dir: Path | None = None

    @property
    def id(self) -> str:
        return visit_id(url=self.url, scenario=self.scenario.name, run=self.run)


@dataclass(frozen=True)
class VisitOutcome:
    visit: Visit
    html: str
    """The rendered page, for link extraction; empty when nothing could be seen."""
    headers: dict[str, str]
    """Of the page's own answer."""


@dataclass(eq=False)
class Stage:
    """A visit in progress."""

    ask: VisitAsk
    watch: Watch
    page: Page
    problems: list[Problem] = field(default_factory=list)
    spans: list[PhaseSpan] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    interfaces: tuple[Interface, ...] = ()
    screenshots: list[str] = field(default_factory=list)
    facts: list[NameValue] = field(default_factory=list)
    player: ConsentPlayer | None = None
    html: str = ""
    title: str = ""
    seen: bool = False
    """The page was there at all."""
    incomplete: bool = False
    """Less was seen than was asked."""
    answers: bool = False
    """The page took a question when its last phase ended."""
    dialogs: int = 0

    def problem(self, kind: ProblemKind, message: str, *, phase: str | None = None) -> None:
        self.problems.append(Problem(kind=kind, message=message, phase=phase))
