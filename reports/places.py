"""Where code hosts show a finding: a path inside the repository, never one of this machine."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import PurePosixPath

from reports.neutral import visible

ANCHOR_FILE = "consentinel.yaml"
"""For what stands at no line of any file: code hosts drop results without a place."""


def within(file: str, root: str | None) -> str:
    """As people know the file: relative to the repository where it lies inside."""
    path = PurePosixPath(file)
    return str(path.relative_to(root)) if root is not None and path.is_relative_to(root) else file


def repository_path(file: str, root: str | None = None) -> str:
    """Relative, forward slashes, no way out of the repository; what cannot be shown so goes to the anchor file."""
    path = PurePosixPath(within(visible(file).replace("\\", "/"), root))
    if path.is_absolute() or ".." in path.parts or not path.name or ":" in path.parts[0]:
        return visible(path.name) or ANCHOR_FILE
    return str(path)


def file_stem(name: str) -> str:
    """The name of a scenario as part of a file name: it may come from a store that somebody else made."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        return name
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:48]
    return f"{kept or 'scenario'}-{sha256(name.encode(errors='replace')).hexdigest()[:8]}"
