"""The choice of pages: the same pages in every run, whatever answers first."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.addresses import UrlError
from crawler.frontier.pages import Page, Pages
from crawler.frontier.scope import Scope, SkipReason

SITE = "http://shop.localhost/"


def pages_of(max_pages: int = 10, max_depth: int = 3, **scope: tuple[str, ...]) -> Pages:
    return Pages(Scope.around([SITE], **scope), max_pages=max_pages, max_depth=max_depth)


def crawled(
    links: Mapping[str, list[str]], *, forbidden: frozenset[str] = frozenset(), max_pages: int, seed: int
) -> tuple[list[str], dict[str, SkipReason], int]:
    """Reads a site whose pages answer in random order."""
    random, pages, waiting = Random(seed), pages_of(max_pages), list[Page]()
    pages.start([SITE])
    while waiting or (fresh := pages.choose()):
        waiting += pages.choose() if waiting else fresh
        page = waiting.pop(random.randrange(len(waiting)))
        path = page.url.removeprefix(SITE)
        if path in forbidden:
            pages.refuse(page, SkipReason.ROBOTS)
        else:
            pages.tell(page, [SITE + link for link in links.get(path, [])])
    return [page.url.removeprefix(SITE) for page in pages.chosen], pages.left(), pages.discovered


names = st.sampled_from("abcdefghijkl")


@given(
    links=st.dictionaries(st.one_of(st.just(""), names), st.lists(names, max_size=5)),
    forbidden=st.frozensets(names, max_size=4),
    max_pages=st.integers(1, 8),
    seeds=st.tuples(st.integers(), st.integers()),
)
def test_the_same_pages_are_chosen_whatever_answers_first(
    links: dict[str, list[str]], forbidden: frozenset[str], max_pages: int, seeds: tuple[int, int]
) -> None:
    one, other = (crawled(links, forbidden=forbidden, max_pages=max_pages, seed=seed) for seed in seeds)
    assert one[0] == other[0]
    assert len(one[0]) <= max_pages
    assert not forbidden & set(one[0])


def test_pages_are_taken_breadth_first_in_document_order() -> None:
    links = {"": ["b", "a"], "b": ["b1"], "a": ["a1"], "b1": ["deep"]}
    assert crawled(links, max_pages=10, seed=1)[0] == ["", "b", "a", "b1", "a1", "deep"]


def test_the_limit_counts_pages_and_tells_those_left_out() -> None:
    chosen, left, discovered = crawled({"": ["a", "b", "c"]}, max_pages=2, seed=1)
    assert chosen == ["", "a"]
    assert left == {SITE + "b": SkipReason.LIMIT, SITE + "c": SkipReason.LIMIT}
    assert discovered == 4


def test_a_disallowed_page_makes_room_for_the_next() -> None:
    chosen, left, discovered = crawled({"": ["a", "b", "c"]}, forbidden=frozenset("a"), max_pages=2, seed=1)
    assert chosen == ["", "b"]
    assert left == {SITE + "a": SkipReason.ROBOTS, SITE + "c": SkipReason.LIMIT}
    assert discovered == 4


def test_links_out_of_scope_are_told_and_never_chosen() -> None:
    pages = pages_of(max_depth=1, exclude=("/private/*",))
    pages.start([SITE])
    [start] = pages.choose()
    elsewhere, private = "http://other.localhost/", SITE + "private/x"
    pages.tell(start, [elsewhere, private, SITE + "a", "mailto:me@shop.localhost", "javascript:void(0)", SITE + "a#x"])
    [page] = pages.choose()
    pages.tell(page, [SITE + "too-deep"])
    assert page.url == SITE + "a"
    assert pages.choose() == ()
    assert pages.left() == {
        elsewhere: SkipReason.OFF_SITE,
        private: SkipReason.EXCLUDED,
        SITE + "too-deep": SkipReason.DEPTH,
    }


def test_pages_of_a_sitemap_come_after_the_links_of_start_pages_and_before_deeper_ones() -> None:
    pages = pages_of()
    pages.start([SITE], robots=[SITE + "robots.txt"])
    start, robots = pages.choose()
    pages.tell(robots, sitemaps=[SITE + "one.xml", SITE + "two.xml"])
    assert pages.choose() == ()  # the start page stands before robots.txt and has not told its links
    pages.tell(start, [SITE + "linked"])
    one, two, linked = pages.choose()
    assert (one.is_sitemap, two.is_sitemap, linked.url) == (True, True, SITE + "linked")
    pages.tell(linked, [SITE + "deeper"])
    pages.tell(two, [SITE + "from-two"])
    pages.tell(one, [SITE + "from-one", SITE + "linked"])
    assert [page.url.removeprefix(SITE) for page in (*pages.choose(), *pages.chosen[:2])] == [
        "from-one",
        "from-two",
        "deeper",
        "",
        "linked",
    ]


def test_a_page_reached_by_redirect_is_not_visited_again() -> None:
    pages = pages_of()
    pages.start([SITE])
    [start] = pages.choose()
    pages.tell(start, [SITE + "home", SITE + "a"], final_url=SITE + "home?utm_source=redirect")
    assert [page.url for page in pages.choose()] == [SITE + "a"]


def test_what_was_under_way_at_a_stop_is_told_as_stopped() -> None:
    pages = pages_of()
    pages.start([SITE])
    [start] = pages.choose()
    pages.tell(start, [SITE + "a"])
    pages.choose()
    assert pages.left() == {SITE + "a": SkipReason.STOPPED}


def test_a_start_address_must_be_one() -> None:
    with pytest.raises(UrlError):
        pages_of().start(["example.com"])
