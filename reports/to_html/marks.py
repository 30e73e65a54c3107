"""Marks of the timeline: which sightings are drawn, where, and the rows that say the same in words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from classifiers.base import Purpose
from classifiers.called_at import called_at
from classifiers.findings import Item
from crawler.observations import (
    AnySighting,
    BehaviourSighting,
    Consent,
    CookieSighting,
    Initiator,
    Operation,
    RequestSighting,
    StorageSighting,
)
from crawler.visits import Visit
from reports.blame import host
from reports.neutral import shorten
from reports.to_html.lookup import Lookup
from reports.to_html.words import CONSENTS, PURPOSES, count, without_consent

LEFT, RIGHT = 146.0, 888.0
"""Ends of the time axis in SVG user units."""
STEP = 9.0
"""Sightings of one lane, shape and state that lie this close become one, larger, mark."""
MOST_MARKS = 500
NAMES = 6
_ROWS = {"cookie": -9.0, "storage": 0.0, "behaviour": 0.0, "beacon": 9.0, "request": 9.0}
"""Kinds have their own height within a lane, so that what happens at once is not drawn over itself."""
_NOUNS = {"cookie": "cookie", "storage": "storage write", "beacon": "beacon", "request": "request", "behaviour": "read"}


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    size: float
    shape: str
    """`cookie` circle, `storage` square, `beacon` triangle, `request` diamond, `behaviour` cross."""
    purpose: str
    solid: bool
    """Seen while no acceptance was in force."""
    title: str


@dataclass(frozen=True)
class Row:
    """One sighting, for those who read instead of look."""

    at: float
    consent: str
    kind: str
    name: str
    owner: str
    purpose: str
    purpose_title: str
    vendor: str
    cause: str
    open: bool


@dataclass(frozen=True)
class Point:
    sighting: AnySighting
    item: Item | None
    shape: str
    purpose: Purpose
    name: str


def place(at: float, end: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * min(max(at, 0.0), end) / end, 1)


def points_of(visit: Visit, lookup: Lookup) -> tuple[list[Point], int]:
    points: list[Point] = []
    plain = 0
    for sighting in visit.sightings():
        item = lookup.item(visit, sighting)
        purpose = item.purpose if item else Purpose.UNCLASSIFIED
        match sighting:
            case CookieSighting(operation=Operation.REMOVE) | StorageSighting(operation=Operation.REMOVE):
                continue
            case CookieSighting():
                shape, name = "cookie", f"{sighting.name} ({sighting.domain})"
            case StorageSighting():
                shape, name = "storage", f"{sighting.key} ({sighting.area})"
            case RequestSighting():
                asks = item is not None and purpose.needs_consent is True
                if not sighting.beacon and not asks:
                    plain += 1
                    continue
                shape, name = "beacon" if sighting.beacon else "request", host(sighting.url)
            case BehaviourSighting():
                shape, name = "behaviour", sighting.behaviour
            case _:
                continue
        points.append(Point(sighting=sighting, item=item, shape=shape, purpose=purpose, name=name))
    return points, plain


def marks_of(points: list[Point], lanes: dict[str, float], end: float) -> tuple[tuple[Mark, ...], int]:
    bins: dict[tuple[bool, str, str, int], list[Point]] = defaultdict(list)
    for point in points:
        solid = point.sighting.consent is not Consent.ACCEPTED
        bins[not solid, point.purpose.value, point.shape, int(place(point.sighting.at, end) / STEP)].append(point)
    kept = sorted(bins.items(), key=lambda entry: (entry[0][0], entry[0][3]))  # the open ones survive the cap
    marks = tuple(
        Mark(
            x=place(sum(point.sighting.at for point in bin_) / len(bin_), end),
            y=lanes[purpose] + _ROWS[shape],
            size=5.0 if len(bin_) == 1 else 6.0 if len(bin_) < 10 else 7.5,
            shape=shape,
            purpose=purpose,
            solid=not hollow,
            title=_title(bin_),
        )
        for (hollow, purpose, shape, _), bin_ in kept[:MOST_MARKS]
    )
    return marks, sum(len(bin_) for _, bin_ in kept[MOST_MARKS:])


def _title(bin_: list[Point]) -> str:
    first, last = bin_[0], bin_[-1]
    names = list(dict.fromkeys(shorten(point.name, 60) for point in bin_))
    shown = ", ".join(names[:NAMES]) + (f" and {len(names) - NAMES} more" if len(names) > NAMES else "")
    when = f"{first.sighting.at:.2f} s"
    if last.sighting.at - first.sighting.at >= 0.01:
        when = f"{first.sighting.at:.2f} to {last.sighting.at:.2f} s"
    what = count(len(bin_), _NOUNS[first.shape])
    return f"{what}, {PURPOSES[first.purpose].lower()}, {CONSENTS[first.sighting.consent]}, {when}: {shown}"


def row_of(point: Point) -> Row:
    sighting, item = point.sighting, point.item
    return Row(
        at=sighting.at,
        consent=CONSENTS[sighting.consent],
        kind=_NOUNS[point.shape],
        name=shorten(point.name, 80),
        owner=item.domain if item else "",
        purpose=point.purpose.value,
        purpose_title=PURPOSES[point.purpose],
        vendor=(item.label.vendor or "") if item else "",
        cause=shorten(_cause(sighting.initiator), 90),
        open=without_consent(point.purpose, sighting.consent),
    )


def _cause(initiator: Initiator | None) -> str:
    if initiator is None:
        return ""
    if initiator.stack and initiator.stack[0].source:
        return called_at(initiator.stack[0])
    return initiator.url or (initiator.stack[0].url if initiator.stack else "") or initiator.kind.value
