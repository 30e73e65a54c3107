"""Our crawl settings in Scrapy's terms."""

from __future__ import annotations

from typing import Any

from scrapy.settings import Settings

from crawler.frontier.fingerprint import VisitFingerprinter
from crawler.frontier.handler import VisitHandler
from crawler.frontier.pipeline import StorePipeline
from crawler.settings import CrawlSettings

ROBOTS_NAME = "Consentinel"
"""The user agent that robots.txt is asked about; rules for `*` hold unless it has some for this name."""


def scrapy_settings(settings: CrawlSettings, *, tool_version: str) -> Settings:
    values: dict[str, Any] = {
        "BOT_NAME": ROBOTS_NAME,
        # No reactor: the browser and Scrapy share one plain asyncio loop, and a process can crawl more than once.
        "TWISTED_REACTOR_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "DOWNLOAD_HANDLERS": {"http": VisitHandler, "https": VisitHandler, "file": None, "ftp": None, "s3": None},
        "REQUEST_FINGERPRINTER_CLASS": VisitFingerprinter,
        "ITEM_PIPELINES": {StorePipeline: 100},
        "ROBOTSTXT_OBEY": settings.obey_robots,
        "ROBOTSTXT_USER_AGENT": ROBOTS_NAME,
        "USER_AGENT": f"{ROBOTS_NAME}/{tool_version}",
        "CONCURRENT_REQUESTS": settings.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": settings.concurrency,
        "DOWNLOAD_DELAY": settings.delay,
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "DOWNLOAD_TIMEOUT": settings.visit.navigation_cap,
        "DOWNLOAD_MAXSIZE": 64 * 2**20,
        "DOWNLOAD_WARNSIZE": 0,
        "RETRY_TIMES": 2,
        # Faults of the browser and its driver, by name, since the driver itself stays in `crawler.browser`.
        "RETRY_EXCEPTIONS": [
            "scrapy.exceptions.DownloadFailedError",
            "scrapy.exceptions.DownloadTimeoutError",
            "playwright.async_api.Error",
            "crawler.browser.cdp.CommandError",
        ],
        # Redirects, cookies and refreshes of pages are the browser's business.
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        # Which page is how deep, and which links count, is decided by `Pages`.
        "SPIDER_MIDDLEWARES": {"scrapy.spidermiddlewares.depth.DepthMiddleware": None},
        "DOWNLOADER_MIDDLEWARES": {"scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None},
        "URLLENGTH_LIMIT": 0,
        "LOGSTATS_INTERVAL": 0,
        "MEMUSAGE_ENABLED": False,
        "STATS_DUMP": False,
    }
    return Settings(values)
