"""What a Flash program asks of local shared objects, as far as it stands in its constants."""

from __future__ import annotations

from typing import Final

from crawler.observations import Record

METHODS: Final = frozenset({"getLocal"})
OWNER: Final = "SharedObject"


class SharedObjectCall(Record):
    """One `SharedObject.getLocal(name, localPath, secure)`."""

    name: str | None
    """None: made up while the program runs."""
    path: str | None = None
    """None: left out, then it is the film's own path; or made up while the program runs."""

    def __str__(self) -> str:
        name = "…" if self.name is None else f'"{self.name}"'
        path = "" if self.path is None else f', "{self.path}"'
        return f"SharedObject.getLocal({name}{path})"


def call_of(arguments: list[str | None]) -> SharedObjectCall:
    """`arguments` in order; None for what is no constant text."""
    name = arguments[0] if arguments else None
    return SharedObjectCall(name=name, path=arguments[1] if len(arguments) > 1 else None)
