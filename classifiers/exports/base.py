"""What an export is: a declaration as text in someone else's format, or in ours. Pure: writing is the caller's work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from classifiers.base import Purpose
from classifiers.declaration import Declaration, DeclaredItem


class Export(ABC):
    format: ClassVar[str]
    """The word of the command line."""
    title: ClassVar[str]

    @abstractmethod
    def render(self, declaration: Declaration) -> str: ...


def purpose_of(declaration: Declaration, item: DeclaredItem) -> Purpose:
    """The first declared purpose; unclassified where the declaration does not say."""
    return next(iter(declaration.purposes_of(item)), Purpose.UNCLASSIFIED)
