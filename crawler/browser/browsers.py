"""The audited browsers of one crawl: one per profile that its scenarios need, started when first asked for."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from crawler.browser.canary.ledger import take_ledger
from crawler.browser.found import BrowserMissing
from crawler.browser.launch import AuditedBrowser, BrowserGone, audited_browser
from crawler.browser.privacy_control import with_signal
from crawler.browser.visit import VisitAsk, VisitOutcome, visit
from crawler.observations import NameValue
from crawler.settings import BrowserSettings
from crawler.visits import SIGNAL, Channel, ChannelState, ledger_line

log = logging.getLogger(__name__)


class _Running:
    """A browser in a task of its own, because it must be opened and closed by the same one."""

    def __init__(self, settings: BrowserSettings) -> None:
        self.browser: asyncio.Future[AuditedBrowser] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._looking: asyncio.Task[tuple[Channel, ...]] | None = None
        self._task = asyncio.create_task(self._keep(settings))

    async def _keep(self, settings: BrowserSettings) -> None:
        try:
            async with audited_browser(settings) as browser:
                self.browser.set_result(browser)
                await self._leave.wait()
        except Exception as error:  # noqa: BLE001 — handed to whoever waits for the browser
            if self.browser.done():
                log.warning("The browser did not close in good order: %s", error)
            else:
                self.browser.set_exception(error)

    async def ledger(self) -> tuple[Channel, ...]:
        """Looked at once, by whoever asks first; visits that ask meanwhile wait for it. Raises BrowserGone."""
        browser = await asyncio.shield(self.browser)
        if not browser.ledger:
            if self._looking is None:
                self._looking = asyncio.create_task(take_ledger(browser))
            browser.ledger = await asyncio.shield(self._looking)
        return browser.ledger

    async def close(self) -> None:
        self._leave.set()
        if self._looking is not None:
            self._looking.cancel()
        if not self.browser.done():
            self._task.cancel()  # still starting
        await asyncio.wait({self._task})


class Browsers:
    def __init__(self, settings: BrowserSettings) -> None:
        self._settings = settings
        self._running: dict[BrowserSettings, _Running] = {}
        self._ledger: tuple[Channel, ...] = ()
        """Of the browser that the scan names; empty: nobody asked for ledgers."""

    async def open(self) -> AuditedBrowser:
        """The browser of the plain profile. Raises BrowserMissing."""
        return await asyncio.shield(self._of(self._settings).browser)

    async def first(self) -> AuditedBrowser:
        """The browser of the plain profile: what the scan's record names, with its ledger. Raises BrowserMissing.

        From then on every later browser (of another profile, or after a crash) gets a ledger of its own.
        """
        running = self._of(self._settings)
        browser = await asyncio.shield(running.browser)
        try:
            self._ledger = await running.ledger()
        except BrowserGone as error:
            raise BrowserMissing(f"{browser.path} ended while its own test page was loaded: {error}") from error
        return browser

    async def visit(self, ask: VisitAsk) -> VisitOutcome:
        """Raises BrowserGone when the browser died; the next visit gets a new one."""
        hidden = self._settings.hide_automation or ask.browser.hide_automation
        profile = self._settings.model_copy(update={"cookies": ask.scenario.cookies, "hide_automation": hidden})
        if ask.scenario.gpc:
            profile = with_signal(profile)
        running = self._of(profile)
        try:
            # Shielded, because cancelling one visit must not cancel the browser that others wait for.
            ledger = await running.ledger() if self._ledger else ()
            outcome = await visit(await asyncio.shield(running.browser), ask)
        except BrowserGone:
            # Several visits may find it dead at once: only the first takes it away.
            if self._running.get(profile) is running:
                del self._running[profile]
                await running.close()
            raise
        return outcome if ledger is self._ledger else self._with_ledger(outcome, ledger)

    def _with_ledger(self, outcome: VisitOutcome, ledger: tuple[Channel, ...]) -> VisitOutcome:
        """Another browser than the one that the scan names: its visits tell what was dead in it."""
        known = {channel.name for channel in self._ledger if channel.state is ChannelState.DEAD}
        dead = [one for one in ledger if one.state is ChannelState.DEAD and one.name not in known]
        beyond = [one for one in ledger if one.state is ChannelState.UNTESTED and one.name.startswith(SIGNAL)]
        visit = outcome.visit.model_copy(
            update={
                "channels": (*outcome.visit.channels, *dead, *beyond),
                "facts": (*outcome.visit.facts, NameValue(name="ledger", value=ledger_line(ledger))),
            }
        )
        return replace(outcome, visit=visit)

    def _of(self, profile: BrowserSettings) -> _Running:
        if profile not in self._running:
            self._running[profile] = _Running(profile)
        return self._running[profile]

    async def close(self) -> None:
        running, self._running = list(self._running.values()), {}
        for browser in running:
            await browser.close()
