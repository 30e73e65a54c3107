"""Fixtures that several areas share: a page server, the demo's server, and one audited browser per test process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from crawler.browser.browsers import Browsers
from crawler.browser.launch import AuditedBrowser
from crawler.browser.visit import VisitAsk, VisitOutcome
from crawler.scenarios import SCENARIOS, Scenario
from crawler.settings import BrowserSettings, Recipe, Settle, VisitSettings
from tests.page_server import PageServer
from tests.site_server import SiteServer

for size in ("COLUMNS", "LINES"):  # of whoever started the tests; each test says how wide its terminal is
    os.environ.pop(size, None)

hypothesis_settings.register_profile("no deadline", deadline=None)  # a busy machine is no fault of the code
hypothesis_settings.load_profile("no deadline")

FAST = VisitSettings(settle=Settle.FAST, navigation_cap=4, phase_cap=4, visit_cap=25, screenshots=False)


@dataclass
class Auditor:
    """The audited browser behind plain calls: one event loop for the whole test process."""

    runner: asyncio.Runner
    browsers: Browsers
    browser: AuditedBrowser
    """That of the plain profile."""

    def visit(
        self,
        url: str,
        scenario: Scenario = SCENARIOS["silent"],
        *,
        settings: VisitSettings = FAST,
        recipe: Recipe | None = None,
        evidence_dir: Path | None = None,
    ) -> VisitOutcome:
        return self.visits((url,), scenario, settings=settings, recipe=recipe, evidence_dir=evidence_dir)[0]

    def visits(
        self,
        urls: tuple[str, ...],
        scenario: Scenario = SCENARIOS["silent"],
        *,
        settings: VisitSettings = FAST,
        recipe: Recipe | None = None,
        evidence_dir: Path | None = None,
    ) -> list[VisitOutcome]:
        """Side by side in the one browser."""

        async def together() -> list[VisitOutcome]:
            asks = [
                VisitAsk(
                    url=url,
                    scenario=scenario,
                    settings=settings,
                    browser=self.browser.settings,
                    recipe=recipe,
                    digest_key=b"test",
                    evidence_dir=evidence_dir,
                )
                for url in urls
            ]
            return await asyncio.gather(*(self.browsers.visit(ask) for ask in asks))

        return self.runner.run(together())


@contextmanager
def auditing(settings: BrowserSettings) -> Iterator[Auditor]:
    with asyncio.Runner() as runner:
        browsers = Browsers(settings)
        try:
            yield Auditor(runner, browsers, runner.run(browsers.open()))
        finally:
            runner.run(browsers.close())


@pytest.fixture(scope="session")
def audited() -> Iterator[Auditor]:
    with auditing(BrowserSettings()) as auditor:
        yield auditor


@pytest.fixture
def pages() -> Iterator[PageServer]:
    with PageServer() as server:
        yield server


@pytest.fixture(scope="session")
def site_server() -> Iterator[SiteServer]:
    with SiteServer() as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A real browser on a busy machine may run into a cap: such a test is run again, and the summary says so."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=2))
