"""The recorder: one clock, one order, and the stamp that every sighting carries."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TypedDict

from crawler.observations import Consent, TargetKind


@dataclass(frozen=True, slots=True)
class Moment:
    """One arrival at the tap."""

    order: int
    at: float
    consent: Consent
    phase: str
    choices: int
    """How many choices had been stamped by then."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the page something happened."""

    page: str
    frame: str
    target: TargetKind


class Stamp(TypedDict):
    """The fields that the engine, and never a collector, fills in."""

    id: str
    consent: Consent
    phase: str
    order: int
    at: float
    wall: datetime
    page: str
    frame: str
    target: TargetKind


class Recorder:
    """Collectors get moments with the events and exchange them for stamps; consent is nowhere else."""

    def __init__(self) -> None:
        self._zero = monotonic()
        self.started = datetime.now(UTC)
        self._order = 0
        self._choices = 0
        self._consent = Consent.UNDECIDED
        self._phase = ""
        self._ids: Counter[str] = Counter()
        self._past: list[Moment] = []

    def elapsed(self) -> float:
        return monotonic() - self._zero

    @property
    def consent(self) -> Consent:
        return self._consent

    def begin_phase(self, name: str) -> None:
        self._phase = name

    def choose(self, consent: Consent) -> tuple[float, int]:
        """From here on everything is under this consent; the click must be the very next thing."""
        self._consent = consent
        self._choices += 1
        moment = self.now()
        return moment.at, moment.order

    def now(self) -> Moment:
        self._order += 1
        moment = Moment(self._order, self.elapsed(), self._consent, self._phase, self._choices)
        self._past.append(moment)
        return moment

    def moment_at(self, clock: float) -> Moment:
        """Of something that is told later, by its `time.monotonic()`: it belongs behind the last arrival before it."""
        at = clock - self._zero
        earlier = bisect_right(self._past, at, key=lambda moment: moment.at)
        if earlier == 0:
            return Moment(0, max(0.0, at), Consent.UNDECIDED, self._past[0].phase if self._past else self._phase, 0)
        return replace(self._past[earlier - 1], at=at)

    def wall(self, at: float) -> datetime:
        return self.started + timedelta(seconds=at)

    def stamp(self, letter: str, moment: Moment, place: Place) -> Stamp:
        self._ids[letter] += 1
        return Stamp(
            id=f"{letter}{self._ids[letter]}",
            consent=moment.consent,
            phase=moment.phase,
            order=moment.order,
            at=round(moment.at, 4),
            wall=self.wall(moment.at),
            page=place.page,
            frame=place.frame,
            target=place.target,
        )

    def spans_choice(self, began: Moment, ended: Moment | None) -> bool:
        """True: a choice was made between the two (or since then, when it has not ended)."""
        return began.choices < (self._choices if ended is None else ended.choices)
