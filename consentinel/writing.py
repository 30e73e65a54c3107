"""Writes the reports; rendering itself touches no file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from classifiers.findings import Audit
from consentinel.config import ConfigurationError, did_you_mean
from reports import REPORTERS
from reports.base import Reporter
from reports.context import Context


def reporters(formats: Iterable[str]) -> tuple[type[Reporter], ...]:
    """Raises ConfigurationError for a format that does not exist."""
    known = {reporter.format: reporter for reporter in REPORTERS}
    faults = [
        f"--format: there is no report called {name!r}{did_you_mean(name, known)}"
        for name in formats
        if name not in known
    ]
    if faults:
        raise ConfigurationError(faults)
    return tuple(known[name] for name in dict.fromkeys(formats))


def write_reports(audit: Audit, *, context: Context, chosen: Iterable[type[Reporter]], folder: Path) -> dict[str, Path]:
    """Format → file written, or the folder where it wrote one file per scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for reporter in chosen:
        for name, text in reporter(context).files(audit).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written[reporter.format] = folder / Path(name).parts[0]
    return written
