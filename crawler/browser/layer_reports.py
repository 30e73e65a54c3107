"""What the tag probe reports: pushes to data layers, commands to tags, and whether the TCF function came in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson

from crawler.browser.events import Call
from crawler.tag_facts import TagCommand

LONGEST_STACK: Final = 4


@dataclass(frozen=True, slots=True)
class Push:
    at: float
    order: int
    by: tuple[str, ...]
    """`function url:line`, innermost first."""


class LayerReports:
    """One visit's. Called in order of arrival, by the watch."""

    HEARS: Final = frozenset({"layer_push", "tag_command", "markup_read"})

    def __init__(self) -> None:
        self.pushes: dict[tuple[str, int], Push] = {}
        """Document and data layer (`<time origin>/<name>`), and place in it."""
        self.commands: list[TagCommand] = []
        self.tcf_in_time: dict[str, bool] = {}
        """Document (its time origin) → `__tcfapi` was a function when the markup had been read."""

    def heard(self, call: Call) -> None:
        match call.kind:
            case "layer_push":
                self._push(call)
            case "tag_command":
                self._command(call)
            case "markup_read":
                self.tcf_in_time[document(call.fields[0])] = call.fields[1] is True

    def _push(self, call: Call) -> None:
        _, born, length, many = call.fields
        if not isinstance(length, int | float) or not isinstance(many, int | float):
            return  # an object that only looks like a list
        push = Push(at=round(call.moment.at, 4), order=call.moment.order, by=callers(call))
        for number in range(int(many)):
            self.pushes[f"{document(born)}/{call.text(0)}", int(length) + number] = push

    def _command(self, call: Call) -> None:
        self.commands.append(
            TagCommand(
                page=call.place.page,
                at=round(call.moment.at, 4),
                order=call.moment.order,
                consent=call.moment.consent,
                phase=call.moment.phase,
                tag=call.text(0),
                words=tuple(field for field in call.fields[1:3] if isinstance(field, str)),
                state=_state(call.text(3)),
                by=callers(call),
            )
        )


def document(born: object) -> str:
    """The page's time origin, equal however JSON writes it."""
    return f"{float(born):.3f}" if isinstance(born, int | float) else str(born)


def callers(call: Call) -> tuple[str, ...]:
    return tuple(
        f"{frame.function or '(anonymous)'} {frame.url}:{frame.line}"
        for frame in call.stack[:LONGEST_STACK]
        if frame.url
    )


def _state(text: str) -> dict[str, str]:
    """`{"ad_storage": "denied"}`; what is no such object is kept as its words."""
    if not text:
        return {}
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"": text}  # cut off, or no data
    if isinstance(told, list):
        return {"": " ".join(str(one) for one in told)}
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {"": str(told)}
