"""What consent interfaces a page shows now: their controls with measured facts, in all frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from crawler.browser.consent import words
from crawler.browser.consent.platforms import for_probe
from crawler.browser.consent.words import Meaning
from crawler.browser.consent.worlds import GoneError, World, Worlds
from crawler.visits import Box

SENTENCE = 40
"""Characters beside its controls that a text needs to be an explanation."""


class Seen(BaseModel):
    """A control as the probe describes it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    index: int
    role: str
    tag: str
    selector: str
    text: str
    seen: str
    href: str | None = None
    box: Box
    font_px: float | None
    font_weight: int | None
    contrast: float | None
    toggle: bool
    checked: bool | None
    disabled: bool
    beside: str = ""
    platform: str | None = None
    meaning: str | None = None


@dataclass(frozen=True, eq=False)
class Control:
    world: World
    seen: Seen
    meaning: Meaning
    by: str
    """`platform:<name>` or `words:<language>`; empty: the meaning is unknown."""
    whole: bool

    @property
    def required(self) -> bool:
        """A toggle that cannot be switched off."""
        return self.seen.disabled or (self.seen.toggle and words.is_required(self.seen.beside[:80] or self.seen.text))

    @property
    def element(self) -> str:
        return f"{self.seen.role} <{self.seen.tag}> {self.seen.selector}"


@dataclass(frozen=True, eq=False)
class Offer:
    """One consent interface on the page."""

    world: World
    index: int
    grade: int
    """3: an overlay, 2: named like one, 1: a passage in the page."""
    text: str
    language: str | None
    modal: bool
    blocks: bool
    framed: bool
    selector: str
    z: int
    box: Box
    platform: str | None
    controls: tuple[Control, ...]

    def of(self, meaning: Meaning) -> tuple[Control, ...]:
        """Controls of that meaning that can be used, best first."""
        found = [c for c in self.controls if c.meaning is meaning and not c.seen.disabled]
        return tuple(
            sorted(
                found,
                key=lambda c: (
                    not c.by.startswith("platform"),
                    not c.whole,
                    c.seen.role != "button",
                    c.seen.tag == "a",
                ),
            )
        )

    @property
    def toggles(self) -> tuple[Control, ...]:
        return tuple(c for c in self.controls if c.seen.toggle)

    @property
    def weight(self) -> tuple[int, ...]:
        """More is more certainly the consent interface that is on top."""
        meanings = {c.meaning for c in self.controls}
        return (
            int(self.modal),
            int(self.platform is not None),
            len(meanings & {Meaning.ACCEPT, Meaning.REJECT, Meaning.SAVE}),
            self.grade,
            int(Meaning.SETTINGS in meanings),
            self.z,
        )


@dataclass(frozen=True)
class Survey:
    offers: tuple[Offer, ...]
    """Best first."""
    reopeners: tuple[Control, ...]
    """Controls outside any interface that promise to bring one back."""
    platforms: tuple[str, ...]
    age: float
    """Seconds since the page began to load."""
    complete: bool
    """The document and its resources are loaded."""

    @property
    def offer(self) -> Offer | None:
        return self.offers[0] if self.offers else None


def control_of(world: World, raw: dict[str, Any]) -> Control:
    seen = Seen.model_validate(raw)
    if seen.toggle:
        return Control(world, seen, Meaning.TOGGLE, "", False)
    if seen.meaning is not None:
        return Control(world, seen, Meaning(seen.meaning), f"platform:{seen.platform}", True)
    reading = words.read(seen.text) or words.read(seen.seen)
    if reading is None:
        return Control(world, seen, Meaning.UNKNOWN, "", False)
    if reading.meaning is Meaning.ACCEPT and seen.href and not seen.href.startswith(("#", "javascript:")):
        return Control(world, seen, Meaning.UNKNOWN, "", False)  # "Continue" as a link leads elsewhere
    return Control(world, seen, reading.meaning, f"words:{reading.language}", reading.whole)


def _is_mere_button(text: str, controls: tuple[Control, ...]) -> bool:
    """A floating “Cookie settings” stays after the choice; it is no interface that asks for one."""
    return len(text) - sum(len(control.seen.seen) for control in controls) < SENTENCE


def _offer(world: World, raw: dict[str, Any], framed: bool, met: dict[str, bool]) -> Offer | None:
    controls = tuple(control_of(world, control) for control in raw["controls"])
    meanings = {control.meaning for control in controls}
    platform = next((c.seen.platform for c in controls if c.seen.platform), None)
    decisive = meanings & {Meaning.ACCEPT, Meaning.REJECT, Meaning.SAVE}
    if not decisive and _is_mere_button(raw["text"], controls):
        return None
    if not decisive and not (
        raw["grade"] == 3 and meanings & {Meaning.SETTINGS, Meaning.CLOSE} and words.is_about(raw["text"])
    ):
        return None
    if raw["grade"] == 1 and not any(c.whole and c.meaning in decisive and c.seen.role == "button" for c in controls):
        return None
    return Offer(
        world=world,
        index=raw["index"],
        grade=raw["grade"],
        text=raw["text"],
        language=words.language_of(raw["text"]) or raw["language"],
        modal=raw["modal"],
        blocks=raw["blocks"],
        framed=framed,
        selector=raw["selector"],
        z=raw["z"],
        box=Box.model_validate(raw["box"]),
        platform=platform or next((name for name, visible in met.items() if visible), None),
        controls=controls,
    )


async def survey(worlds: Worlds) -> Survey:
    """Raises GoneError when the page itself is gone; a frame that goes meanwhile is left out."""
    offers: list[Offer] = []
    reopeners: list[Control] = []
    met: dict[str, bool] = {}
    age, complete = 0.0, False
    for world in await worlds.all():
        try:
            raw = await world.call(
                "(about, platforms) => consentinel.survey(about, platforms)", words.about_pattern(), for_probe()
            )
        except GoneError:
            if world.parent is None:
                raise
            continue
        if world.parent is None:
            age, complete = raw["age"] / 1000, raw["state"] == "complete"
        its = {entry["platform"]: entry["visible"] for entry in raw["platforms"]}
        met |= its
        reopeners.extend(control_of(world, control) for control in [*raw["reopen"], *raw["loose"]])
        for one in raw["interfaces"]:
            offer = _offer(world, one, raw["framed"], its)
            if offer is not None:
                offers.append(offer)
            else:
                reopeners.extend(control_of(world, control) for control in one["controls"])
    offers.sort(key=lambda offer: offer.weight, reverse=True)
    return Survey(tuple(offers), tuple(reopeners), tuple(met), age, complete)
