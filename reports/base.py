"""What a reporter must do: turn an audit into text. It touches no file, clock or network."""

from __future__ import annotations

from typing import ClassVar, Protocol

from classifiers.findings import Audit


class Reporter(Protocol):
    format: ClassVar[str]
    """What people type after `--format`."""
    filename: ClassVar[str]

    def render(self, audit: Audit) -> str: ...
