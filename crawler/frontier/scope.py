"""Which addresses belong to the audited site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from crawler.suffixes import site_of


class SkipReason(StrEnum):
    ROBOTS = "robots"
    LIMIT = "limit"
    DEPTH = "depth"
    EXCLUDED = "excluded"
    OFF_SITE = "off-site"
    STOPPED = "stopped"
    """The crawl was stopped before its turn."""


def _fits(url: str, globs: Iterable[str]) -> bool:
    """A glob that begins with `/` is about path and query, any other about the whole address."""
    parts = urlsplit(url)
    local = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return any(fnmatchcase(local if glob.startswith("/") else url, glob) for glob in globs)


@dataclass(frozen=True)
class Scope:
    sites: frozenset[str]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def around(cls, urls: Iterable[str], *, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Scope:
        return cls(frozenset(site_of(urlsplit(url).hostname or "") for url in urls), include, exclude)

    def holds(self, url: str) -> bool:
        """Same site, whatever the port: cookies do not know ports either."""
        return site_of(urlsplit(url).hostname or "") in self.sites

    def objection(self, url: str) -> SkipReason | None:
        """Why the page is not to be visited; None: it is."""
        if not self.holds(url):
            return SkipReason.OFF_SITE
        if _fits(url, self.exclude) or (self.include and not _fits(url, self.include)):
            return SkipReason.EXCLUDED
        return None
