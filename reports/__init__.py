"""Tells people and machines: every format is in `REPORTERS`, which is loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.formats import REPORTERS as REPORTERS


def __getattr__(name: str) -> object:
    """A gate needs none of the formats, and they take longer to load than it does to judge."""
    if name != "REPORTERS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from reports.formats import REPORTERS

    return REPORTERS
