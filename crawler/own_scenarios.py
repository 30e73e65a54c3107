"""Scenarios that users write: a YAML file of phases and Playwright steps."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from crawler.journeys import JourneyStep, with_names
from crawler.scenarios import SCENARIOS, Action, Phase, Scenario, ScenarioError, phases_of

_STEPS = TypeAdapter(tuple[JourneyStep, ...])
_OURS = ("name", "steps", "written_in")
_PATHS = ("journey_script", "signed_in")


def read_scenarios(path: Path) -> dict[str, Scenario]:
    """`name: {title, phases, steps, …}`; `phases` are actions or `{name, action}`, and `steps` among them plays the
    steps.

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
    if name in SCENARIOS:
        raise ScenarioError(f"{path}:{line}: `{name}` is built in; call it something else")
    if not isinstance(given, CommentedMap):
        raise ScenarioError(f"{path}:{line}: `{name}`: expected a mapping with `phases`")
    steps = _steps(path, given, name)
    phases = _phases(path, given, name, steps=steps)
    played = any(phase.action is Action.STEPS for phase in phases)
    if steps and not played:
        raise ScenarioError(f"{path}:{line}: `{name}`: its `steps` are never played: name `steps` among the phases")
    values = {key: value for key, value in given.items() if key not in ("phases", "steps")}
    for key in _PATHS:
        if isinstance(values.get(key), str):
            values[key] = path.parent / Path(values[key]).expanduser()
    defaults = {"title": name, "entry_only": played}
    try:
        for key in values:
            if key in _OURS:
                raise ScenarioError(f"{path}:{_line(given, (key,), line)}: `{name}.{key}`: not a key of a scenario")
        return Scenario.model_validate(defaults | values | {"name": name, "phases": phases, "written_in": path})
    except ValidationError as error:
        raise _fault(path, given, name, error.errors()[0]) from error


def _phases(path: Path, given: CommentedMap, name: str, *, steps: tuple[JourneyStep, ...]) -> tuple[Phase, ...]:
    """With a phase for each step in the place of `steps`."""
    listed = given.get("phases")
    line = given.lc.line + 1
    if not isinstance(listed, CommentedSeq) or not listed:
        raise ScenarioError(f"{path}:{_head(given)}: `{name}`: needs `phases`, a list of: {', '.join(Action)}")
    actions: list[Action] = []
    for place, phase in enumerate(listed):
        action = phase.get("action") if isinstance(phase, CommentedMap) else phase
        if action not in list(Action):
            at = listed.lc.item(place)[0] + 1
            raise ScenarioError(
                f"{path}:{at}: `{name}.phases[{place}]`: `{action}` is not an action; there are: {', '.join(Action)}"
            )
        actions.append(Action(action))
    if actions[0] is not Action.OPEN:
        at = listed.lc.item(0)[0] + 1
        raise ScenarioError(f"{path}:{at}: `{name}.phases[0]`: a scenario begins with `open`, not `{actions[0]}`")
    if actions.count(Action.STEPS) > 1:
        raise ScenarioError(f"{path}:{line}: `{name}`: `steps` may stand among the phases once")
    if Action.STEPS in actions and not steps and not given.get("journey_script"):
        raise ScenarioError(f"{path}:{_head(given)}: `{name}`: has the action `steps` but no `steps`")
    found: list[Phase] = []
    for raw, phase in zip(listed, phases_of(*actions), strict=True):
        if phase.action is Action.STEPS and steps:
            found.extend(Phase(name=step.name, action=Action.STEPS, step=step) for step in steps)
        elif isinstance(raw, CommentedMap) and raw.get("name"):
            found.append(Phase(name=str(raw["name"]), action=phase.action))
        else:
            found.append(phase)
    names = [phase.name for phase in found]
    if double := sorted({one for one in names if names.count(one) > 1}):
        raise ScenarioError(f"{path}:{line}: `{name}`: two phases or steps are called {double[0]!r}")
    return tuple(found)


def _steps(path: Path, given: CommentedMap, name: str) -> tuple[JourneyStep, ...]:
    """Each knows its line, for the day that its element is not on the page."""
    listed = given.get("steps")
    if listed is None:
        return ()
    if not isinstance(listed, CommentedSeq):
        raise ScenarioError(f"{path}:{_line(given, ('steps',), 1)}: `{name}.steps`: expected a list of steps")
    raw = [
        {**step, "place": {"file": str(path), "line": listed.lc.item(place)[0] + 1}}
        if isinstance(step, CommentedMap)
        else step
        for place, step in enumerate(listed)
    ]
    try:
        return with_names(_STEPS.validate_python(raw))
    except ValidationError as error:
        detail = error.errors()[0]
        raise _fault(path, given, name, {**detail, "loc": ("steps", *detail["loc"])}) from error
    except ValueError as error:
        raise ScenarioError(f"{path}:{_line(given, ('steps',), 1)}: `{name}.steps`: {error}") from error


def _fault(path: Path, given: CommentedMap, name: str, detail: ErrorDetails) -> ScenarioError:
    key = ".".join(str(part) for part in detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        known = JourneyStep.model_fields if detail["loc"][0] == "steps" else (*Scenario.model_fields, "steps")
        accepted = ", ".join(one for one in known if one not in ("name", "place", "written_in"))
        message = f"unknown key; accepted: {accepted}"
    line = _line(given, detail["loc"], _head(given))
    return ScenarioError(f"{path}:{line}: `{name}{'.' + key if key else ''}`: {message}")


def _head(given: CommentedMap) -> int:
    """Line of the scenario's name: its mapping begins on the line below."""
    return max(int(given.lc.line), 1)


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
