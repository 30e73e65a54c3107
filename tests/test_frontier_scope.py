"""Scope: what belongs to the audited site, and which addresses are the same page."""

from __future__ import annotations

import pytest

from crawler.addresses import UrlError, page_address, same_page_key
from crawler.frontier.scope import Scope, SkipReason
from crawler.suffixes import site_of


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("bbc.co.uk", "bbc.co.uk"),
        ("shop.github.io", "shop.github.io"),
        ("www.shop.localhost", "shop.localhost"),
        ("shop.localhost", "shop.localhost"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("WWW.Example.COM.", "example.com"),
    ],
)
def test_a_host_belongs_to_its_registrable_domain(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(
    ("written", "visited"),
    [
        ("HTTP://Example.com:80/a#top", "http://example.com/a"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com:8443/?b=2&a=1", "https://example.com:8443/?b=2&a=1"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("https://example.com/?utm_source=mail", "https://example.com/?utm_source=mail"),
    ],
)
def test_an_address_is_visited_as_written_but_for_fragment_and_default_port(written: str, visited: str) -> None:
    assert page_address(written) == visited


@pytest.mark.parametrize(
    "wrong", ["example.com", "ftp://example.com/", "", "https://", "http://[::1", "http://x:99999/", "https://u:p@x.y/"]
)
def test_what_is_no_address_is_told_with_what_to_write(wrong: str) -> None:
    with pytest.raises(UrlError, match=r"web address|user name"):
        page_address(wrong)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://x.org/a?b=1&a=2", "https://x.org/a?a=2&b=1", True),
        ("https://x.org/a#top", "https://x.org/a", True),
        ("https://x.org/a?utm_source=mail&gclid=7", "https://x.org/a", True),
        ("https://x.org/%7Ea", "https://x.org/~a", True),
        ("https://x.org/a?id=1", "https://x.org/a?id=2", False),
        ("https://x.org/a", "https://x.org/a/", False),
        ("https://x.org/a?q=", "https://x.org/a", False),
    ],
)
def test_addresses_of_one_page_are_known_as_such(one: str, other: str, same: bool) -> None:
    assert (same_page_key(one) == same_page_key(other)) is same


@pytest.mark.parametrize(
    ("url", "objection"),
    [
        ("http://shop.localhost:8000/products/1", None),
        ("http://www.shop.localhost:9000/products/1", None),
        ("http://shop.localhost:8000/products/private/1", SkipReason.EXCLUDED),
        ("http://shop.localhost:8000/about", SkipReason.EXCLUDED),
        ("http://other.localhost:8000/products/1", SkipReason.OFF_SITE),
    ],
)
def test_scope_is_the_site_whatever_the_port_narrowed_by_globs(url: str, objection: SkipReason | None) -> None:
    scope = Scope.around(["http://shop.localhost:8000/"], include=("/products/*",), exclude=("*/private/*",))
    assert scope.objection(url) is objection
