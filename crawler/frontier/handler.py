"""The download handler: a request for a page under a scenario is a visit in the audited browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils.misc import build_from_crawler, load_object

from crawler.browser.launch import BrowserGone
from crawler.frontier.errand import Errand, errand_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier.job import Job

GRACE = 30.0
"""Seconds beyond the visit's own cap after which the browser, not the page, is at fault."""


class VisitHandler(BaseDownloadHandler):
    """robots.txt and sitemaps go to Scrapy's own HTTP handler. Browser faults become Scrapy exceptions, and so retries;
    what is wrong with the page is in the visit."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._job: Job = crawler.spider.job  # type: ignore[union-attr]  # the spider is made first, and is ours
        plain = load_object(crawler.settings["DOWNLOAD_HANDLERS_BASE"]["http"])
        self._plain: BaseDownloadHandler = build_from_crawler(plain, crawler)

    async def download_request(self, request: Request) -> Response:
        errand = errand_of(request)
        if errand is None:
            return await self._fetch(request)
        return await self._visit(request, errand)

    async def _visit(self, request: Request, errand: Errand) -> Response:
        if self._job.stopping:
            raise DownloadCancelledError("The crawl was stopped.")
        cap = self._job.settings.visit.visit_cap + GRACE
        task = asyncio.create_task(self._job.play(errand))
        self._job.under_way.add(task)
        task.add_done_callback(self._job.under_way.discard)
        try:
            async with asyncio.timeout(cap):
                outcome = await task
        except BrowserGone as error:
            raise DownloadFailedError(str(error)) from error
        except TimeoutError as error:
            raise DownloadTimeoutError(f"The browser did not come back within {cap:g} s.") from error
        except asyncio.CancelledError as error:
            if not self._job.stopping:
                raise
            raise DownloadCancelledError("The crawl was stopped.") from error
        return errand.response(request, outcome.visit, outcome.html)

    async def _fetch(self, request: Request) -> Response:
        if self._job.settings.browser.proxy:
            request.meta["proxy"] = self._job.settings.browser.proxy
        return (await self._plain.download_request(_to_loopback(request))).replace(url=request.url)

    async def close(self) -> None:
        await self._plain.close()


def _to_loopback(request: Request) -> Request:
    """`*.localhost` is this machine (RFC 6761) for browsers, but not for every system's resolver."""
    parts = urlsplit(request.url)
    if not (parts.hostname or "").endswith(".localhost"):
        return request
    port = f":{parts.port}" if parts.port else ""
    headers = request.headers.copy()
    headers["Host"] = parts.netloc
    return request.replace(url=parts._replace(netloc=f"127.0.0.1{port}").geturl(), headers=headers)
