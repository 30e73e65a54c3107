"""What an importer is, and how to write one.

One file per published structure. `recognises` looks at the text alone; `read` puts every row it finds into
`ItemRows`, which turns words into the declaration's terms and collects what it cannot understand. A structure that is
not there at all, or that says it failed, is an `ListError`. Nothing is guessed: a category, technology or lifetime
in words that no table knows stays unmapped or is a fault, and a declaration with faults is handed out only to someone
who asked for the readable part.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from classifiers.declaration import Declaration, DeclarationError
from crawler.observations import Record


class Material(Record):
    """A file to import, read already."""

    name: str
    """As messages call it, usually its path."""
    text: str
    url: str | None = None
    """Where it was published."""


class Imported(Record):
    declaration: Declaration
    faults: tuple[str, ...] = ()
    """What could not be understood, each with file, line or key, and the accepted form."""
    notes: tuple[str, ...] = ()
    """What a person should know or do: categories left unmapped, entries that do not concern the web."""


class ListError(DeclarationError):
    """The file is not of this structure, or says itself that it is incomplete."""


class Importer(ABC):
    format: ClassVar[str]
    """The word of the command line."""
    title: ClassVar[str]
    accepts: ClassVar[str]
    """The accepted form in one sentence."""

    @abstractmethod
    def recognises(self, material: Material) -> bool: ...

    @abstractmethod
    def read(self, material: Material) -> Imported:
        """Raises ListError."""


def import_declaration(importer: Importer, material: Material, *, partial: bool = False) -> Imported:
    """Raises DeclarationError where anything could not be read, unless `partial` asks for the rest."""
    imported = importer.read(material)
    if imported.faults and not partial:
        raise DeclarationError(imported.faults)
    return imported
