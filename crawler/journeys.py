"""Journeys as data: the steps of a visitor, each of which becomes a named span of the visit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from crawler.observations import Consent, Record

SECRET = re.compile(r"\$\{ENV:([A-Za-z_][A-Za-z0-9_]*)\}")
"""Stands for a value of the environment. It is put in at the moment of typing, and recorded nowhere."""


class Target(Record):
    """An element as a person would name it: by role and name, label, placeholder, text or test id; or a selector."""

    role: str | None = Field(None, description="ARIA role: `button`, `link`, `textbox` …")
    name: str | None = Field(None, description="Accessible name; goes with `role`.")
    label: str | None = None
    placeholder: str | None = None
    text: str | None = None
    test_id: str | None = None
    selector: str | None = Field(None, description="Any Playwright selector.")
    exact: bool = False
    nth: int | None = Field(None, description="Which of several, from 0; without it exactly one must match.")
    place: object = Field(None, exclude=True, description="Filled in by the reader of the file.")

    @model_validator(mode="before")
    @classmethod
    def _selector_alone(cls, raw: object) -> object:
        return {"selector": raw} if isinstance(raw, str) else raw

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (self.role, self.label, self.placeholder, self.text, self.test_id, self.selector)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("accepted: exactly one of role, label, placeholder, text, test_id and selector")
        if self.name is not None and self.role is None:
            raise ValueError("`name` goes with `role`; for visible text use `text`")
        return self

    def __str__(self) -> str:
        for way in ("label", "placeholder", "text", "test_id", "selector"):
            if (value := getattr(self, way)) is not None:
                return f"{way}={value!r}" if way != "selector" else str(value)
        return f"role={self.role}" + (f" name={self.name!r}" if self.name else "")


ACTIONS = ("open", "click", "fill", "select", "scroll", "wait_for", "press")


class JourneyStep(Record):
    """One thing that a visitor does: exactly one of open, click, fill, select, scroll, wait_for and press."""

    name: str = Field("", description="Name of the span; hits belong to it, and plans name it.")
    open: str | None = Field(None, description="Address, or path on the site of the start page.")
    click: Target | None = None
    fill: Target | None = None
    select: Target | None = None
    scroll: Target | Literal["end"] | None = None
    wait_for: Target | None = None
    press: str | None = Field(None, description="Key, such as `Enter`.")
    value: str = Field("", description="What is typed or chosen; `${ENV:NAME}` takes a secret from the environment.")
    makes: Consent | None = Field(
        None, description="The consent that this click makes: accepted, rejected, withdrawn, partial."
    )
    timeout: float = Field(5.0, gt=0, description="Seconds for the element to be there.")
    place: object = Field(None, exclude=True, description="Filled in by the reader of the file.")

    @property
    def action(self) -> str:
        return next(action for action in ACTIONS if getattr(self, action) is not None)

    @property
    def target(self) -> Target | None:
        target = getattr(self, self.action)
        return target if isinstance(target, Target) else None

    @property
    def where(self) -> str:
        """`file:line: ` of the step, to begin a message with; empty: nobody told."""
        return f"{self.place['file']}:{self.place['line']}: " if isinstance(self.place, dict) else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the variables of the environment that the step asks for."""
        return tuple(SECRET.findall(self.value))

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [action for action in ACTIONS if getattr(self, action) is not None]
        if len(given) != 1:
            raise ValueError(f"a step is exactly one of {', '.join(ACTIONS)}")
        if self.value and given[0] not in ("fill", "select"):
            raise ValueError("`value` goes with `fill` and `select`")
        if self.makes is not None and given[0] != "click":
            raise ValueError("only a click makes a choice")
        if self.makes is Consent.UNDECIDED:
            raise ValueError("`undecided` is no choice; leave `makes` out")
        return self

    def __str__(self) -> str:
        what = self.target or getattr(self, self.action)
        return f"{self.action} {what}"


def with_names(steps: tuple[JourneyStep, ...]) -> tuple[JourneyStep, ...]:
    """Steps without a name get their number and action. Raises ValueError where two have the same."""
    named = [step if step.name else step.model_copy(update={"name": f"{place}-{step.action}"})
             for place, step in enumerate(steps, start=1)]  # fmt: skip
    names = [step.name for step in named]
    if double := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two steps are called {double[0]!r}; a hit must belong to one")
    return tuple(named)


class Journey(Record):
    """A way through the site: a choice about consent first, then steps or a Playwright script."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str = ""
    consent: Literal["none", "accept", "reject"] = Field("accept", description="Played before the first step.")
    signed_in: Path | None = Field(None, description="Stored state of a browser (Playwright's storage_state JSON).")
    steps: tuple[JourneyStep, ...] = ()
    script: Path | None = Field(None, description="Python file with `async def journey(page, step)`.")
    place: object = Field(None, exclude=True, description="Filled in by the reader of the file.")

    @field_validator("steps")
    @classmethod
    def _named(cls, steps: tuple[JourneyStep, ...]) -> tuple[JourneyStep, ...]:
        return with_names(steps)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if bool(self.steps) == (self.script is not None):
            raise ValueError("accepted: `steps`, or `script`, and not both")
        return self
