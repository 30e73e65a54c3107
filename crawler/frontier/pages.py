"""The choice of pages: breadth first and in document order, whatever answers first, so that repeats visit the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.addresses import UrlError, page_address, same_page_key
from crawler.frontier.scope import Scope, SkipReason

MAX_SITEMAPS = 50
"""Sitemap files that are read; the protocol allows an index of 50 000."""


@dataclass(frozen=True)
class Page:
    url: str
    depth: int
    entry: bool = False
    is_sitemap: bool = False
    """robots.txt or a sitemap: fetched plainly, names pages, is none."""


@dataclass
class _Node:
    page: Page
    chosen: bool = False
    links: tuple[str, ...] | None = None
    """None: not told yet."""
    sitemaps: tuple[str, ...] = ()
    final_url: str | None = None


class Pages:
    """Pages stand in a queue. A page's links join it only when those of all pages before it have joined.

    So the queue grows as if one page after another were read, and the first `max_pages` that nobody objects to are
    the same in every run, however many are visited at once.
    """

    def __init__(self, scope: Scope, *, max_pages: int, max_depth: int) -> None:
        self.scope = scope
        self.skipped: dict[str, SkipReason] = {}
        self._max_pages = max_pages
        self._max_depth = max_depth
        self._queue: list[_Node] = []
        self._joined = 0
        """Nodes before this index have had their links joined."""
        self._known: set[str] = set()
        self._nodes: dict[str, _Node] = {}
        self._places: dict[str, int] = {}
        """Page → how many were chosen before it."""
        self._also: str | None = None

    def start(self, urls: Iterable[str], *, robots: Iterable[str] = (), also: str | None = None) -> None:
        """`robots`: addresses of robots.txt files, whose sitemaps are wanted. `also`: a page to take before all links,
        however deep it lies; no start page, so that a choice made on one can be carried there."""
        self._also = also
        for url in urls:
            self._join(url, depth=0, entry=True)
        for url in robots:
            self._join_sitemap(url, at=len(self._queue))

    def tell(
        self, page: Page, links: Iterable[str] = (), *, sitemaps: Iterable[str] = (), final_url: str | None = None
    ) -> None:
        """What a chosen page links to, in document order, and where it redirected to."""
        node = self._nodes[page.url]
        node.links, node.sitemaps, node.final_url = tuple(links), tuple(sitemaps), final_url
        self._advance()

    def refuse(self, page: Page, reason: SkipReason) -> None:
        """The page may not be visited after all; another takes its place."""
        self.skipped[page.url] = reason
        self._nodes[page.url].chosen = False
        self.tell(page)

    def choose(self) -> tuple[Page, ...]:
        """Pages that may be visited now, each once."""
        room = self._max_pages - len(self.chosen)
        fresh: list[Page] = []
        for node in self._queue:
            if node.chosen or node.links is not None or not (node.page.is_sitemap or room > 0):
                continue
            node.chosen = True
            self._places[node.page.url] = len(self._places)
            room -= not node.page.is_sitemap
            fresh.append(node.page)
        return tuple(fresh)

    @property
    def chosen(self) -> tuple[Page, ...]:
        return tuple(node.page for node in self._queue if node.chosen and not node.page.is_sitemap)

    def place(self, page: Page) -> int:
        """Of a chosen page in the queue."""
        return self._places[page.url]

    @property
    def discovered(self) -> int:
        """Distinct pages of the site within include and exclude globs, visited or not."""
        unvisited = (SkipReason.ROBOTS, SkipReason.DEPTH)
        waiting_or_chosen = sum(1 for node in self._queue if not node.page.is_sitemap and not self._is_refused(node))
        return waiting_or_chosen + sum(1 for reason in self.skipped.values() if reason in unvisited)

    def left(self) -> dict[str, SkipReason]:
        """All pages that are known and were not visited, with the reason."""
        at_limit = len(self.chosen) >= self._max_pages
        left = dict(self.skipped)
        for node in self._queue:
            if node.links is None and not node.page.is_sitemap:
                left[node.page.url] = SkipReason.LIMIT if at_limit and not node.chosen else SkipReason.STOPPED
        return left

    def _is_refused(self, node: _Node) -> bool:
        return node.page.url in self.skipped

    def _advance(self) -> None:
        while self._joined < len(self._queue) and (links := self._queue[self._joined].links) is not None:
            node = self._queue[self._joined]
            self._joined += 1
            if node.final_url is not None and self.scope.holds(node.final_url):
                self._known.add(same_page_key(node.final_url))
            if self._also is not None and node.page.entry:
                self._join(self._also, depth=0)
            for number, sitemap in enumerate(node.sitemaps):
                self._join_sitemap(sitemap, at=self._joined + number)
            for link in links:
                self._join(link, depth=node.page.depth + 1)

    def _join(self, link: str, *, depth: int, entry: bool = False) -> None:
        try:
            url, key = page_address(link), same_page_key(link)
        except UrlError:
            if entry:
                raise
            return  # `mailto:`, `javascript:` and broken links name no page
        if key in self._known:
            return
        self._known.add(key)
        objection = None if entry else self.scope.objection(url)
        if objection is None and depth > self._max_depth:
            objection = SkipReason.DEPTH
        if objection is not None:
            self.skipped[url] = objection
            return
        self._nodes[url] = _Node(Page(url, depth, entry=entry))
        self._queue.append(self._nodes[url])

    def _join_sitemap(self, url: str, *, at: int) -> None:
        # Before the links of the start pages' links, because their entries count as one click away.
        is_full = sum(node.page.is_sitemap for node in self._queue) >= MAX_SITEMAPS
        if url in self._nodes or is_full or not self.scope.holds(url):
            return
        self._nodes[url] = _Node(Page(url, depth=0, is_sitemap=True))
        self._queue.insert(at, self._nodes[url])
