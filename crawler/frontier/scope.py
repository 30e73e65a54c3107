"""Which addresses belong to the audited site, and when two of them are the same page."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tldextract import TLDExtract
from w3lib.url import canonicalize_url

TRACKING_PARAMETERS = ("utm_*", "gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "mc_cid", "mc_eid")
"""Parameters that name the visitor or the campaign and never the page."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


class SkipReason(StrEnum):
    ROBOTS = "robots"
    LIMIT = "limit"
    DEPTH = "depth"
    EXCLUDED = "excluded"
    OFF_SITE = "off-site"
    STOPPED = "stopped"
    """The crawl was stopped before its turn."""


class UrlError(ValueError):
    """A start address that is none; the message says what to write."""


@cache
def site_of(host: str) -> str:
    """The registrable domain. An address or a single name is its own site."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        domain = _suffixes(host).top_domain_under_public_suffix
        # For a suffix that is not on the list its default rule `*` holds: `shop.localhost` is a site of its own.
        return domain or ".".join(host.split(".")[-2:])
    return host


def page_address(url: str) -> str:
    """The address to visit: without fragment and default port, otherwise as it was written. Raises UrlError."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UrlError(f"{url!r} is not a web address ({error}).") from error
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise UrlError(f"{url!r} is not a web address: write it in full, such as https://www.example.com/.")
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    if parts.username is not None:
        raise UrlError(f"The address of {host} carries a user name, which would stand in every report: leave it out.")
    return urlunsplit((scheme, netloc, parts.path or "/", parts.query, ""))


def same_page_key(url: str) -> str:
    """Equal for addresses of one page: order of parameters, escapes and tracking parameters do not count."""
    scheme, netloc, path, query, _ = urlsplit(canonicalize_url(page_address(url)))
    telling = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not any(fnmatchcase(name.lower(), pattern) for pattern in TRACKING_PARAMETERS)
    ]
    return urlunsplit((scheme, netloc, path, urlencode(telling), ""))


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
