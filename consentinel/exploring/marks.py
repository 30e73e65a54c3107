"""Bars of the trends page: lengths and colours, told apart without colour by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classifiers.base import Purpose

WIDTH = 480
COLOURS: dict[Purpose, str] = {
    Purpose.ADVERTISING: "#d55e00",
    Purpose.SOCIAL: "#cc79a7",
    Purpose.SESSION_REPLAY: "#882255",
    Purpose.ANALYTICS: "#0072b2",
    Purpose.FUNCTIONAL: "#56b4e9",
    Purpose.UNCLASSIFIED: "#999999",
    Purpose.CONSENT_RECORD: "#44aa99",
    Purpose.NECESSARY: "#009e73",
}
"""Okabe and Ito's palette and two of Tol's, which stay apart for colour-blind eyes; what asks for consent is first."""


@dataclass(frozen=True)
class Bar:
    purpose: str
    count: int
    x: float
    width: float
    colour: str


def bars(counts: Mapping[str, int], *, most: int) -> tuple[Bar, ...]:
    """Side by side; `most` items fill the width."""
    drawn: list[Bar] = []
    x = 0.0
    for purpose, colour in COLOURS.items():
        if count := counts.get(purpose, 0):
            width = count / most * WIDTH
            drawn.append(Bar(purpose=purpose, count=count, x=round(x, 2), width=round(width, 2), colour=colour))
            x += width
    return tuple(drawn)
