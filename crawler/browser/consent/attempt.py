"""One attempt at a choice while it is under way: what was tried, clicked and stamped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.browser.consent.state import State
from crawler.observations import Consent
from crawler.visits import Choice, ChoiceStatus, Click, WitnessReading


@dataclass
class Attempt:
    wanted: Consent
    phase: str
    before: State
    give_stamp: Callable[[Consent], tuple[float, int]]
    site: str
    """Registrable domain of the page at the beginning."""
    tried: list[str] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    found_by: str | None = None
    at: float | None = None
    order: int | None = None
    clock: float = 0.0
    """Milliseconds of the top frame's own clock at the stamp."""
    interface_seen: bool = False

    @property
    def stamped(self) -> bool:
        return self.order is not None

    def stamp(self) -> None:
        """Once per attempt: later clicks (confirmations) belong to the same choice."""
        if not self.stamped:
            self.at, self.order = self.give_stamp(self.wanted)

    def choice(self, status: ChoiceStatus, why: str, witnesses: tuple[WitnessReading, ...] = ()) -> Choice:
        return Choice(
            wanted=self.wanted,
            status=status,
            found_by=self.found_by,
            at=self.at,
            order=self.order,
            tried=tuple(self.tried),
            clicks=tuple(self.clicks),
            witnesses=witnesses,
            why=why,
        )
