"""What finding, playing and proving a choice costs beyond the page's own reactions.

`python -m tests.benchmarks.consent_cost [--repeats 3]`: each interface by our player and, in turns, by a script that
knows the button and only waits for the page to react; exit code 1 when the median difference is above the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from playwright.async_api import Browser, Page

from crawler.observations import Consent
from crawler.visits import ChoiceStatus
from tests.consent_table import SUFFIX, Stamps, chromium, player_for
from tests.site_server import SiteServer

LIMIT = 1.5
"""Seconds."""
BUTTONS = {
    "onetrust": "Reject All",
    "cookiebot": "Deny",
    "didomi": "Disagree and close",
    "klaro": "I decline",
    "complianz": "Deny",
    "two-buttons": "Reject all",
    "korean": "필수 쿠키만 허용",
    "session-only": "No",
}
"""Interfaces that answer at once, with the button that refuses."""


class Cost(NamedTuple):
    wall: float
    cpu: float
    """Of this process: the player's own work. The browser's and the driver's is not in it."""


async def measured(browser: Browser, url: str, do: Callable[[Page], Awaitable[None]]) -> Cost:
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(url)
        wall, cpu = perf_counter(), process_time()
        await do(page)
        return Cost(perf_counter() - wall, process_time() - cpu)
    finally:
        await context.close()


async def ours(page: Page) -> None:
    choice = await player_for(page, Stamps()).choose(Consent.REJECTED, "reject")
    assert choice.status is ChoiceStatus.CONFIRMED, choice.why


def known(text: str) -> Callable[[Page], Awaitable[None]]:
    async def click(page: Page) -> None:
        button = page.get_by_role("button", name=text, exact=True)
        await button.click(timeout=10_000)
        await button.wait_for(state="hidden", timeout=10_000)

    return click


async def measure(repeats: int) -> dict[str, tuple[list[Cost], list[Cost]]]:
    """Interface → by our player, by the script that knows."""
    found: dict[str, tuple[list[Cost], list[Cost]]] = {name: ([], []) for name in BUTTONS}
    with SiteServer() as server:
        async with chromium() as browser:
            await measured(browser, server.url(f"two-buttons{SUFFIX}"), ours)  # fills the browser's caches of code
            for _ in range(repeats):
                for name, text in BUTTONS.items():
                    url = server.url(name + SUFFIX)
                    found[name][0].append(await measured(browser, url, ours))
                    found[name][1].append(await measured(browser, url, known(text)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    found = asyncio.run(measure(parser.parse_args().repeats))
    beyond = []
    for name, (mine, theirs) in found.items():
        mine_wall, theirs_wall = median(cost.wall for cost in mine), median(cost.wall for cost in theirs)
        beyond.append(mine_wall - theirs_wall)
        cpu = median(cost.cpu for cost in mine)
        print(
            f"{name:14} {mine_wall * 1000:6.0f} ms, page and driver alone {theirs_wall * 1000:6.0f} ms, "
            f"our CPU {cpu * 1000:4.0f} ms"
        )
    each = median(beyond)
    print(f"finding, playing and proving: {each:.2f} s beyond the page's own reactions (median; limit {LIMIT} s)")
    return 0 if each <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
