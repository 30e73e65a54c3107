"""Where something stands in a file that people edit or read."""

from __future__ import annotations

from crawler.observations import Record


class Place(Record):
    """A line of a file that people edit or read: declaration, lock file, policy, tag plan, configuration."""

    file: str
    line: int | None = None
    quote: str | None = None
