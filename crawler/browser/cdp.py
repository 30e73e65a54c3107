"""The words of the DevTools protocol that the tap and its listeners share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from crawler.observations import TargetKind

Json: TypeAlias = dict[str, Any]
"""A parsed protocol message. Its shape is Chromium's business and is taken apart only inside `crawler.browser`."""

KINDS = {
    "page": TargetKind.PAGE,
    "iframe": TargetKind.IFRAME,
    "worker": TargetKind.WORKER,
    "shared_worker": TargetKind.SHARED_WORKER,
    "service_worker": TargetKind.SERVICE_WORKER,
}
"""Target types that are watched; the rest (`browser_ui`, `tab`, …) belongs to the browser itself."""
WORKERS = frozenset({TargetKind.WORKER, TargetKind.SHARED_WORKER, TargetKind.SERVICE_WORKER})


class CommandError(Exception):
    """Chromium refused a command, or the session was gone."""


@dataclass(eq=False)
class Session:
    """One attached target, as long as it is attached."""

    id: str
    target_id: str
    kind: TargetKind
    url: str
    context: str
    parent: Session | None
    opener: str | None = None
    seen_from_start: bool = True
    """False: it ran before the tap could prepare it."""
    open: bool = True
    main_frame: str | None = None
    frames: dict[str, str] = field(default_factory=dict)
    """URL of each frame."""
    worlds: dict[int, str] = field(default_factory=dict)
    """Frame of each execution context."""

    @property
    def is_worker(self) -> bool:
        return self.kind in WORKERS

    @property
    def top(self) -> Session:
        return self if self.parent is None else self.parent.top


@dataclass(frozen=True, slots=True)
class Command:
    method: str
    params: Json


@dataclass(frozen=True, slots=True)
class RawEvent:
    method: str
    params: Json
    session: Session


class Watcher(Protocol):
    """Who listens to one browser context. Called in order of arrival, and must not wait."""

    def prepare(self, session: Session) -> Sequence[Command]:
        """What a new target gets before its first line runs."""

    def renew(self, session: Session) -> Sequence[Command]:
        """What a target gets again when its window has moved to another process."""

    def worker_probe(self) -> str | None:
        """Script that a worker runs before its own first line."""

    def saw(self, event: RawEvent) -> bool:
        """True: only our own commands make such events, so the driver need not be told."""

    def attached(self, session: Session) -> None: ...

    def detached(self, session: Session) -> None: ...
