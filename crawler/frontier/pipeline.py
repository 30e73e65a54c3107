"""Stores each visit as it comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from crawler.visits import Visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.frontier.job import Job


class StorePipeline:
    def __init__(self, job: Job) -> None:
        self._job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.spider.job)  # type: ignore[union-attr]  # the spider is made first, and is ours

    def process_item(self, visit: Visit) -> Visit:
        self._job.store.save(self._job.scan.id, visit)
        self._job.record(visit)
        return visit
