"""The torture site over many runs, tallied by channel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from rich.progress import Progress

from consentinel.terminal import out
from crawler.browser.browsers import Browsers
from tests.site_server import SiteServer
from tests.tallies import Tally, tell
from tests.torture import BROWSER, Played, play
from tests.torture_truth import torture_pages, words

ARRIVED = "arrived at the server"


def recall_torture(repeats: int) -> bool:
    return asyncio.run(_recall(repeats))


async def _recall(repeats: int) -> bool:
    pages = torture_pages()
    tallies: dict[str, Tally] = {}
    with SiteServer() as server, Progress(console=out, transient=True) as progress:
        task = progress.add_task("torture site", total=repeats)
        browsers = Browsers(BROWSER)
        try:
            await browsers.open()
            for run in range(1, repeats + 1):
                count(tallies, await play(browsers, server, pages, run=run), server)
                server.hits.clear()
                progress.advance(task)
        finally:
            await browsers.close()
    distinct = sum(page.truth.distinct for page in pages)
    return tell(tallies, title=f"Torture site: {len(pages)} pages, {distinct} distinct facts, {repeats} repeats")


def count(tallies: dict[str, Tally], played: Iterable[Played], server: SiteServer) -> None:
    for one in played:
        tally = tallies.setdefault(one.page.truth.channel, Tally())
        missing = one.missing
        done = one.page.facts.total()
        tally.done += done
        tally.recorded += done - missing.total()
        for fact, times in missing.items():
            tally.missing[words(fact)] += times
        for fact, times in one.invented.items():
            tally.invented[words(fact)] += times
        for problem in one.problems:
            tally.missing[f"the visit says: {problem}"] += 1
        arrivals = tallies.setdefault(ARRIVED, Tally())
        unseen = one.unseen(server)
        hits = sum(1 for hit in server.hits if one.began <= hit.at < one.ended)
        arrivals.done += hits
        arrivals.recorded += hits - unseen.total()
        for arrival, times in unseen.items():
            arrivals.missing[f"{one.page.path}: {' '.join(arrival)}"] += times
