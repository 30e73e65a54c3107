"""What a collector is: it listens to a visit, keeps what it saw, and tells it at the end."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from crawler.browser.cdp import Command, Session
from crawler.browser.events import Call, Event
from crawler.browser.exchanges import Exchanges
from crawler.browser.netlog import NetLog
from crawler.browser.recorder import Recorder
from crawler.browser.tap import Tap
from crawler.browser.values import Digester
from crawler.observations import AnySighting, Sighting
from crawler.settings import VisitSettings
from crawler.visits import Channel

_ANSWER_CAP = 3.0
"""Seconds to wait for answers of a target that may just be dying."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a collector may use."""

    recorder: Recorder
    exchanges: Exchanges
    digester: Digester
    tap: Tap
    context: str
    settings: VisitSettings
    documents: dict[str, str] = field(default_factory=dict)
    """Markup as the server sent it, by address; filled by the markup collector."""
    netlog: NetLog | None = None
    """None: the browser keeps none (`browser.netlog` is off)."""
    bodies: Path | None = None
    """Where contents of answers are kept; None: they are not."""

    def sessions(self) -> tuple[Session, ...]:
        return self.tap.sessions(self.context)


class Collector(ABC):
    """All hooks may raise: the engine then records a problem that blinds the kinds in `sees`.

    `saw` and `heard` are called in order of arrival and must not wait. Stamps come from the recorder only.
    """

    name: ClassVar[str]
    sees: ClassVar[tuple[type[Sighting], ...]]
    events: ClassVar[frozenset[str]] = frozenset()
    """DevTools events to be shown to `saw`."""
    hears: ClassVar[frozenset[str]] = frozenset()
    """Kinds of probe reports to be given to `heard`."""
    page_commands: ClassVar[tuple[Command, ...]] = ()
    """Sent to every page and frame target before its first line runs."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._work: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Runs a question to the browser beside the visit; see `settle`."""
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def settle(self) -> None:
        """Waits until everything started has its answer. Raises what went wrong in it."""
        if self._work:
            done, _ = await asyncio.wait(self._work, timeout=_ANSWER_CAP)
            for task in done:
                task.result()

    def saw(self, event: Event) -> None: ...  # noqa: B027  # optional hook

    def heard(self, call: Call) -> None: ...  # noqa: B027  # optional hook

    async def phase_ends(self) -> None:  # noqa: B027  # optional hook
        """Read what only shows at rest (jar, storage); called when the page is still and before the next phase."""

    async def visit_ends(self) -> None:  # noqa: B027  # optional hook
        """Called once after the page is closed and its last messages have left."""

    @abstractmethod
    def sightings(self) -> Iterable[AnySighting]:
        """Called once, after the last event."""

    @abstractmethod
    def channels(self) -> Iterable[Channel]:
        """What was listened to, and how much came; called after `sightings`."""
