"""Some sites show their consent interface to nobody who says to be automated: one more look, once per host."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from crawler.browser.stage import VisitAsk, VisitOutcome
from crawler.observations import Consent, NameValue
from crawler.scenarios import MADE_BY, Action, Scenario
from crawler.visits import INTERFACE_WITH_AUTOMATION_HIDDEN as FACT
from crawler.visits import ChoiceStatus, ProblemKind, Visit, VisitStatus

log = logging.getLogger(__name__)

SHOWN, NOT_SHOWN = "shown", "not shown"
NOTHING = "one more look with automation hidden: no consent interface either"


class SecondLook:
    """Plays visits. Where one met no interface, hiding automation shows whether there is one after all; the choice is
    then made there, for that is what people are shown."""

    def __init__(self, play: Callable[[VisitAsk], Awaitable[VisitOutcome]]) -> None:
        self._play = play
        self._shows_hidden: dict[str, bool] = {}
        """Host → what the second look found; no entry: there was none yet."""
        self._met: set[str] = set()
        """Hosts that showed an interface at once."""
        self._looking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def visit(self, ask: VisitAsk) -> VisitOutcome:
        if not _applies(ask):
            return await self._play(ask)
        host = urlsplit(ask.url).hostname or ""
        chooses = _chooses(ask.scenario)
        if chooses and self._shows_hidden.get(host):
            return _with_fact(await self._play(_hidden(ask)), SHOWN)
        outcome = await self._play(ask)
        if not _lacks_interface(outcome.visit):
            self._met.add(host)
            return outcome
        async with self._looking[host]:
            if host in self._met or self._shows_hidden.get(host) is False:
                return outcome
            if self._shows_hidden.get(host) and not chooses:
                return outcome
            second = await self._play(_hidden(ask))
        if second.visit.status is VisitStatus.FAILED:
            log.debug("%s could not be seen with automation hidden", ask.url)
            return outcome
        shown = not _lacks_interface(second.visit)
        self._shows_hidden.setdefault(host, shown)
        if not shown:
            return _with_fact(_noted(outcome), NOT_SHOWN)
        if chooses:
            return _with_fact(second, SHOWN)
        visit = outcome.visit.model_copy(update={"interfaces": second.visit.interfaces})
        return _with_fact(outcome.with_visit(visit), SHOWN)


def _applies(ask: VisitAsk) -> bool:
    scenario = ask.scenario
    return (
        ask.settings.second_look and not ask.browser.hide_automation and scenario.script and scenario.cookies != "off"
    )


def _chooses(scenario: Scenario) -> bool:
    return bool(scenario.choices) or any(
        phase.action in MADE_BY or phase.action is Action.DISMISS for phase in scenario.phases
    )


def _lacks_interface(visit: Visit) -> bool:
    """The page was seen, it was opened without a choice, and nothing on it asked for one."""
    if visit.status is VisitStatus.FAILED or not visit.phases or visit.phases[0].consent is not Consent.UNDECIDED:
        return False
    if any(problem.kind is ProblemKind.CHALLENGE for problem in visit.problems):
        return False
    found = any(choice.status is not ChoiceStatus.NOT_OFFERED for choice in visit.choices)
    return not visit.interfaces and not found


def _hidden(ask: VisitAsk) -> VisitAsk:
    return ask.model_copy(update={"browser": ask.browser.model_copy(update={"hide_automation": True})})


def _with_fact(outcome: VisitOutcome, value: str) -> VisitOutcome:
    visit = outcome.visit
    fact = NameValue(name=FACT, value=value)
    return outcome.with_visit(visit.model_copy(update={"facts": (*visit.facts, fact)}))


def _noted(outcome: VisitOutcome) -> VisitOutcome:
    visit = outcome.visit
    choices = tuple(
        choice.model_copy(update={"tried": (*choice.tried, NOTHING)})
        if choice.status is ChoiceStatus.NOT_OFFERED
        else choice
        for choice in visit.choices
    )
    return outcome.with_visit(visit.model_copy(update={"choices": choices}))
