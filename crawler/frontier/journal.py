"""What a crawl keeps in its job folder, so that it can go on after a stop, a crash or a power cut.

Scrapy's own JOBDIR is sound only after a clean stop, and forgets the pages that were under way; this journal is
appended to visit by visit. It also holds the key of the value digests, so that values stay comparable across the
stop; the folder is emptied when the scan is finished, and the key with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from crawler.observations import Record


class JobError(Exception):
    """The job folder cannot be used for this crawl; the message says why and what to do."""


class JobHeader(Record):
    scan_id: str
    question: str
    """Digest of what was asked: another question needs another folder."""
    digest_key: str
    """Hex."""


class Told(Record):
    """The links that one visit found."""

    url: str
    scenario: str
    final_url: str
    links: tuple[str, ...]


class Journal:
    HEADER, LINES = "job.json", "links.jsonl"

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def resume(self, question: str) -> JobHeader | None:
        """The crawl that was stopped here; None: there was none. Raises JobError when it was a different one."""
        if self._folder is None or not (self._folder / self.HEADER).exists():
            return None
        path = self._folder / self.HEADER
        try:
            header = JobHeader.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise JobError(f"{path}: cannot be read; delete the folder to begin anew ({error}).") from error
        if header.question != question:
            raise JobError(
                f"{self._folder}: belongs to a stopped crawl with other settings; repeat those to go on, "
                "or delete the folder (or name another) to begin anew."
            )
        return header

    def begin(self, header: JobHeader) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / self.HEADER
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(header.model_dump_json().encode())

    def add(self, told: Told) -> None:
        if self._folder is not None:
            with (self._folder / self.LINES).open("ab") as file:
                file.write(told.model_dump_json().encode() + b"\n")

    def told(self) -> Iterator[Told]:
        if self._folder is None or not (self._folder / self.LINES).exists():
            return
        lines = (self._folder / self.LINES).read_bytes().split(b"\n")
        for line in lines[:-1]:  # what follows the last newline was cut short while being written
            yield Told.model_validate_json(line)

    def finish(self) -> None:
        if self._folder is not None:
            for name in (self.LINES, self.HEADER):
                (self._folder / name).unlink(missing_ok=True)
