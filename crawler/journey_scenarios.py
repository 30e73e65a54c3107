"""A journey as a scenario: open, choose, then one phase for each step."""

from __future__ import annotations

from crawler.journeys import Journey
from crawler.scenarios import SCENARIOS, Action, Phase, Scenario, ScenarioError

_CHOICE = {"accept": Action.ACCEPT, "reject": Action.REJECT}


def scenario_of(journey: Journey) -> Scenario:
    """Raises ScenarioError where the name is taken by one of the consent scenarios."""
    if journey.name in SCENARIOS:
        raise ScenarioError(f"the journey {journey.name!r} has the name of a consent scenario; call it something else")
    phases = [Phase(name="open", action=Action.OPEN)]
    if journey.consent in _CHOICE:
        # The reload shows whether the choice took hold; without it, what follows would stay undecided.
        phases += [
            Phase(name=journey.consent, action=_CHOICE[journey.consent]),
            Phase(name="reload", action=Action.RELOAD),
        ]
    phases += [Phase(name=step.name, action=Action.STEPS, step=step) for step in journey.steps]
    if journey.script is not None:
        phases.append(Phase(name="script", action=Action.STEPS))
    return Scenario(
        name=journey.name,
        title=journey.title or f"Journey {journey.name}",
        phases=tuple(phases),
        journey_script=journey.script,
        signed_in=journey.signed_in,
        entry_only=True,
    )
