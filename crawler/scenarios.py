"""The consent scenarios as data: ordered phases. Collectors never see them; the visit engine plays them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

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
    step: JourneyStep | None = None
    """What it plays, for phases of journeys."""


class Step(Record):
    """One Playwright step of a user's own scenario: exactly one of click, fill and wait_for."""

    click: str | None = Field(None, description="Playwright selector; may start with `frame=<glob> >> `.")
    fill: str | None = Field(None, description="Playwright selector of a field.")
    text: str = Field("", description="What is typed into it.")
    wait_for: str | None = Field(None, description="Playwright selector that must become visible.")
    makes: Consent | None = Field(
        None, description="The consent that this click makes: accepted, rejected, withdrawn, partial."
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Step:
        if sum(given is not None for given in (self.click, self.fill, self.wait_for)) != 1:
            raise ValueError("a step is exactly one of click, fill and wait_for")
        if self.makes is not None and self.click is None:
            raise ValueError("only a click makes a choice")
        return self


class Scenario(Record):
    name: str
    title: str
    phases: tuple[Phase, ...]
    gpc: bool = False
    """`Sec-GPC: 1` on every request and `navigator.globalPrivacyControl` in windows and workers."""
    cookies: Literal["allow", "off"] = "allow"
    script: bool = True
    steps: tuple[Step, ...] = ()
    """What the phases with the action `steps` do."""
    journey_script: Path | None = None
    """The user's own Playwright script, which makes spans of its own."""
    signed_in: Path | None = None
    """Stored state of a browser, with which the visit begins."""
    entry_only: bool = False
    """Journeys begin at a start page; they are not played on every page that is found."""

    @property
    def choices(self) -> tuple[Consent, ...]:
        """The consents this scenario makes, in order; empty: it only watches."""
        made: list[Consent] = []
        for phase in self.phases:
            if phase.action in MADE_BY:
                made.append(MADE_BY[phase.action])
            elif phase.action is Action.STEPS:
                made.extend(step.makes for step in self.steps if step.makes is not None)
        return tuple(made)


def _phases(*actions: Action) -> tuple[Phase, ...]:
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
        Scenario(name="silent", title="No choice made", phases=_phases(_A.OPEN)),
        Scenario(name="accept", title="All accepted", phases=_phases(_A.OPEN, _A.ACCEPT, _A.RELOAD)),
        Scenario(name="reject", title="All refused", phases=_phases(_A.OPEN, _A.REJECT, _A.RELOAD)),
        Scenario(
            name="withdraw",
            title="Accepted, then withdrawn",
            phases=_phases(_A.OPEN, _A.ACCEPT, _A.RELOAD, _A.WITHDRAW, _A.RELOAD, _A.NEXT),
        ),
        Scenario(name="granular", title="One purpose accepted", phases=_phases(_A.OPEN, _A.GRANULAR, _A.RELOAD)),
        Scenario(
            name="dismiss", title="Interface closed without a choice", phases=_phases(_A.OPEN, _A.DISMISS, _A.RELOAD)
        ),
        Scenario(
            name="return-after-accept",
            title="Back later, after accepting",
            phases=_phases(_A.OPEN, _A.ACCEPT, _A.RETURN),
        ),
        Scenario(
            name="return-after-reject",
            title="Back later, after refusing",
            phases=_phases(_A.OPEN, _A.REJECT, _A.RETURN),
        ),
        Scenario(name="gpc", title="Global Privacy Control on, no choice made", phases=_phases(_A.OPEN), gpc=True),
        Scenario(name="cookies-off", title="Cookies disabled in the browser", phases=_phases(_A.OPEN), cookies="off"),
        Scenario(name="script-off", title="JavaScript disabled", phases=_phases(_A.OPEN), script=False),
    )
}
DEFAULT_SCENARIOS = ("silent", "accept", "reject")


class ScenarioError(Exception):
    """A user's scenario file cannot be read as one; says where and what would be accepted."""


def read_scenarios(path: Path) -> dict[str, Scenario]:
    """Scenarios of a user's YAML file (`name: {title, phases, …}`); `phases` are actions or `{name, action}`.

    Raises ScenarioError with file, line and key.
    """
    try:
        data = YAML().load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error})") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"{path}:{line}: not YAML: {error.problem}") from error
    if not isinstance(data, CommentedMap) or not data:
        raise ScenarioError(
            f"{path}:1: expected a mapping of scenario names, such as `newsletter: {{title: …, phases: [open, steps]}}`"
        )
    return {str(name): _scenario(path, data, str(name)) for name in data}


def _scenario(path: Path, data: CommentedMap, name: str) -> Scenario:
    line = data.lc.key(name)[0] + 1
    given = data[name]
    if not isinstance(given, CommentedMap):
        raise ScenarioError(f"{path}:{line}: `{name}`: expected a mapping with `phases`")
    if "phases" not in given or not isinstance(given["phases"], CommentedSeq) or not given["phases"]:
        raise ScenarioError(f"{path}:{line}: `{name}`: needs `phases`, a list of: {', '.join(Action)}")
    phases = given["phases"]
    for place, phase in enumerate(phases):
        action = phase.get("action") if isinstance(phase, CommentedMap) else phase
        if action not in list(Action):
            at = phases.lc.item(place)[0] + 1
            raise ScenarioError(
                f"{path}:{at}: `{name}.phases[{place}]`: `{action}` is not an action; there are: {', '.join(Action)}"
            )
    plain = [phase if isinstance(phase, CommentedMap) else {"name": None, "action": phase} for phase in phases]
    named = _phases(*(Action(phase["action"]) for phase in plain))
    played = [
        {"name": phase.get("name") or default.name, "action": phase["action"]}
        for phase, default in zip(plain, named, strict=True)
    ]
    try:
        scenario = Scenario.model_validate({"title": name, **given, "name": name, "phases": played})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(
            f"{path}:{_line(given, first['loc'], line)}: `{name}{'.' + key if key else ''}`: {first['msg']}"
        ) from error
    if any(phase.action is Action.STEPS for phase in scenario.phases) and not scenario.steps:
        raise ScenarioError(f"{path}:{line}: `{name}`: has the action `steps` but no `steps`")
    return scenario


def _line(node: CommentedMap | CommentedSeq, where: tuple[str | int, ...], fallback: int) -> int:
    """Line of the innermost key or item of `where` that is in the file."""
    line = fallback
    at: object = node
    for part in where:
        if isinstance(at, CommentedMap) and part in at:
            line = at.lc.key(part)[0] + 1
        elif isinstance(at, CommentedSeq) and isinstance(part, int) and part < len(at):
            line = at.lc.item(part)[0] + 1
        else:
            break
        at = at[part]
    return line
