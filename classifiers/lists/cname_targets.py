"""The names that disguised hosts resolve to, by company."""

from __future__ import annotations


def read_targets(text: str) -> dict[str, str]:
    """Domain → company."""
    found: dict[str, str] = {}
    company = "a tracking company"
    for line in text.splitlines():
        if line.startswith("! Company:"):
            company = line.partition(":")[2].strip()
        elif line.startswith("||"):
            found[line[2:].partition("^")[0].lower()] = company
    return found
