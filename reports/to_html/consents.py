"""The consent interface as it was met: what it offered, what was clicked, and pictures with the click outlined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifiers.findings import Audit
from crawler.visits import Box, Interface, Visit
from reports.context import Context
from reports.to_html.words import CHOICES

MOST_CONSENT_RECORDS = 40
_MARGIN = 5.0
"""CSS pixels between what was clicked and the line around it."""


@dataclass(frozen=True)
class Outline:
    """Drawn over the picture, so that the picture itself stays as it was taken. In pixels of the window."""

    window: tuple[float, float]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Picture:
    file: str
    title: str
    """What it shows."""
    outline: Outline | None = None


@dataclass(frozen=True)
class ConsentRecord:
    visit: Visit
    interfaces: tuple[Interface, ...]
    """Those not shown for an earlier record."""
    same: bool
    """True: the interface was the one shown before."""
    pictures: tuple[Picture, ...]
    unshown: int
    """Pictures that are too many, or too large, to be in the report."""


def asked(audit: Audit) -> list[Visit]:
    """Visits that met a consent interface or were to choose; start pages first."""
    met = [visit for visit in audit.visits if visit.choices or visit.interfaces]
    return sorted(met, key=lambda visit: not visit.entry)


def consent_records(audit: Audit, context: Context) -> Iterator[ConsentRecord]:
    window = _window(audit)
    shown: list[Interface] = []
    for visit in asked(audit)[:MOST_CONSENT_RECORDS]:
        fresh = tuple(face for face in visit.interfaces if _without_pictures(face) not in shown)
        taken = tuple(_pictures(visit, fresh, window))
        yield ConsentRecord(
            visit=visit,
            interfaces=fresh,
            same=bool(visit.interfaces) and not fresh,
            pictures=tuple(picture for picture in taken if picture.file in context.screenshots),
            unshown=sum(picture.file not in context.screenshots for picture in taken),
        )
        shown.extend(map(_without_pictures, fresh))


def _pictures(visit: Visit, faces: Sequence[Interface], window: tuple[float, float] | None) -> Iterator[Picture]:
    for face in faces:
        if face.screenshot:
            yield Picture(file=face.screenshot, title="The interface as shown")
    for choice in visit.choices:
        for number, click in enumerate(choice.clicks, start=1):
            if click.screenshot:
                outline = _outline(click.box, window)
                told = f"{CHOICES[choice.wanted]}: just before click {number}, on “{click.text}”"
                title = f"{told}, which is outlined" if outline else told
                yield Picture(file=click.screenshot, title=title, outline=outline)
    for name in visit.screenshots:
        yield Picture(file=name, title=f"The page after {name.removeprefix(f'{visit.id}-').rpartition('.')[0]}")


def _outline(box: Box | None, window: tuple[float, float] | None) -> Outline | None:
    if box is None or window is None:
        return None
    return Outline(
        window=window,
        x=round(box.x - _MARGIN, 1),
        y=round(box.y - _MARGIN, 1),
        width=round(box.width + 2 * _MARGIN, 1),
        height=round(box.height + 2 * _MARGIN, 1),
    )


def _window(audit: Audit) -> tuple[float, float] | None:
    """Width and height that the pictures have; None: the scan does not tell."""
    told = next((setting.value for setting in audit.scan.settings if setting.name == "browser.viewport"), "")
    width, _, height = told.replace(" ", "").partition(",")
    return (float(width), float(height)) if width.isdecimal() and height.isdecimal() else None


def _without_pictures(face: Interface) -> Interface:
    """What tells one interface from another; each visit has pictures of its own."""
    return face.model_copy(update={"screenshot": None, "accessibility": None})
