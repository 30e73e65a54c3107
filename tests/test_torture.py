"""Every fact of the torture site is recorded once, and nothing else: one repeat of `make recall`."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from crawler.browser.browsers import Browsers
from tests.site_server import SiteServer
from tests.tallies import Tally
from tests.torture import BROWSER, play
from tests.torture_recall import ARRIVED, count
from tests.torture_truth import Cookie, Request, torture_pages

PAGES = torture_pages()


def test_the_site_holds_facts_of_every_kind() -> None:
    kinds: Counter[str] = Counter()
    for page in PAGES:
        kinds.update(type(fact).__name__ for fact in page.facts)
    assert sum(page.truth.distinct for page in PAGES) > 500
    assert set(kinds) == {"Request", "Cookie", "Stored", "Mark", "Behaviour", "Sends", "Blame"}
    refusals = {fact.because[-1] for page in PAGES for fact in page.facts if isinstance(fact, Cookie) and fact.because}
    assert len(refusals) > 10
    targets = {fact.target for page in PAGES for fact in page.facts if isinstance(fact, Request)}
    assert targets == {"page", "iframe", "popup", "worker", "shared_worker", "service_worker"}


@pytest.mark.browser
def test_recorded_equals_done_on_the_torture_site() -> None:
    async def once() -> dict[str, Tally]:
        tallies: dict[str, Tally] = {}
        browsers = Browsers(BROWSER)
        with SiteServer() as server:
            try:
                count(tallies, await play(browsers, server, PAGES), server)
            finally:
                await browsers.close()
        return tallies

    tallies = asyncio.run(once())
    wrong = {name: (tally.missing, tally.invented) for name, tally in tallies.items() if tally.missing + tally.invented}
    assert wrong == {}
    assert tallies[ARRIVED].done > 200
