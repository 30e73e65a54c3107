"""What travels with a Scrapy request and its response: the question asked, and the visit that answers it."""

from __future__ import annotations

from dataclasses import dataclass

from scrapy import Request
from scrapy.http import HtmlResponse, Response

from crawler.frontier.pages import Page
from crawler.visits import Visit

_ERRAND, _VISIT = "errand", "visit"


@dataclass(frozen=True)
class Errand:
    """One page under one scenario, once."""

    page: Page
    scenario: str
    run: int

    def request(self, *, priority: int) -> Request:
        # Verbatim: the browser, not Scrapy, decides how the address is escaped.
        return Request(self.page.url, meta={_ERRAND: self, "verbatim_url": True}, priority=priority)

    def response(self, request: Request, visit: Visit, html: str) -> HtmlResponse:
        """Always a 200, since the visit was made: how the site answered is in the visit."""
        request.meta[_VISIT] = visit
        return HtmlResponse(visit.final_url or self.page.url, body=html, encoding="utf-8", request=request)


def errand_of(request: Request) -> Errand | None:
    """None: a plain request, for robots.txt or a sitemap."""
    return request.meta.get(_ERRAND)


def visit_of(response: Response) -> Visit:
    visit: Visit = response.meta[_VISIT]
    return visit
