"""What the demo's pages did against what was recorded, over many runs: `make recall`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rich.table import Table

from consentinel.terminal import out
from crawler.scenarios import DEFAULT_SCENARIOS
from crawler.store import Store
from crawler.visits import Visit
from reports.gate import ExitCode
from tests.demo import consentinel, start_pages
from tests.site_server import SiteServer
from tests.truth import CookieKey, Done, PageId, RequestKey, StorageKey, Truth, recorded, site_of

Key = RequestKey | CookieKey | StorageKey
MOST_LINES = 40


@dataclass
class Tally:
    done: int = 0
    recorded: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    repeats: int = parser.parse_args().repeats
    truth = Truth.load()
    with tempfile.TemporaryDirectory() as folder, SiteServer() as server:
        code = consentinel(
            "crawl", *start_pages(server), "--runs", str(repeats), "--delay", "0", "--ignore-robots",
            "--max-depth", "0", "--max-pages", str(len(truth.pages)), "--output", folder,
        ).returncode  # fmt: skip
        if code == ExitCode.WRONG_USE:
            return 1
        with Store.open(Path(folder) / "scan.sqlite") as store:
            visits = list(store.visits(store.scan().id))
    tallies = compare(truth, visits, repeats=repeats)
    return tell(tallies, visits=len(visits), repeats=repeats)


def compare(truth: Truth, visits: list[Visit], *, repeats: int) -> dict[str, Tally]:
    """A visit that is not there has recorded nothing, so all that its page did is missing."""
    seen = {(_page(visit), visit.scenario, visit.run): recorded(visit) for visit in visits}
    tallies: dict[str, Tally] = {}
    for page in truth.pages:
        for scenario in DEFAULT_SCENARIOS:
            done = truth.done(page, scenario)
            for run in range(1, repeats + 1):
                _count(tallies, page, done, seen.get((page, scenario, run), Done()))
    return dict(sorted(tallies.items()))


def _page(visit: Visit) -> PageId:
    url = urlsplit(visit.url)
    return PageId(url.hostname or "", url.path or "/")


def _count(tallies: dict[str, Tally], page: PageId, done: Done, found: Done) -> None:
    pairs: tuple[tuple[Counter[Key], Counter[Key]], ...] = (
        (Counter[Key](done.requests), Counter[Key](found.requests)),
        (Counter[Key](done.cookies), Counter[Key](found.cookies)),
        (Counter[Key](done.storage), Counter[Key](found.storage)),
    )
    for did, saw in pairs:
        for key, count in did.items():
            tally = tallies.setdefault(channel(key, page), Tally())
            tally.done += count
            tally.recorded += min(count, saw[key])
        for key, count in (did - saw).items():
            tallies[channel(key, page)].missing[f"{page.host}{page.path}: {key}"] += count
        for key, count in (saw - did).items():
            tallies.setdefault(channel(key, page), Tally()).invented[f"{page.host}{page.path}: {key}"] += count


def channel(key: Key, page: PageId) -> str:
    if isinstance(key, CookieKey):
        party = "first" if site_of(key.domain) == site_of(page.host) else "third"
        return f"cookie, {party}-party, by {key.by}"
    if isinstance(key, StorageKey):
        return f"storage, {key.area}"
    party = "first" if site_of(key.host) == site_of(page.host) else "third"
    return f"request, {party}-party"


def tell(tallies: dict[str, Tally], *, visits: int, repeats: int) -> int:
    table = Table(title=f"Recorded against done: {visits} visits, {repeats} repeats", title_justify="left")
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
    return 0 if whole else 1


def _differences(tallies: dict[str, Tally]) -> Iterator[str]:
    for name, tally in tallies.items():
        for word, found in (("missing", tally.missing), ("invented", tally.invented)):
            for what, count in found.most_common():
                yield f"{word} {count} × {name}: {what}"


if __name__ == "__main__":
    sys.exit(main())
