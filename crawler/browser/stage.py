"""What a visit is asked, and its state while it is being played."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from playwright.async_api import Dialog, Error, Page

from crawler.browser.aftermath import agrees
from crawler.browser.consent.player import ConsentPlayer
from crawler.browser.exchanges import Hop
from crawler.browser.lateness import Lateness
from crawler.browser.watch import Watch
from crawler.observations import NameValue, Record, SightingKind
from crawler.scenarios import Action, Phase, Scenario
from crawler.settings import BrowserSettings, Recipe, Settle, VisitSettings
from crawler.visits import Choice, Form, Interface, Link, PhaseSpan, Problem, ProblemKind, Visit, visit_id

log = logging.getLogger(__name__)

_MOST_DIALOGS: Final = 20
WATCHED: Final = (SightingKind.COOKIE, SightingKind.STORAGE, SightingKind.REQUEST, SightingKind.BEHAVIOUR)
"""Kinds that are incomplete when a page was not watched to its end."""
_SIMPLE: Final = frozenset({Action.OPEN, Action.ACCEPT, Action.REJECT, Action.GRANULAR, Action.RELOAD})


class Carried(Record):
    """A proved choice, and the browser state that holds it: for later pages of the same scenario and run."""

    choice: Choice
    storage: str
    """Playwright's storage state as JSON: raw values, so it is kept in memory only."""


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
    carried: Carried | None = None
    """What an earlier page proved; it is tried first, and the choice is made anew where the site does not keep it."""
    text_digest: bool = False
    """The digest of the page's words is wanted."""
    direct: bool = False
    """Enter here as a stranger all the same, and start with what was carried only where no choice is offered."""

    @property
    def can_carry(self) -> bool:
        """One choice, made on one page: what comes of it can be handed on."""
        simple = all(phase.action in _SIMPLE for phase in self.scenario.phases)
        return self.settings.carry_choice and simple and len(self.scenario.choices) == 1

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
    carried: Carried | None = None
    """For later pages, when the choice was proved here and is to be carried on."""

    def with_visit(self, visit: Visit) -> VisitOutcome:
        return replace(self, visit=visit)


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
    links: tuple[Link, ...] | None = None
    forms: tuple[Form, ...] | None = None
    player: ConsentPlayer | None = None
    html: str = ""
    title: str = ""
    seen: bool = False
    """The page was there at all."""
    incomplete: bool = False
    """Less was seen than was asked."""
    answers: bool = False
    """The page took a question when its last phase ended."""
    held: bool = False
    """A script did not let go of the page, so that it had to be ended."""
    choosing: bool = False
    """A choice is being made: questions that it raises are part of it."""
    dialogs: int = 0
    secrets: list[str] = field(default_factory=list)
    """Typed in by a journey; they are kept out of the record."""
    layer_read: dict[str, int] = field(default_factory=dict)
    """Document and data layer → entries already noted."""
    carried: Choice | None = None
    """The choice of an earlier page, whose state this visit began with."""
    document: Hop | None = None
    """The request for the visited page, once it was read."""
    maps: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Address of a script → address and content of its source map."""
    lateness: Lateness | None = None
    last_order: int | None = None
    """Order of arrival when the page began to be left."""

    @property
    def phases(self) -> tuple[Phase, ...]:
        """With the choice made already, opening the page is all there is to do."""
        phases = self.ask.scenario.phases
        return phases if self.carried is None else tuple(one for one in phases if one.action is Action.OPEN)[:1]

    @property
    def watches_on(self) -> bool:
        """What ends with steps is timed by them."""
        return self.ask.settings.settle is not Settle.FAST and self.phases[-1].action is not Action.STEPS

    def attend(self) -> None:
        """Listens to the page itself; its context's message boxes are `answer`ed for all its pages."""
        self.page.on("crash", self._crashed)

    def _crashed(self, _: Page) -> None:
        self.watch.crashed = True
        self.watch.stirred.set()

    async def answer(self, dialog: Dialog) -> None:
        """Message boxes are answered at once: a page waits for them, and nobody is there."""
        self.dialogs += 1
        leaving = dialog.type == "beforeunload"
        try:
            await (dialog.accept() if leaving or (self.choosing and agrees(dialog)) else dialog.dismiss())
        except Error as error:
            log.debug("message box: %s", error)  # it went away with its page
        if self.dialogs == _MOST_DIALOGS:
            self.incomplete = True
            self.problem(ProblemKind.DIALOG, f"{self.ask.url} opens message boxes without end.")

    def of_player(self) -> None:
        """What the player knows in the end: facts of the interface, and where the user's own recipe does not fit."""
        if self.player is None:
            return
        self.facts.extend(fact for fact in self.player.facts() if fact not in self.facts)
        for fault in self.player.recipe_faults:
            self.incomplete = True
            self.problem(ProblemKind.RECIPE, str(fault))

    def note_held(self) -> None:
        """Of a page that a script held: whether it could be ended, and what is known not to have been told."""
        url, untold = self.ask.url, self.watch.exchanges.untold()
        if self.answers:
            text = f"A script of {url} did not let go of the page and was ended; what it would have done is unseen."
        else:
            text = f"A script of {url} never lets go of the page; what was seen until then is kept."
        if untold:
            hosts = ", ".join(sorted(untold))
            text += f" At least {untold.total()} more requests left, to {hosts}, whose addresses were never told."
        self.problems.append(Problem(kind=ProblemKind.TIMEOUT, message=text, blinds=WATCHED))

    def problem(self, kind: ProblemKind, message: str, *, phase: str | None = None) -> None:
        self.problems.append(Problem(kind=kind, message=message, phase=phase))
