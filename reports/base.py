"""What a reporter must do: turn an audit into text. It touches no file, clock or network."""

from __future__ import annotations

from abc import ABC, abstractmethod
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
    def render(self, audit: Audit) -> str: ...
