"""The labelled set and what the catalogue makes of it: large enough, split by vendor, and no worse than measured."""

from __future__ import annotations

import pytest

from classifiers.base import Label, Party, Purpose
from classifiers.lists.loaded import Lists
from classifiers.vendors import packaged
from tests.accuracy import Item, Judged, Split, figures, judge, labelled, trackers_named


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return labelled()


@pytest.fixture(scope="module")
def judged(items: list[Item]) -> list[Judged]:
    return judge(items, catalogue=packaged(), lists=Lists())


def test_it_is_as_large_as_it_claims(items: list[Item]) -> None:
    kinds = [item.kind for item in items]
    assert kinds.count("cookie") >= 300
    assert kinds.count("storage") >= 100
    assert kinds.count("request") >= 300
    assert len({(item.kind, item.name, item.row.host) for item in items}) > 0.98 * len(items)


def test_a_vendor_is_in_one_half_only_and_the_halves_are_alike(items: list[Item]) -> None:
    halves = {split: {item.row.vendor for item in items if item.row.split is split} for split in Split}
    assert halves[Split.TUNE].isdisjoint(halves[Split.TEST])
    assert 0.8 < len(halves[Split.TUNE]) / len(halves[Split.TEST]) < 1.25


@pytest.mark.parametrize("split", list(Split))
def test_the_catalogue_alone_is_right_where_it_answers(judged: list[Judged], split: Split) -> None:
    made = figures([one for one in judged if one.item.row.split is split])
    assert made.accuracy >= 0.90
    assert made.coverage >= 0.90


def test_known_tracking_requests_are_named_with_their_vendor(judged: list[Judged]) -> None:
    assert trackers_named(judged) >= 0.95


def test_an_abstention_is_no_answer_and_a_wrong_name_is_not_named(items: list[Item]) -> None:
    item = next(item for item in items if item.row.company == "Hotjar")
    blank = Label(purpose=Purpose.UNCLASSIFIED, party=Party.FIRST, reason="", source="shape", confidence=0.0)
    silent = Judged(item, blank)
    wrong = Judged(item, blank.model_copy(update={"purpose": Purpose.ADVERTISING, "vendor": "Someone else"}))
    right = Judged(item, blank.model_copy(update={"purpose": item.purpose, "vendor": "Hotjar"}))
    assert figures([silent, wrong, right]) == (3, 2, 1, 1)


def test_most_labels_rest_on_a_page_that_was_read(items: list[Item]) -> None:
    for kind in ("cookie", "storage", "request"):
        pages = [item.row.page for item in items if item.kind == kind]
        assert sum(page is not None for page in pages) > len(pages) / 2
        assert all(page.startswith(("https://", "http://")) and " " not in page for page in pages if page)
