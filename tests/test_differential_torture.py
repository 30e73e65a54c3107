"""The torture site does under the audit what it does without: as much arrives at its servers, and the same cookies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from time import monotonic
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.async_api import Browser

from crawler.browser.stimuli import read_through
from crawler.browser.visit import VisitAsk, VisitOutcome
from crawler.observations import CookieWitness
from crawler.scenarios import SCENARIOS
from crawler.settings import Settle
from tests.bare import bare_browser, bare_page
from tests.conftest import FAST, Auditor, auditing
from tests.site_server import SiteServer
from tests.torture import BROWSER
from tests.torture_truth import TorturePage, torture_pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETTINGS = FAST.model_copy(update={"settle": Settle.STANDARD, "phase_cap": 10, "visit_cap": 40, "source_maps": False})
SILENCE = 0.8
"""Seconds without an arrival after which the bare page is left, and after that, taken for done."""
TIMED = ("/late/", "/streams/poll")
"""What these do depends on how long they are looked at."""


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Auditor, Browser]]:
    with auditing(BROWSER) as auditor:
        stack = AsyncExitStack()
        bare = auditor.runner.run(stack.enter_async_context(bare_browser(BROWSER)))
        yield auditor, bare
        auditor.runner.run(stack.aclose())


async def silence(server: SiteServer) -> None:
    count, since = -1, monotonic()
    while monotonic() - since < SILENCE:
        if len(server.hits) != count:
            count, since = len(server.hits), monotonic()
        await asyncio.sleep(0.05)


async def plainly(browser: Browser, server: SiteServer, url: str) -> set[tuple[str, str]]:
    """Names and domains of the cookies that stay."""
    async with bare_page(browser, BROWSER) as page:
        await page.goto(url)
        await silence(server)
        await read_through(page)  # what is set off by scrolling is no doing of the probes
        await silence(server)
        context = page.context
        await page.close(run_before_unload=True)
        await silence(server)
        jar = await context.cookies()
    return {(str(cookie.get("name")), str(cookie.get("domain")).lstrip(".")) for cookie in jar}


def arrivals(server: SiteServer) -> set[tuple[str, str, str]]:
    """Method, host and address; what was made up at random has no value."""
    hits, server.hits[:] = list(server.hits), []
    return {
        (hit.method, hit.host, f"{hit.path}?{_fixed(hit.query)}")
        for hit in hits
        if "favicon" not in hit.path and not hit.path.startswith(TIMED)
    }


def _fixed(query: str) -> str:
    fields = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, value) for name, value in fields if len(value) < 9]) if fields else query


@pytest.mark.parametrize(
    "page",
    [one for one in torture_pages() if not one.path.startswith(TIMED)],
    ids=lambda page: page.path.strip("/") or "start",
)
def test_a_page_does_the_same_under_the_audit_as_without(both: tuple[Auditor, Browser], page: TorturePage) -> None:
    auditor, bare = both
    with SiteServer() as watched, SiteServer() as unwatched:

        async def at_once() -> tuple[VisitOutcome, set[tuple[str, str]]]:
            ask = VisitAsk(
                url=watched.url(page.host, page.path),
                scenario=SCENARIOS["silent"],
                settings=SETTINGS,
                browser=BROWSER,
                digest_key=b"torture",
            )
            other = plainly(bare, unwatched, unwatched.url(page.host, page.path))
            return await asyncio.gather(auditor.browsers.visit(ask), other)

        outcome, kept = auditor.runner.run(at_once())
        auditor.runner.run(silence(watched))
        assert arrivals(watched) == arrivals(unwatched)
    jar = {(one.name, one.domain) for one in outcome.visit.cookies if CookieWitness.JAR in one.seen_in}
    assert kept <= jar
