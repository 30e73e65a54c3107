"""crawl(): one scan from start addresses to a stored record."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner
from twisted.python.failure import Failure

from crawler.addresses import UrlError, page_address
from crawler.browser.browsers import Browsers
from crawler.browser.second_look import SecondLook
from crawler.frontier.job import Job, Player
from crawler.frontier.journal import JobError, JobHeader, Journal
from crawler.frontier.pages import Pages
from crawler.frontier.progress import Progress
from crawler.frontier.record import Identity, identity_of, new_scan, question_of, tool_version
from crawler.frontier.scope import Scope
from crawler.frontier.settings import scrapy_settings
from crawler.frontier.spider import SiteSpider
from crawler.observations import NameValue
from crawler.scenarios import Scenario, ScenarioError
from crawler.settings import CrawlSettings
from crawler.store import Store, StoreError
from crawler.visits import Scan

# Without a handler of the program's choosing, Python would print our and Scrapy's warnings to stderr.
for _name in ("crawler", "scrapy"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

_STOP_CAP = 10.0
"""Seconds that Scrapy gets to end in good order after a stop; visits under way are cut off at once."""


def crawl(
    settings: CrawlSettings,
    *,
    store: Path,
    scenarios: Mapping[str, Scenario],
    evidence_dir: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Scan:
    """Visits the site and stores what was seen. A scan whose `finished` is None was stopped (Ctrl-C, SIGTERM) early.

    A site's failure is in the scan. Raised are only: UrlError, ScenarioError, JobError, StoreError, BrowserMissing.
    """
    if not settings.urls:
        raise UrlError("There is no address to start from: name at least one, such as https://www.example.com/.")
    policy = None if settings.policy is None else page_address(settings.policy)
    urls = tuple(page_address(url) for url in settings.urls)
    settings = settings.model_copy(update={"urls": urls, "policy": policy})
    return asyncio.run(_crawl(settings, store, _wanted(settings, scenarios), evidence_dir, progress))


def _wanted(settings: CrawlSettings, scenarios: Mapping[str, Scenario]) -> tuple[Scenario, ...]:
    unknown = [name for name in settings.scenarios if name not in scenarios]
    if unknown or not settings.scenarios:
        what = f"There is no scenario {unknown[0]!r}" if unknown else "No scenario is named"
        raise ScenarioError(f"{what}; there are: {', '.join(scenarios)}.")
    return tuple(scenarios[name] for name in dict.fromkeys(settings.scenarios))


async def _crawl(
    settings: CrawlSettings,
    store: Path,
    scenarios: tuple[Scenario, ...],
    evidence_dir: Path | None,
    progress: Callable[[Progress], None] | None,
) -> Scan:
    browsers = Browsers(settings.browser)
    try:
        identity = identity_of(await browsers.first())
        with Store.open(store, create=True) as opened:
            return await run(
                open_job(
                    settings,
                    scenarios,
                    browser=identity,
                    player=SecondLook(browsers.visit),
                    store=opened,
                    evidence_dir=evidence_dir,
                    notify=progress,
                )
            )
    finally:
        await browsers.close()


def open_job(
    settings: CrawlSettings,
    scenarios: tuple[Scenario, ...],
    *,
    browser: Identity,
    player: Player,
    store: Store,
    evidence_dir: Path | None = None,
    notify: Callable[[Progress], None] | None = None,
) -> Job:
    """A new scan, or the stopped one that the job folder holds. Raises JobError, StoreError."""
    journal = Journal(settings.job_dir)
    question = question_of(settings, scenarios)
    header = journal.resume(question)
    if header is None:
        scan = new_scan(settings, scenarios=scenarios, browser=browser)
        header = JobHeader(scan_id=scan.id, question=question, digest_key=secrets.token_hex(32))
        store.begin(scan)
        journal.begin(header)
    else:
        scan = _stopped_scan(store, header, settings)
    scope = Scope.around(settings.urls, include=settings.include, exclude=settings.exclude)
    job = Job(
        scan=scan,
        settings=settings,
        scenarios=scenarios,
        store=store,
        journal=journal,
        pages=Pages(scope, max_pages=settings.max_pages, max_depth=settings.max_depth),
        player=player,
        digest_key=bytes.fromhex(header.digest_key),
        evidence_dir=evidence_dir,
        notify=notify,
    )
    job.replay()
    return job


def _stopped_scan(store: Store, header: JobHeader, settings: CrawlSettings) -> Scan:
    try:
        return store.scan(header.scan_id)
    except StoreError as error:
        raise JobError(
            f"{settings.job_dir}: the scan it belongs to is not in {store.path}; "
            "name the output of the stopped crawl, or delete the folder to begin anew."
        ) from error


async def run(job: Job) -> Scan:
    """Plays the job to its end, or to the stop that a signal or a fault of our own asks for; the fault is raised."""
    runner = AsyncCrawlerRunner(scrapy_settings(job.settings, tool_version=tool_version()))
    crawler = runner.create_crawler(SiteSpider)

    def on_fault(failure: Failure) -> None:
        error = failure.value
        job.fail(error if isinstance(error, Exception) else RuntimeError(str(error)))

    # Scrapy logs errors of spiders and pipelines and goes on; for us they would be sightings lost in silence.
    crawler.signals.connect(on_fault, signals.spider_error, weak=False)
    crawler.signals.connect(on_fault, signals.item_error, weak=False)
    with _terminated_by(job.stop):
        crawling = runner.crawl(crawler, job=job)
        stopped = asyncio.create_task(job.stopped.wait())
        try:
            await asyncio.wait({crawling, stopped}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            job.stop()  # Ctrl-C, as asyncio.run() delivers it
        stopped.cancel()
        if job.stopping and not crawling.done():
            stopping = asyncio.create_task(crawler.stop_async())
            await asyncio.wait({crawling, stopping}, timeout=_STOP_CAP)
            crawling.cancel()  # does nothing to one that has ended
        await asyncio.wait({crawling})
    if not crawling.cancelled() and (error := crawling.exception()) is not None:
        raise error
    if job.fault is not None:
        raise job.fault
    return _finish(job)


@contextmanager
def _terminated_by(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM ends a crawl as Ctrl-C does, where signals can be had: in the main thread, and not on Windows."""
    loop = asyncio.get_running_loop()
    can = threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGTERM")
    try:
        if can:
            loop.add_signal_handler(signal.SIGTERM, stop)
    except NotImplementedError:
        can = False
    try:
        yield
    finally:
        if can:
            loop.remove_signal_handler(signal.SIGTERM)


def _finish(job: Job) -> Scan:
    skipped = tuple(NameValue(name=url, value=reason) for url, reason in job.pages.left().items())
    finished = None if job.stopping else datetime.now(UTC)
    scan = job.scan.model_copy(update={"finished": finished, "discovered": job.pages.discovered, "skipped": skipped})
    job.store.finish(scan)
    if finished is not None:
        job.journal.finish()
    return scan
