"""Whether a visit's profile is empty before its page is opened: what it holds would be taken for the page's doing."""

from __future__ import annotations

from playwright.async_api import BrowserContext

from crawler.browser.stage import Stage
from crawler.observations import NameValue, SightingKind
from crawler.visits import PROFILE_AT_START, Problem, ProblemKind


async def note_profile(stage: Stage, context: BrowserContext) -> None:
    ask = stage.ask
    if ask.carried is not None or ask.scenario.signed_in is not None:
        stage.facts.append(NameValue(name=PROFILE_AT_START, value="given"))
        return
    held = len(await context.cookies())
    words = "empty" if held == 0 else f"{held} cookie{'' if held == 1 else 's'}"
    stage.facts.append(NameValue(name=PROFILE_AT_START, value=words))
    if held:
        stage.incomplete = True
        stage.problems.append(
            Problem(
                kind=ProblemKind.LOST,
                message=f"The profile held {words} before {ask.url} was opened, so what was seen may not be its own.",
                blinds=tuple(SightingKind),
            )
        )
