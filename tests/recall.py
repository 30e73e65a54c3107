"""What pages did against what was recorded, over many runs of the demo and the torture site: `make recall`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from crawler.scenarios import DEFAULT_SCENARIOS
from crawler.store import Store
from crawler.visits import Visit
from reports.gate import ExitCode
from tests.demo import consentinel, start_pages
from tests.site_server import SiteServer
from tests.tallies import Tally, tell
from tests.torture_recall import recall_torture
from tests.truth import CookieKey, Done, PageId, RequestKey, StorageKey, Truth, recorded, site_of

Key = RequestKey | CookieKey | StorageKey


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", choices=("demo", "torture", "both"), default="both")
    parser.add_argument("--repeats", type=int, default=20)
    asked = parser.parse_args()
    repeats: int = asked.repeats
    whole = True
    if asked.site != "torture":
        whole = recall_demo(repeats)
    if asked.site != "demo":
        whole = recall_torture(repeats) and whole
    return 0 if whole else 1


def recall_demo(repeats: int) -> bool:
    truth = Truth.load()
    with tempfile.TemporaryDirectory() as folder, SiteServer() as server:
        code = consentinel(
            "crawl", *start_pages(server), "--runs", str(repeats), "--delay", "0", "--ignore-robots",
            "--max-depth", "0", "--max-pages", str(len(truth.pages)), "--output", folder,
        ).returncode  # fmt: skip
        if code == ExitCode.WRONG_USE:
            return False
        with Store.open(Path(folder) / "scan.sqlite") as store:
            visits = list(store.visits(store.scan().id))
    tallies = compare(truth, visits, repeats=repeats)
    return tell(tallies, title=f"Demo: {len(visits)} visits, {repeats} repeats")


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


if __name__ == "__main__":
    sys.exit(main())
