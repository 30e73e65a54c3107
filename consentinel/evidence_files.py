"""The evidence folder beside a scan: which pictures a report shows, and the digest of each file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from crawler.visits import Visit
from reports.context import ManifestEntry

TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
MOST_BYTES = 12_000_000
"""Of all pictures in one report: it must still open in a browser and go through a mail gateway."""


def screenshots(folder: Path, visits: Sequence[Visit]) -> dict[str, str]:
    """Pictures of consent interfaces and clicks first, then pages, as `data:` URIs while there is room."""
    found: dict[str, str] = {}
    room = MOST_BYTES
    for name in dict.fromkeys([*_of_choices(visits), *(shot for visit in visits for shot in visit.screenshots)]):
        path = folder / name
        kind = TYPES.get(path.suffix.lower())
        if kind is None or not path.is_file() or path.stat().st_size > room:
            continue
        content = path.read_bytes()
        room -= len(content)
        found[name] = f"data:image/{kind};base64,{b64encode(content).decode()}"
    return found


def manifest(folder: Path, visits: Sequence[Visit]) -> tuple[ManifestEntry, ...]:
    """Of the files that these visits name, so that two scans in one folder do not mix."""
    names = dict.fromkeys([*_of_choices(visits), *(shot for visit in visits for shot in visit.screenshots)])
    files = [(name, folder / name) for name in sorted(names)]
    return tuple(
        ManifestEntry(file=name, sha256=sha256(path.read_bytes()).hexdigest(), size=path.stat().st_size)
        for name, path in files
        if path.is_file()
    )


def _of_choices(visits: Sequence[Visit]) -> Iterator[str]:
    for visit in visits:
        for interface in visit.interfaces:
            if interface.screenshot:
                yield interface.screenshot
        for choice in visit.choices:
            for click in choice.clicks:
                if click.screenshot:
                    yield click.screenshot
