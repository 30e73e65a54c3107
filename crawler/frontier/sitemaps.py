"""Reads robots.txt and sitemaps: plain, gzipped, and indexes of sitemaps."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response
from scrapy.utils.gz import gunzip, gzip_magic_number
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots

MAX_SIZE = 50 * 2**20
"""Bytes unpacked: the limit of the sitemap protocol (sitemaps.org)."""


@dataclass(frozen=True)
class Named:
    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def robots_address(url: str) -> str:
    return urljoin(url, "/robots.txt")


def is_robots(url: str) -> bool:
    return urlsplit(url).path == "/robots.txt"


def sitemaps_without_robots(robots_url: str) -> Named:
    """Where a sitemap stands when robots.txt names none."""
    return Named(sitemaps=(urljoin(robots_url, "/sitemap.xml"),))


def read(response: Response) -> Named:
    """Raises ValueError when it is no sitemap."""
    if is_robots(response.url):
        named = tuple(sitemap_urls_from_robots(response.body, base_url=response.url))
        return Named(sitemaps=named) if named else sitemaps_without_robots(response.url)
    try:
        packed = gzip_magic_number(response)
        sitemap = Sitemap(gunzip(response.body, max_size=MAX_SIZE) if packed else response.body)
        places = tuple(urljoin(response.url, entry["loc"]) for entry in sitemap)
    except (SyntaxError, OSError, EOFError, StopIteration) as error:  # lxml's own is a SyntaxError
        raise ValueError(f"{response.url}: is not a sitemap ({error}).") from error
    if sitemap.type == "sitemapindex":
        return Named(sitemaps=places)
    if sitemap.type == "urlset":
        return Named(pages=places)
    raise ValueError(f"{response.url}: is not a sitemap (its root element is {sitemap.type!r}).")
