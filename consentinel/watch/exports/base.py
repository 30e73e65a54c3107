"""What an export must do: hand the schedule to another scheduler, as the text of files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from consentinel.watch.plans import Plan, Plans
from crawler.observations import Record

HEADER = "Written by `consentinel schedule export` from {file}; write it anew when the schedule changes."


class ExportOptions(Record):
    program: tuple[str, ...] = ("consentinel",)
    """The command's words; full paths, where the scheduler has no PATH worth the name."""
    image: str | None = None
    """Container image with Consentinel and a browser."""


class Export(ABC):
    format: ClassVar[str]
    """What people type after `--format`."""

    def __init__(self, options: ExportOptions) -> None:
        self.options = options

    @abstractmethod
    def render(self, plans: Plans) -> dict[str, str]:
        """File name → text. Raises ExportError."""

    def command(self, plan: Plan, plans: Plans) -> list[str]:
        return [*self.options.program, "watch", "--once", "--scan", plan.name, "--config", str(plans.file)]


class ExportError(Exception):
    """The schedule cannot be expressed there; the message says what is lacking."""
