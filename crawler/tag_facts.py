"""What visits tell of tags in named facts, each with its phase behind a colon: the browser writes, tag plans read."""

from __future__ import annotations

from typing import Final

from crawler.observations import Consent, Record

DATA_LAYER: Final = "data_layer"
"""A JSON list of [page, index, fields, at, callers]; a field is [name, value or null, shape]. Scans of before pushes
were watched end with the fields."""
TAG_COMMANDS: Final = "tag_commands"
"""A JSON list of `TagCommand`s, each as the list of its fields in their order. Absent: the probe was not heard on this
page, so nothing is known of commands."""
TCF_API: Final = "tcf_api"
"""A `TcfApi`."""


class TagCommand(Record):
    """A consent or set-up command, as a page queues it before the tag's library has loaded."""

    page: str
    at: float
    order: int
    consent: Consent
    phase: str
    tag: str
    """`fbq`, `clarity` or `uetq`."""
    words: tuple[str, ...]
    state: dict[str, str]
    by: tuple[str, ...]

    def is_(self, tag: str, *words: str) -> bool:
        return self.tag == tag and self.words[: len(words)] == words


class TcfApi(Record):
    """`__tcfapi` of one page at the end of a phase."""

    page: str
    in_time: bool | None
    """It was a function once the markup had been read; None: not recorded."""
    function: bool
    locator: bool
    """The frame `__tcfapiLocator`, by which frames of other sites find it, was there."""
