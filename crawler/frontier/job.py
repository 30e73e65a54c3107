"""One crawl under way: what was asked, what is kept, and how far it is. Scrapy's parts find it on the spider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from crawler.addresses import same_page_key
from crawler.browser.stage import Carried
from crawler.browser.visit import VisitAsk, VisitOutcome
from crawler.frontier.errand import Errand
from crawler.frontier.journal import Journal, Told
from crawler.frontier.pages import Page, Pages
from crawler.frontier.progress import Progress, Tally
from crawler.scenarios import Scenario
from crawler.settings import CrawlSettings
from crawler.store import Store
from crawler.visits import Scan, Visit, VisitStatus, visit_id

_MORE_THAN_ANY_PLACE = 10**9


class Player(Protocol):
    async def visit(self, ask: VisitAsk) -> VisitOutcome: ...


@dataclass
class Job:
    scan: Scan
    settings: CrawlSettings
    scenarios: tuple[Scenario, ...]
    store: Store
    journal: Journal
    pages: Pages
    player: Player
    digest_key: bytes
    evidence_dir: Path | None = None
    notify: Callable[[Progress], None] | None = None
    under_way: set[asyncio.Task[VisitOutcome]] = field(default_factory=set)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None
    """Our own failure, not the site's: ends the crawl and is raised from it."""
    _tally: Tally = field(default_factory=Tally)
    _proved: dict[tuple[str, int], Carried] = field(default_factory=dict)
    """Scenario and run → the choice proved on a start page. Raw values, so it is kept in memory and nowhere else: in a
    crawl that was taken up again, the first page that proves the choice anew stands in for the start page."""
    _taken_up: bool = False
    """An earlier, stopped crawl made some of the visits."""
    _direct: dict[tuple[str, int], str] = field(default_factory=dict)
    """Scenario and run → the later page that is entered like a start page."""
    _told: dict[str, dict[str, Told]] = field(default_factory=dict)
    """Page → scenario → links that its first run found."""

    def replay(self) -> None:
        """Takes up what an earlier, stopped crawl found."""
        for told in self.journal.told():
            self._told.setdefault(told.url, {})[told.scenario] = told
        for visit in self.store.visits(self.scan.id):
            self._tally.add(visit)
            self._taken_up = True

    def errands(self, page: Page) -> Iterator[Errand]:
        """The visits of a page that are still to be made."""
        for run in range(1, self.scan.runs + 1):
            for scenario in self._played_on(page):
                errand = Errand(page, scenario.name, run)
                if not self._is_done(errand):
                    yield errand

    def _played_on(self, page: Page) -> tuple[Scenario, ...]:
        """Journeys begin at start pages only."""
        return tuple(scenario for scenario in self.scenarios if page.entry or not scenario.entry_only)

    def priority(self, errand: Errand) -> int:
        """First runs of all pages before second runs; within a run, pages in the order they were chosen."""
        place = self.pages.place(errand.page) * len(self.scenarios) + self.scan.scenarios.index(errand.scenario)
        return -place - (errand.run - 1) * _MORE_THAN_ANY_PLACE

    async def play(self, errand: Errand) -> VisitOutcome:
        self._report(errand.page.url, errand.scenario)
        scenario = next(scenario for scenario in self.scenarios if scenario.name == errand.scenario)
        ask = VisitAsk(
            url=errand.page.url,
            scenario=scenario,
            run=errand.run,
            entry=errand.page.entry,
            settings=self.settings.visit,
            browser=self.settings.browser,
            recipe=self.settings.consent,
            digest_key=self.digest_key,
            evidence_dir=self.evidence_dir,
            carried=None if errand.page.entry else self._proved.get((errand.scenario, errand.run)),
            direct=self._is_direct(errand),
            text_digest=self._is_policy(errand.page) and not scenario.entry_only,
        )
        outcome = await self.player.visit(ask)
        if outcome.carried is not None and (errand.page.entry or self._taken_up):
            self._proved.setdefault((errand.scenario, errand.run), outcome.carried)
        return outcome

    def _is_direct(self, errand: Errand) -> bool:
        """The first of the later pages shows whether the choice can be made elsewhere than on the start page."""
        if errand.page.entry:
            return False
        return self._direct.setdefault((errand.scenario, errand.run), errand.page.url) == errand.page.url

    def _is_policy(self, page: Page) -> bool:
        policy = self.settings.policy
        return policy is not None and same_page_key(page.url) == same_page_key(policy)

    def found(self, errand: Errand, *, final_url: str, links: tuple[str, ...]) -> None:
        """A page's links are those of all scenarios together: a consent wall may hide the site from some."""
        if errand.run > 1:
            return
        told = Told(url=errand.page.url, scenario=errand.scenario, final_url=final_url, links=links)
        self.journal.add(told)
        self._told.setdefault(told.url, {})[told.scenario] = told
        self.settle(errand.page)

    def settle(self, page: Page) -> None:
        """Once all scenarios have told a page's links, those join the queue."""
        told = self._told.get(page.url, {})
        played = self._played_on(page)
        if any(scenario.name not in told for scenario in played):
            return
        in_order = [told[scenario.name] for scenario in played]
        links = dict.fromkeys(link for one in in_order for link in one.links)
        self.pages.tell(page, links, final_url=in_order[0].final_url)

    def record(self, visit: Visit) -> None:
        """The visit is stored."""
        self._tally.add(visit)
        self._report(visit.url, visit.scenario, visit.status)

    def fail(self, error: Exception) -> None:
        self.fault = self.fault or error
        self.stop()

    @property
    def stopping(self) -> bool:
        return self.stopped.is_set()

    def stop(self) -> None:
        self.stopped.set()
        for task in self.under_way:
            task.cancel()

    def _is_done(self, errand: Errand) -> bool:
        stored = self.store.has(self.scan.id, visit_id(url=errand.page.url, scenario=errand.scenario, run=errand.run))
        return stored and (errand.run > 1 or errand.scenario in self._told.get(errand.page.url, {}))

    def _report(self, url: str, scenario: str, status: VisitStatus | None = None) -> None:
        if self.notify is not None:
            pages = len(self.pages.chosen)
            asked = pages * len(self.scenarios) * self.scan.runs
            self.notify(self._tally.progress(pages=pages, asked=asked, url=url, scenario=scenario, status=status))
