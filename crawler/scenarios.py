"""The consent scenarios as data: ordered phases. Collectors never see them; the visit engine plays them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from crawler.journeys import JourneyStep
from crawler.observations import Consent, Record


class Action(StrEnum):
    OPEN = "open"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    DISMISS = "dismiss"
    """Close the interface, else scroll and press Escape: anything but a choice."""
    GRANULAR = "granular"
    """Grant the first optional purpose only."""
    RELOAD = "reload"
    NEXT = "next"
    """Follow a link to another page of the site."""
    RETURN = "return"
    """Come back later: close the page, drop what ends with the session, open it anew."""
    STEPS = "steps"
    """The user's own Playwright steps: one phase for each."""


MADE_BY = {
    Action.ACCEPT: Consent.ACCEPTED,
    Action.REJECT: Consent.REJECTED,
    Action.WITHDRAW: Consent.WITHDRAWN,
    Action.GRANULAR: Consent.PARTIAL,
}
"""Which consent an action makes; the others leave it as it is."""


class Phase(Record):
    """Do `action`, then watch until the page is still."""

    name: str
    action: Action
    step: JourneyStep | None = None
    """What it plays, for phases of journeys and of users' own scenarios."""


class Scenario(Record):
    name: str
    title: str
    phases: tuple[Phase, ...]
    gpc: bool = False
    """`Sec-GPC: 1` on every request and `navigator.globalPrivacyControl` in windows and workers."""
    cookies: Literal["allow", "off"] = "allow"
    script: bool = True
    journey_script: Path | None = None
    """The user's own Playwright script, which makes spans of its own."""
    signed_in: Path | None = None
    """Stored state of a browser, with which the visit begins."""
    entry_only: bool = False
    """Journeys and steps begin at a start page; they are not played on every page that is found."""
    written_in: Path | None = None
    """The user's file of scenarios: a step whose element is not found there is a mistake in it."""

    @property
    def choices(self) -> tuple[Consent, ...]:
        """The consents this scenario makes, in order; empty: it only watches."""
        made: list[Consent] = []
        for phase in self.phases:
            if phase.action in MADE_BY:
                made.append(MADE_BY[phase.action])
            elif phase.step is not None and phase.step.makes is not None:
                made.append(phase.step.makes)
        return tuple(made)


def phases_of(*actions: Action) -> tuple[Phase, ...]:
    """A phase that comes twice gets a number, so that names stay unique."""
    names = [action.value for action in actions]
    return tuple(
        Phase(name=name if names.count(name) == 1 else f"{name}-{names[: place + 1].count(name)}", action=action)
        for place, (name, action) in enumerate(zip(names, actions, strict=True))
    )


_A = Action
SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="silent", title="No choice made", phases=phases_of(_A.OPEN)),
        Scenario(name="accept", title="All accepted", phases=phases_of(_A.OPEN, _A.ACCEPT, _A.RELOAD)),
        Scenario(name="reject", title="All refused", phases=phases_of(_A.OPEN, _A.REJECT, _A.RELOAD)),
        Scenario(
            name="withdraw",
            title="Accepted, then withdrawn",
            phases=phases_of(_A.OPEN, _A.ACCEPT, _A.RELOAD, _A.WITHDRAW, _A.RELOAD, _A.NEXT),
        ),
        Scenario(name="granular", title="One purpose accepted", phases=phases_of(_A.OPEN, _A.GRANULAR, _A.RELOAD)),
        Scenario(
            name="dismiss",
            title="Interface closed without a choice",
            phases=phases_of(_A.OPEN, _A.DISMISS, _A.RELOAD),
        ),
        Scenario(
            name="return-after-accept",
            title="Back later, after accepting",
            phases=phases_of(_A.OPEN, _A.ACCEPT, _A.RETURN),
        ),
        Scenario(
            name="return-after-reject",
            title="Back later, after refusing",
            phases=phases_of(_A.OPEN, _A.REJECT, _A.RETURN),
        ),
        Scenario(name="gpc", title="Global Privacy Control on, no choice made", phases=phases_of(_A.OPEN), gpc=True),
        Scenario(name="cookies-off", title="Cookies disabled in the browser", phases=phases_of(_A.OPEN), cookies="off"),
        Scenario(name="script-off", title="JavaScript disabled", phases=phases_of(_A.OPEN), script=False),
    )
}
DEFAULT_SCENARIOS = ("silent", "accept", "reject")


class ScenarioError(Exception):
    """A user's scenario file cannot be read as one; says where and what would be accepted."""
