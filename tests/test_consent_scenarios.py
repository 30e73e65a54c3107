"""Scenarios as data: the ones that are built in, and those that users write."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.observations import Consent
from crawler.scenarios import DEFAULT_SCENARIOS, SCENARIOS, Action, ScenarioError, read_scenarios


def test_the_default_set_is_silent_accept_and_reject() -> None:
    assert DEFAULT_SCENARIOS == ("silent", "accept", "reject")
    assert set(DEFAULT_SCENARIOS) <= set(SCENARIOS)


def test_every_scenario_opens_the_page_first_and_names_its_phases_uniquely() -> None:
    for scenario in SCENARIOS.values():
        assert scenario.phases[0].action is Action.OPEN, scenario.name
        names = [phase.name for phase in scenario.phases]
        assert len(set(names)) == len(names), scenario.name


def test_withdrawal_follows_a_grant_a_reload_and_ends_on_another_page() -> None:
    assert SCENARIOS["withdraw"].choices == (Consent.ACCEPTED, Consent.WITHDRAWN)
    actions = [phase.action.value for phase in SCENARIOS["withdraw"].phases]
    assert actions == ["open", "accept", "reload", "withdraw", "reload", "next"]


def test_a_users_scenario_is_read_with_its_steps(tmp_path: Path) -> None:
    path = tmp_path / "scenarios.yaml"
    path.write_text(
        "newsletter:\n  title: Signs up\n  gpc: true\n  phases: [open, steps, reload]\n  steps:\n"
        "    - fill: '#mail'\n      text: a@example.com\n"
        "    - click: text=Agree\n      makes: accepted\n    - wait_for: '#done'\n"
    )
    scenario = read_scenarios(path)["newsletter"]
    assert scenario.gpc is True
    assert scenario.choices == (Consent.ACCEPTED,)
    assert [phase.name for phase in scenario.phases] == ["open", "steps", "reload"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "scenarios.yaml:1: not YAML"),
        ("- a\n", "scenarios.yaml:1: expected a mapping"),
        ("\na:\n  title: x\n", "scenarios.yaml:2: `a`: needs `phases`"),
        (
            "a:\n  phases:\n    - open\n    - jump\n",
            "scenarios.yaml:4: `a.phases[1]`: `jump` is not an action; there are: open,",
        ),
        ("a:\n  phases: [open]\n  gcp: true\n", "scenarios.yaml:3: `a.gcp`: Extra inputs"),
        ("a:\n  phases: [open]\n  cookies: maybe\n", "scenarios.yaml:3: `a.cookies`:"),
        ("a:\n  phases: [open, steps]\n", "scenarios.yaml:1: `a`: has the action `steps` but no `steps`"),
        (
            "a:\n  phases: [open, steps]\n  steps:\n    - click: x\n    - click: x\n      fill: y\n",
            "scenarios.yaml:5: `a.steps.1`: ",
        ),
    ],
)
def test_a_mistake_is_told_with_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "scenarios.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as raised:
        read_scenarios(path)
    assert said in str(raised.value)
