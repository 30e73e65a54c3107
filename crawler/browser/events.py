"""What reaches the listeners of a visit: protocol events and probe reports, with their moment and place."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.browser.cdp import Json, Session
from crawler.browser.recorder import Moment, Place
from crawler.observations import CallFrame


@dataclass(frozen=True, slots=True)
class Event:
    method: str
    params: Json
    session: Session
    moment: Moment
    place: Place


Field = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a probe reported. `origin` is that of the caller's realm."""

    kind: str
    stack: tuple[CallFrame, ...]
    fields: tuple[Field, ...]
    origin: str
    session: Session
    moment: Moment
    place: Place

    def text(self, index: int) -> str:
        field = self.fields[index]
        return field if isinstance(field, str) else ""
