"""What a scenario stands for, whatever it is called: rules ask for a state, scans name scenarios."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.observations import Consent
from crawler.scenarios import SCENARIOS, Action, Scenario
from crawler.visits import Visit

SILENT = "silent"
ACCEPT = "accept"
REJECT = "reject"
WITHDRAW = "withdraw"
DISMISS = "dismiss"
GRANULAR = "granular"
GPC = "gpc"
COOKIES_OFF = "cookies_off"
SCRIPT_OFF = "script_off"
ANY = "any"
"""Stands in a finding's scenario where the consent state plays no part."""

_MADE = {
    Consent.ACCEPTED: ACCEPT,
    Consent.REJECTED: REJECT,
    Consent.WITHDRAWN: WITHDRAW,
    Consent.PARTIAL: GRANULAR,
}
PLAIN = frozenset({SILENT, ACCEPT, REJECT, WITHDRAW, GRANULAR, DISMISS})
"""States whose pages open like any visitor's: what they show before the choice counts as *no choice made*."""
CONSENT_OF = {ACCEPT: Consent.ACCEPTED, REJECT: Consent.REJECTED, WITHDRAW: Consent.WITHDRAWN}


def state_of(name: str, visits: Iterable[Visit] = ()) -> str:
    """The state that the scenario `name` brings about; the user's own scenarios are told by the choices they made."""
    scenario = SCENARIOS.get(name)
    if scenario is not None:
        return _of_scenario(scenario)
    wanted = [choice.wanted for visit in visits if visit.scenario == name for choice in visit.choices]
    return _MADE.get(wanted[-1], name) if wanted else name.replace("-", "_")


def _of_scenario(scenario: Scenario) -> str:
    if scenario.gpc:
        return GPC
    if scenario.cookies == "off":
        return COOKIES_OFF
    if not scenario.script:
        return SCRIPT_OFF
    if scenario.choices:
        return _MADE[scenario.choices[-1]]
    if any(phase.action is Action.DISMISS for phase in scenario.phases):
        return DISMISS
    return SILENT
