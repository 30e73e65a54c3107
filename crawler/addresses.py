"""Addresses of pages: how they are written, and when two of them are the same page."""

from __future__ import annotations

from fnmatch import fnmatchcase
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

TRACKING_PARAMETERS = ("utm_*", "gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "mc_cid", "mc_eid")
"""Parameters that name the visitor or the campaign and never the page."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


class UrlError(ValueError):
    """A start address that is none; the message says what to write."""


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
    from w3lib.url import canonicalize_url  # only a crawl needs it, and whoever reads a configuration imports this

    scheme, netloc, path, query, _ = urlsplit(canonicalize_url(page_address(url)))
    telling = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not any(fnmatchcase(name.lower(), pattern) for pattern in TRACKING_PARAMETERS)
    ]
    return urlunsplit((scheme, netloc, path, urlencode(telling), ""))
