"""What the engine saw on the fact pages, kept: rules are judged on it in seconds, without a browser.

`python -m tests.rule_accuracy --write` plays all pages and makes it anew. A page that changed since makes it void.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from crawler.observations import Record
from crawler.visits import Scan, Visit
from tests.labelled_sites import MAILS, LabelledSite
from tests.site_server import SITES

FILE = SITES.parent / "recordings" / "fact_pages.json.gz"
SHARED = (SITES / "bar.facts.localhost" / "bar.js",)
"""What many pages load."""


FIRST_RUN = FILE.with_name("first_run.json")


class FirstRun(Record):
    """How rules did on the held-out pages before anything was mended with them. Never written again."""

    on: str
    sites: int
    true_positives: int
    false_positives: int
    false_negatives: int
    errors: dict[str, str]

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.true_positives, self.false_positives, self.false_negatives


class Played(Record):
    """One site as it was seen, as if it had been crawled alone."""

    host: str
    url: str
    pages: str
    """Digest of the site's files."""
    scan: Scan
    visits: tuple[Visit, ...]


class Recording(Record):
    sites: tuple[Played, ...]

    def by_host(self) -> Mapping[str, Played]:
        return {played.host: played for played in self.sites}


def pages_digest(site: LabelledSite) -> str:
    """Of all that the site serves; what it is judged with (labels, declaration, plan, mails) may change."""
    beside = {"facts.json", "declaration.yaml", "plan.yaml"}
    served = [
        path
        for path in sorted(site.folder.rglob("*"))
        if path.is_file() and path.name not in beside and path.parent.name != MAILS
    ]
    return _digest((*served, *SHARED))


def read_recording() -> Recording:
    return Recording.model_validate_json(gzip.decompress(FILE.read_bytes()))


def write_recording(sites: Iterable[Played]) -> None:
    text = Recording(sites=tuple(sorted(sites, key=lambda one: one.host))).model_dump_json(exclude_defaults=True)
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))


def _digest(files: Iterable[Path]) -> str:
    digest = sha256()
    for path in files:
        digest.update(f"{path.relative_to(SITES)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
