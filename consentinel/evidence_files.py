"""The evidence folder beside a scan: which pictures a report shows, and the digest of each file."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from consentinel.evidence.archive import name_fault
from consentinel.evidence.errors import PackError
from crawler.visits import BODIES, Visit
from reports.context import ManifestEntry

TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_DIGEST = re.compile("[0-9a-f]{64}")
MOST_BYTES = 12_000_000
"""Of all pictures in one report: it must still open in a browser and go through a mail gateway."""


def screenshots(folder: Path, visits: Sequence[Visit]) -> dict[str, str]:
    """Pictures of consent interfaces and clicks first, then pages, as `data:` URIs while there is room."""
    found: dict[str, str] = {}
    room = MOST_BYTES
    for name in dict.fromkeys([*_of_choices(visits), *(shot for visit in visits for shot in visit.screenshots)]):
        path = folder / name
        kind = TYPES.get(path.suffix.lower())
        if kind is None or path.parent != folder or not path.is_file() or path.stat().st_size > room:
            continue
        content = path.read_bytes()
        room -= len(content)
        found[name] = f"data:image/{kind};base64,{b64encode(content).decode()}"
    return found


def manifest(folder: Path, visits: Sequence[Visit]) -> tuple[ManifestEntry, ...]:
    """Of the files that these visits name, so that two scans in one folder do not mix."""
    files = [(name, folder / name) for name in sorted(named_files(visits))]
    return tuple(
        ManifestEntry(file=name, sha256=sha256(path.read_bytes()).hexdigest(), size=path.stat().st_size)
        for name, path in files
        if path.is_file()
    )


def named_files(visits: Sequence[Visit]) -> frozenset[str]:
    """Paths in the evidence folder. A store may be a stranger's, so a name that leads elsewhere is none of them."""
    pictures = (*_of_choices(visits), *(shot for visit in visits for shot in visit.screenshots))
    bodies = (request.content for visit in visits for request in visit.requests)
    return frozenset(
        (
            *(name for name in pictures if name and name_fault(name) is None and "/" not in name),
            *(f"{BODIES}/{name}" for name in bodies if name and _DIGEST.fullmatch(name)),
        )
    )


def kept_bodies(folder: Path) -> Callable[[str], bytes | None]:
    """Reads an answer's content by its SHA-256; None: it is not there. Raises PackError for one that was changed."""

    def read(digest: str) -> bytes | None:
        path = folder / BODIES / digest
        if not _DIGEST.fullmatch(digest) or not path.is_file():
            return None
        content = path.read_bytes()
        if sha256(content).hexdigest() != digest:
            raise PackError(f"{path}: has been changed since the scan: its SHA-256 is not its name; remove it")
        return content

    return read


def _of_choices(visits: Sequence[Visit]) -> Iterator[str]:
    for visit in visits:
        for interface in visit.interfaces:
            if interface.screenshot:
                yield interface.screenshot
        for choice in visit.choices:
            for click in choice.clicks:
                if click.screenshot:
                    yield click.screenshot
