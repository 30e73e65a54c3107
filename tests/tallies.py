"""Recall by channel: how much of what was done was recorded, what was missed, and what was invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rich.table import Table

from consentinel.terminal import out

MOST_LINES = 40


@dataclass
class Tally:
    done: int = 0
    recorded: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)


def tell(tallies: Mapping[str, Tally], *, title: str) -> bool:
    """True: everything done was recorded, and nothing else."""
    table = Table(title=title, title_justify="left")
    table.add_column("channel")
    for name in ("done", "recorded", "missing", "invented", "recall"):
        table.add_column(name, justify="right")
    for name, tally in tallies.items():
        share = f"{tally.recorded / tally.done:.2%}" if tally.done else "none done"
        missing, invented = tally.missing.total(), tally.invented.total()
        table.add_row(name, str(tally.done), str(tally.recorded), str(missing), str(invented), share)
    out.print(table)
    lines = list(_differences(tallies))
    for line in lines[:MOST_LINES]:
        out.print(line, markup=False, soft_wrap=True)
    if len(lines) > MOST_LINES:
        out.print(f"and {len(lines) - MOST_LINES} more")
    whole = bool(tallies) and not lines
    out.print(
        "Everything done was recorded, and nothing else." if whole else "Not everything done was recorded as done."
    )
    return whole


def _differences(tallies: Mapping[str, Tally]) -> Iterator[str]:
    for name, tally in tallies.items():
        for word, found in (("missing", tally.missing), ("invented", tally.invented)):
            for what, count in found.most_common():
                yield f"{word} {count} × {name}: {what}"
