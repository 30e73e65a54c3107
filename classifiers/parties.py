"""Whose is it: registrable domains by the Public Suffix List, and first, same-entity or third party."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from classifiers.base import Party
from crawler.suffixes import public_suffix, under_public_suffix

_BARE_HOST = re.compile(r"(?:[^/:\s\[\]]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?")


@lru_cache(maxsize=65_536)
def host_of(url_or_host: str) -> str:
    """Lower-case host without port, brackets or trailing dot; empty for `data:`, `about:` and the like."""
    text = url_or_host.strip().removeprefix("blob:")
    if "://" not in text:
        if _is_address(text):
            return text.lower()
        if not _BARE_HOST.fullmatch(text):
            return ""  # data:, about:, javascript:
        text = "//" + text
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        return ""
    host = host.strip(".").lower()
    return "" if ".." in host else host  # an empty label names nothing


def _is_address(host: str) -> bool:
    if ":" not in host and not host[-1:].isdigit():
        return False  # as good as all hosts, and an exception for each would cost more than the rest
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=65_536)
def registrable_domain(url_or_host: str) -> str:
    """What someone can register: `shop.example.co.uk` → `example.co.uk`.

    Unknown top-level names fall under the list's default rule `*`: `a.business.localhost` → `business.localhost`.
    Addresses, single labels and bare public suffixes stay as they are.
    """
    host = host_of(url_or_host)
    if not host or _is_address(host) or "." not in host:
        return host
    if public_suffix(host):
        return under_public_suffix(host) or host
    return ".".join(host.rsplit(".", 2)[-2:])


def same_site(a: str, b: str) -> bool:
    return registrable_domain(a) == registrable_domain(b)


def covers(domain: str, host: str) -> bool:
    """Whether `host` is `domain` or one of its sub-domains; `*` covers all."""
    domain = domain.removeprefix("*.").strip(".").lower()
    return domain == "*" or host == domain or host.endswith("." + domain)


@lru_cache(maxsize=65_536)
def party(host: str, *, page: str, affiliates: tuple[str, ...] = ()) -> Party:
    """Of `host` seen from the top page `page`; `affiliates` are other sites of the same company."""
    theirs, ours = registrable_domain(host), registrable_domain(page)
    if theirs == ours or not theirs:  # data: and blob: never leave the page
        return Party.FIRST
    if any(covers(affiliate, host_of(host)) for affiliate in affiliates):
        return Party.SAME_ENTITY
    return Party.THIRD


def is_loopback(url_or_host: str) -> bool:
    """Loopback hosts are secure contexts without TLS, so plain HTTP to them is no observation."""
    host = host_of(url_or_host)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback
