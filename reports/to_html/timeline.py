"""The consent timeline: geometry of one picture per visit, in SVG user units. The template draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.observations import Consent
from crawler.visits import ChoiceStatus, Visit
from reports.to_html.lookup import Lookup
from reports.to_html.marks import LEFT, RIGHT, Mark, Point, Row, marks_of, place, points_of, row_of
from reports.to_html.words import CHOICES, CONSENTS, PURPOSES, STATUSES, count, without_consent

LANE, AXIS = 36.0, 26.0
HEAD, BAND_LABEL = 34.0, 20.0
"""Room above the lanes: for the labels of choices, where one was made, and of bands."""
WIDTH = RIGHT + 12
ALL_ROWS, MOST_ROWS, FEWEST_ROWS = 3000, 60, 15
"""Rows of tables beside the pictures: of the whole report, and of one visit."""


@dataclass(frozen=True)
class Lane:
    y: float
    title: str
    purpose: str
    asks: bool


@dataclass(frozen=True)
class Band:
    x: float
    width: float
    consent: str
    label: str


@dataclass(frozen=True)
class ChoiceLine:
    x: float
    y: float
    label: str
    anchor: str
    confirmed: bool


@dataclass(frozen=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    visit: Visit
    width: float
    height: float
    top: float
    """Where the bands begin."""
    bottom: float
    lanes: tuple[Lane, ...]
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    choices: tuple[ChoiceLine, ...]
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    drawn: int
    """Sightings that the marks stand for."""
    undrawn: int
    """Sightings left out by the cap on marks."""
    plain_requests: int
    """Requests that neither are beacons nor carry a label of a purpose that asks for consent: not drawn."""
    open_count: int
    """Distinct items seen while no acceptance was in force, of purposes that ask for it."""
    summary: str


def timeline(visit: Visit, lookup: Lookup, *, most_rows: int = MOST_ROWS) -> Timeline:
    points, plain = points_of(visit, lookup)
    end = max([visit.duration, 0.1, *(point.sighting.at for point in points)])
    used = {point.purpose for point in points}
    top = HEAD if any(choice.at is not None for choice in visit.choices) else 0.0
    first = top + BAND_LABEL
    lanes = tuple(
        Lane(y=first + LANE * (row + 0.5), title=PURPOSES[purpose], purpose=purpose, asks=purpose.needs_consent is True)
        for row, purpose in enumerate(purpose for purpose in PURPOSES if purpose in used)
    )
    bottom = first + LANE * max(len(lanes), 1)
    marks, undrawn = marks_of(points, {lane.purpose: lane.y for lane in lanes}, end)
    opened = {
        (point.shape, point.name)
        for point in points
        if without_consent(point.purpose, point.sighting.consent) and not point.sighting.in_flight
    }
    return Timeline(
        visit=visit,
        width=WIDTH,
        height=bottom + AXIS,
        top=top,
        bottom=bottom,
        lanes=lanes,
        bands=tuple(_bands(visit, end)),
        marks=marks,
        choices=tuple(_choices(visit, end)),
        ticks=tuple(_ticks(end)),
        rows=tuple(row_of(point) for point in points[:most_rows]),
        drawn=len(points) - undrawn,
        undrawn=undrawn,
        plain_requests=plain,
        open_count=len(opened),
        summary=_summary(visit, points, len(opened)),
    )


def _bands(visit: Visit, end: float) -> Iterator[Band]:
    """Neighbouring phases under one consent are one band: the eye looks for the choice."""
    begun: tuple[Consent, float, float] | None = None
    for span in visit.phases:
        for consent, begins, ends in _split(visit, span.consent, span.begins, span.ends):
            if begun is not None and begun[0] is consent:
                begun = (consent, begun[1], ends)
            else:
                if begun is not None:
                    yield _band(*begun, end)
                begun = (consent, begins, ends)
    if begun is not None:
        yield _band(*begun, end)


def _split(visit: Visit, consent: Consent, begins: float, ends: float) -> Iterator[tuple[Consent, float, float]]:
    """A choice is stamped inside its phase; the time before it still belongs to the earlier consent."""
    for choice in visit.choices:
        if choice.at is not None and begins < choice.at < ends and choice.wanted is consent:
            yield _consent_before(visit, choice.at), begins, choice.at
            yield consent, choice.at, ends
            return
    yield consent, begins, ends


def _consent_before(visit: Visit, at: float) -> Consent:
    earlier = [choice.wanted for choice in visit.choices if choice.at is not None and choice.at < at]
    return earlier[-1] if earlier else Consent.UNDECIDED


def _band(consent: Consent, begins: float, ends: float, end: float) -> Band:
    x, right = place(begins, end), place(ends, end)
    label = CONSENTS[consent] if right - x > 90 else ""
    return Band(x=x, width=round(right - x, 1), consent=consent.value, label=label)


def _choices(visit: Visit, end: float) -> Iterator[ChoiceLine]:
    for row, choice in enumerate(choice for choice in visit.choices if choice.at is not None):
        x = place(choice.at or 0.0, end)
        yield ChoiceLine(
            x=x,
            y=13.0 if row % 2 == 0 else 28.0,
            label=f"{CHOICES[choice.wanted]} at {choice.at:.2f} s ({STATUSES[choice.status]})",
            anchor="end" if x > (LEFT + RIGHT) / 2 else "start",
            confirmed=choice.status is ChoiceStatus.CONFIRMED,
        )


def _ticks(end: float) -> Iterator[Tick]:
    """Six to twelve ticks at 1, 2 or 5 times a power of ten."""
    step = 10.0**-2
    for factor in (2.0, 2.5, 2.0) * 6:
        if end / step <= 10:
            break
        step *= factor
    for number in range(int(end / step) + 1):
        yield Tick(x=place(number * step, end), label=f"{number * step:g} s")


def _summary(visit: Visit, points: list[Point], opened: int) -> str:
    """What the picture says, for who cannot see it."""
    made = [choice for choice in visit.choices if choice.at is not None]
    parts = [f"{count(len(points), 'sighting')} over {visit.duration:.1f} seconds"]
    parts += [f"{CHOICES[choice.wanted].lower()} at {choice.at:.2f} s" for choice in made]
    if not made:
        parts.append("no choice made")
    asks = count(opened, "item")
    parts.append(f"{asks} of purposes that ask for consent while no acceptance was in force")
    return "; ".join(parts) + "."
