"""Plays accept and reject on every fixture interface and prints what was found, played and proved.

`python -m tests.consent_table [names…]`: exit 1 when a row is not what its `interface.json` expects.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright
from rich.console import Console
from rich.table import Table

from crawler.browser.consent.player import ConsentPlayer
from crawler.browser.found import find_browser
from crawler.observations import Consent, Record
from crawler.settings import BrowserSettings, Recipe
from crawler.visits import Choice, ChoiceStatus
from tests.site_server import SITES, SiteServer

SUFFIX = ".consent.localhost"
RECORDED = SITES.parent / "consent_table.json"
CAP = 12.0
CHOICES = (Consent.ACCEPTED, Consent.REJECTED)


class Recorded(Record):
    """The last whole run, kept in `consent_table.json`."""

    honest: int
    """Choices that can be proved."""
    proved: int
    unknowable: int
    false_proofs: int
    interfaces: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Fixture:
    name: str
    kind: str
    expected: dict[str, str]
    hide_automation: bool


@dataclass
class Played:
    fixture: Fixture
    wanted: Consent
    choice: Choice
    """After the reload."""
    seconds: float
    """Finding, playing and the first proof."""
    stamps: list[float]

    @property
    def expected(self) -> str:
        return self.fixture.expected[self.wanted.value]

    @property
    def right(self) -> bool:
        return self.choice.status.value == self.expected

    @property
    def false_proof(self) -> bool:
        return self.choice.status is ChoiceStatus.CONFIRMED and self.expected != ChoiceStatus.CONFIRMED


def fixtures(*, sites: Path = SITES) -> tuple[Fixture, ...]:
    """Each fixture once, and once more with automation hidden where that makes a difference."""
    found: list[Fixture] = []
    for path in sorted(sites.glob(f"*{SUFFIX}/interface.json")):
        facts = json.loads(path.read_text("utf-8"))
        name = path.parent.name.removesuffix(SUFFIX)
        found.append(Fixture(name, facts["kind"], facts["expect"], hide_automation=False))
        if "hide_automation" in facts:
            found.append(Fixture(name, facts["kind"], facts["hide_automation"], hide_automation=True))
    return tuple(found)


@asynccontextmanager
async def chromium(*, hide_automation: bool = False) -> AsyncIterator[Browser]:
    flags = ["--no-sandbox", "--disable-features=IsolateSandboxedIframes"]
    if hide_automation:
        flags.append("--disable-blink-features=AutomationControlled")
    async with async_playwright() as playwright:
        path = find_browser(BrowserSettings()).path
        browser = await playwright.chromium.launch(executable_path=str(path), args=flags)
        try:
            yield browser
        finally:
            await browser.close()


class Stamps:
    """Counts the choices, as the recorder does."""

    def __init__(self) -> None:
        self.given: list[float] = []

    def __call__(self, _: Consent) -> tuple[float, int]:
        self.given.append(time.time())
        return time.monotonic(), len(self.given)


def player_for(
    page: Page, stamps: Stamps, *, recipe: Recipe | None = None, cap: float = CAP, evidence_dir: Path | None = None
) -> ConsentPlayer:
    return ConsentPlayer(page, recipe=recipe, stamp=stamps, now=time.monotonic, evidence_dir=evidence_dir, cap=cap)


async def play(browser: Browser, server: SiteServer, fixture: Fixture, wanted: Consent) -> Played:
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(server.url(fixture.name + SUFFIX))
        stamps = Stamps()
        player = player_for(page, stamps)
        begun = time.monotonic()
        choice = await player.choose(wanted, wanted.value)
        seconds = time.monotonic() - begun
        await page.reload()
        choice = await player.confirm(choice)
        return Played(fixture, wanted, choice, seconds, stamps.given)
    finally:
        await context.close()


async def play_all(names: Sequence[str]) -> list[Played]:
    wanted = [fixture for fixture in fixtures() if not names or fixture.name in names]
    rows: list[Played] = []
    with SiteServer() as server:
        for hidden in (False, True):
            some = [fixture for fixture in wanted if fixture.hide_automation is hidden]
            if not some:
                continue
            async with chromium(hide_automation=hidden) as browser:
                for fixture in some:
                    rows.extend([await play(browser, server, fixture, consent) for consent in CHOICES])
    return rows


def show(rows: Sequence[Played], *, verbose: bool) -> None:
    console = Console()
    table = Table("interface", "choice", "found by", "clicks", "status", "expected", "s")
    for row in rows:
        name = row.fixture.name + (" (automation hidden)" if row.fixture.hide_automation else "")
        mark = "" if row.right else " ✗"
        clicks, status = str(len(row.choice.clicks)), row.choice.status.value + mark
        found_by = row.choice.found_by or "—"
        table.add_row(name, row.wanted.value, found_by, clicks, status, row.expected, f"{row.seconds:.2f}")
    console.print(table)
    if verbose:
        for row in rows:
            if not row.right or len(rows) < 8:
                console.print(
                    f"{row.fixture.name} {row.wanted.value}: {row.choice.why} {row.choice.tried}", markup=False
                )
                for reading in row.choice.witnesses:
                    console.print(f"    {reading.witness}: {reading.says} {reading.detail}", markup=False)
    honest = [row for row in rows if row.expected == ChoiceStatus.CONFIRMED]
    proved = [row for row in honest if row.choice.status is ChoiceStatus.CONFIRMED]
    print(f"{len(proved)} of {len(honest)} choices that can be proved were proved.")
    print(f"{len(rows) - len(honest)} cannot be known: {sum(row.false_proof for row in rows)} false proofs.")
    if proved:
        print(f"Median of finding, playing and proving: {statistics.median(row.seconds for row in proved):.2f} s.")


def record_of(rows: Sequence[Played]) -> Recorded:
    """What the README quotes: interface → what came of accepting and of refusing."""
    told: dict[str, dict[str, str]] = {}
    for row in rows:
        name = row.fixture.name + (" (automation hidden)" if row.fixture.hide_automation else "")
        told.setdefault(name, {"kind": row.fixture.kind})[row.wanted.value] = row.choice.status.value
    return Recorded(
        honest=sum(row.expected == ChoiceStatus.CONFIRMED for row in rows),
        proved=sum(row.right and row.expected == ChoiceStatus.CONFIRMED for row in rows),
        unknowable=sum(row.expected != ChoiceStatus.CONFIRMED for row in rows),
        false_proofs=sum(row.false_proof for row in rows),
        interfaces=told,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--write", action="store_true", help="keep the figures for the README (all interfaces only)")
    given = parser.parse_args()
    if given.write and given.names:
        parser.error("--write keeps the figures of all interfaces")
    rows = asyncio.run(play_all(given.names))
    show(rows, verbose=given.verbose)
    if given.write:
        RECORDED.write_text(record_of(rows).model_dump_json(indent=2) + "\n", "utf-8")
    return 0 if all(row.right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
