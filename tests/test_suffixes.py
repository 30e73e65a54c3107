"""Our look-up in the Public Suffix List beside tldextract's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tldextract import TLDExtract

from crawler import suffixes
from crawler.suffixes import public_suffix, under_public_suffix

THEIRS = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
LABELS = st.sampled_from(
    ["a", "www", "city", "co", "com", "xn--p1ai", "github", "io", "ck", "kawasaki", "jp", "localhost"]
)
PAST_A_GAP = ("ex.futurecms.at", "in.futurecms.at")
"""Names below `*.futurecms.at` with a wildcard of their own: tldextract leaves the first wildcard out for them."""


def test_every_rule_of_the_list_is_read_as_tldextract_reads_it() -> None:
    wrong = []
    for rule in THEIRS.tlds:
        name = rule.removeprefix("!").replace("*", "any")
        for host in (name, f"one.{name}", f"a.one.{name}"):
            theirs = THEIRS.extract_str(host)
            ours = (public_suffix(host), under_public_suffix(host))
            if ours != (theirs.suffix, theirs.top_domain_under_public_suffix):
                wrong.append((host, ours, theirs))
    assert len(THEIRS.tlds) > 9_000
    assert not [row for row in wrong if row[0] not in PAST_A_GAP], wrong[:5]


@given(st.lists(LABELS, min_size=1, max_size=5).map(".".join))
def test_any_host_is_read_as_tldextract_reads_it(host: str) -> None:
    theirs = THEIRS.extract_str(host)
    assert (public_suffix(host), under_public_suffix(host)) == (theirs.suffix, theirs.top_domain_under_public_suffix)


@pytest.mark.parametrize(
    ("host", "suffix", "registered"),
    [
        ("shop.example.co.uk", "co.uk", "example.co.uk"),
        ("a.user.github.io", "github.io", "user.github.io"),
        ("co.uk", "co.uk", ""),
        ("a.city.kawasaki.jp", "kawasaki.jp", "city.kawasaki.jp"),
        ("a.b.other.kawasaki.jp", "other.kawasaki.jp", "b.other.kawasaki.jp"),
        ("www.xn--e1afmkfd.xn--p1ai", "xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("www.пример.рф", "рф", "пример.рф"),
        ("www\u3002example\u3002com", "com", "example.com"),
        ("a.business.localhost", "", ""),
    ],
)
def test_suffix_and_what_is_registered_below_it(host: str, suffix: str, registered: str) -> None:
    assert (public_suffix(host), under_public_suffix(host)) == (suffix, registered)


def test_a_list_that_was_moved_is_asked_for_where_tldextract_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = suffixes._rules()
    suffixes._rules.cache_clear()
    monkeypatch.setattr(suffixes, "_SNAPSHOT", "moved")
    try:
        assert suffixes._rules() == usual
    finally:
        suffixes._rules.cache_clear()
