"""What a reporter must do: turn an audit into text. It touches no file, clock or network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from classifiers.findings import Audit
from reports.context import Context


class Reporter(ABC):
    format: ClassVar[str]
    """What people type after `--format`."""
    filename: ClassVar[str]

    def __init__(self, context: Context | None = None) -> None:
        self.context = context or Context()

    @abstractmethod
    def render(self, audit: Audit) -> str:
        """The whole report as one text."""

    def files(self, audit: Audit) -> Mapping[str, str]:
        """Path below the output folder → text; formats that have a file per scenario say so here."""
        return {self.filename: self.render(audit)}
