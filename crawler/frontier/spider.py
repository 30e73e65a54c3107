"""The spider: yields each visit as an item, and asks for the pages that its links lead to."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.frontier import sitemaps
from crawler.frontier.errand import Errand, errand_of, visit_of
from crawler.frontier.job import Job
from crawler.frontier.pages import Page
from crawler.frontier.scope import SkipReason
from crawler.visits import Problem, ProblemKind, Visit, VisitStatus, visit_id

log = logging.getLogger(__name__)

PASSING_STATUS = frozenset({429, 502, 503, 504})
PASSING_PROBLEMS = frozenset({ProblemKind.UNREACHABLE, ProblemKind.CRASH})
"""What may be over a moment later: worth one more try."""
AT_ONCE = 1
"""Priority above all visits: sitemaps decide which pages come next."""

_links = LinkExtractor(tags=("a", "area"), attrs=("href",), canonicalize=False, unique=True)


class SiteSpider(Spider):
    name = "site"

    def __init__(self, job: Job, **more: Any) -> None:
        super().__init__(**more)
        self.job = job

    async def start(self) -> AsyncIterator[Any]:
        settings = self.job.settings
        wants_sitemaps = settings.sitemaps and settings.max_depth > 0
        robots = dict.fromkeys(sitemaps.robots_address(url) for url in settings.urls)
        self.job.pages.start(settings.urls, robots=robots if wants_sitemaps else (), also=settings.policy)
        for request in self._due():
            yield request

    def parse_visit(self, response: Response) -> Iterator[Visit | Request]:
        errand, visit = _errand(response.request), visit_of(response)
        if (again := self._second_try(response, visit)) is not None:
            yield again
            return
        is_page = visit.status is not VisitStatus.FAILED and visit.final_url.startswith("http")
        on_site = not is_page or self.job.pages.scope.holds(visit.final_url)
        self.job.found(errand, final_url=visit.final_url, links=_links_of(response, visit) if on_site else ())
        yield visit if on_site else _off_site(visit)
        yield from self._due()

    def visit_failed(self, failure: Failure) -> Iterator[Visit | Request]:
        """robots.txt, a stop, or a fault of the browser that retries did not cure."""
        errand, error = _errand(_request(failure)), failure.value
        if isinstance(error, DownloadCancelledError):
            return
        if isinstance(error, IgnoreRequest):
            yield from self._disallowed(errand)
        else:
            log.error("The visit of %s (%s) failed", errand.page.url, errand.scenario, exc_info=error)
            self.job.found(errand, final_url=errand.page.url, links=())
            yield _unseen(errand, ProblemKind.CRASH, f"The browser failed on {errand.page.url}: {error}")
        yield from self._due()

    def parse_sitemap(self, response: Response, page: Page) -> Iterator[Request]:
        try:
            named = sitemaps.read(response)
        except ValueError as error:
            log.info("%s", error)
            named = sitemaps.Named()
        self.job.pages.tell(page, named.pages, sitemaps=named.sitemaps)
        yield from self._due()

    def sitemap_failed(self, failure: Failure) -> Iterator[Request]:
        page: Page = _request(failure).cb_kwargs["page"]
        level = logging.INFO if isinstance(failure.value, HttpError) else logging.WARNING
        log.log(level, "%s could not be read: %s", page.url, failure.value)
        named = sitemaps.sitemaps_without_robots(page.url) if sitemaps.is_robots(page.url) else sitemaps.Named()
        self.job.pages.tell(page, sitemaps=named.sitemaps)
        yield from self._due()

    def _due(self) -> Iterator[Request]:
        """Requests for all that may be visited now. Pages that are all stored settle at once and may free others."""
        while not self.job.stopping and (pages := self.job.pages.choose()):
            for page in pages:
                if page.is_sitemap:
                    yield self._plain_request(page)
                    continue
                for errand in self.job.errands(page):
                    yield errand.request(priority=self.job.priority(errand)).replace(
                        callback=self.parse_visit, errback=self.visit_failed
                    )
                self.job.settle(page)

    def _plain_request(self, page: Page) -> Request:
        return Request(
            page.url,
            callback=self.parse_sitemap,
            errback=self.sitemap_failed,
            cb_kwargs={"page": page},
            meta={"dont_obey_robotstxt": True},
            priority=AT_ONCE,
        )

    def _second_try(self, response: Response, visit: Visit) -> Request | None:
        passing = visit.http_status in PASSING_STATUS or any(one.kind in PASSING_PROBLEMS for one in visit.problems)
        if visit.status is not VisitStatus.FAILED or not passing or response.request is None:
            return None
        reason = ", ".join(problem.kind for problem in visit.problems)
        return get_retry_request(
            response.request, spider=self, reason=reason, max_retry_times=1, give_up_log_level=logging.INFO
        )

    def _disallowed(self, errand: Errand) -> Iterator[Visit]:
        if errand.page.url not in self.job.pages.skipped:
            self.job.pages.refuse(errand.page, SkipReason.ROBOTS)
        if errand.page.entry:
            message = (
                f"robots.txt of the site disallows {errand.page.url}, so it was not visited; "
                "on a site of your own use --ignore-robots."
            )
            yield _unseen(errand, ProblemKind.ROBOTS, message)


def _request(failure: Failure) -> Request:
    request: Request = failure.request  # type: ignore[attr-defined]  # put there by Scrapy
    return request


def _errand(request: Request | None) -> Errand:
    errand = errand_of(request) if request is not None else None
    if errand is None:
        raise LookupError(f"{request} carries no errand")
    return errand


def _links_of(response: Response, visit: Visit) -> tuple[str, ...]:
    was_refused = visit.http_status is not None and visit.http_status >= 400
    if visit.status is VisitStatus.FAILED or was_refused or not isinstance(response, TextResponse) or not response.text:
        return ()
    return tuple(link.url for link in _links.extract_links(response))


def _off_site(visit: Visit) -> Visit:
    message = (
        f"{visit.url} leads to {visit.final_url}, which is not part of the audited site; "
        "to audit that one, give its address."
    )
    problem = Problem(kind=ProblemKind.OFF_SITE, message=message)
    return visit.model_copy(update={"problems": (*visit.problems, problem), "status": VisitStatus.PARTIAL})


def _unseen(errand: Errand, kind: ProblemKind, message: str) -> Visit:
    url = errand.page.url
    return Visit(
        id=visit_id(url=url, scenario=errand.scenario, run=errand.run),
        url=url,
        final_url=url,
        scenario=errand.scenario,
        run=errand.run,
        entry=errand.page.entry,
        started=datetime.now(UTC),
        duration=0.0,
        status=VisitStatus.FAILED,
        problems=(Problem(kind=kind, message=message),),
    )
