"""The consent scenarios as data: ordered phases. Collectors never see them; the visit engine plays them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from crawler.observations import Consent, Record


class Action(StrEnum):
    OPEN = "open"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    DISMISS = "dismiss"
    GRANULAR = "granular"
    RELOAD = "reload"
    STEPS = "steps"
    """The user's own Playwright steps (`Scenario.steps`)."""


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


class Scenario(Record):
    name: str
    title: str
    phases: tuple[Phase, ...]
    gpc: bool = False
    cookies: Literal["allow", "off"] = "allow"
    script: bool = True

    @property
    def choices(self) -> tuple[Consent, ...]:
        """The consents this scenario makes, in order; empty: it only watches."""
        return tuple(MADE_BY[phase.action] for phase in self.phases if phase.action in MADE_BY)


def _phases(*actions: Action) -> tuple[Phase, ...]:
    return tuple(Phase(name=action.value, action=action) for action in actions)


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="silent", title="No choice made", phases=_phases(Action.OPEN)),
        Scenario(name="accept", title="All accepted", phases=_phases(Action.OPEN, Action.ACCEPT, Action.RELOAD)),
        Scenario(name="reject", title="All refused", phases=_phases(Action.OPEN, Action.REJECT, Action.RELOAD)),
    )
}
DEFAULT_SCENARIOS = ("silent", "accept", "reject")
