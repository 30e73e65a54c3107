"""Scenarios as data: the ones that are built in, and those that users write."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.observations import Consent
from crawler.own_scenarios import read_scenarios
from crawler.scenarios import DEFAULT_SCENARIOS, SCENARIOS, Action, ScenarioError


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


SIGN_UP = """\
sign-up:
  title: Signs up
  gpc: true
  phases: [open, steps, reload]
  steps:
    - fill: {label: E-mail}
      value: a@example.com
    - name: agree
      click: {role: button, name: Agree}
      makes: accepted
    - wait_for: '#done'
"""


def test_a_users_scenario_is_read_with_a_phase_for_each_step(tmp_path: Path) -> None:
    path = tmp_path / "scenarios.yaml"
    path.write_text(SIGN_UP)
    scenario = read_scenarios(path)["sign-up"]
    assert scenario.gpc is True
    assert scenario.choices == (Consent.ACCEPTED,)
    assert [phase.name for phase in scenario.phases] == ["open", "1-fill", "agree", "3-wait_for", "reload"]
    assert scenario.entry_only
    steps = [phase.step for phase in scenario.phases if phase.step is not None]
    assert [step.where for step in steps] == [f"{path}:{line}: " for line in (6, 8, 11)]


def test_paths_in_a_users_scenario_count_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "scenarios.yaml"
    path.write_text("inside:\n  phases: [open]\n  signed_in: state.json\n")
    scenario = read_scenarios(path)["inside"]
    assert scenario.signed_in == tmp_path / "state.json"
    assert not scenario.entry_only


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
        ("a:\n  phases: [open]\n  gcp: true\n", "scenarios.yaml:3: `a.gcp`: unknown key; accepted: title,"),
        ("a:\n  phases: [reload]\n", "scenarios.yaml:2: `a.phases[0]`: a scenario begins with `open`, not `reload`"),
        ("accept:\n  phases: [open]\n", "scenarios.yaml:1: `accept` is built in"),
        ("a:\n  phases: [open]\n  steps: [{click: x}]\n", "scenarios.yaml:1: `a`: its `steps` are never played"),
        ("a:\n  phases: [open, steps, steps]\n  steps: [{click: x}]\n", "`steps` may stand among the phases once"),
        (
            "a:\n  phases: [open, steps]\n  steps:\n    - clik: x\n",
            "scenarios.yaml:4: `a.steps.0.clik`: unknown key; accepted: open, click,",
        ),
        (
            "a:\n  phases: [open, steps]\n  steps:\n    - fill: x\n      value: y\n      makes: accepted\n",
            "scenarios.yaml:4: `a.steps.0`: only a click makes a choice",
        ),
        (
            "a:\n  phases: [open, steps]\n  steps:\n    - {name: b, click: x}\n    - {name: b, click: y}\n",
            "scenarios.yaml:3: `a.steps`: two steps are called 'b'",
        ),
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
