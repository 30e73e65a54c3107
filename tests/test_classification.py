"""Labels: who decides, what the shape of a value tells, and how sure that is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

import pytest

import classifiers
from classifiers.base import Label, Party, Purpose, Vote
from classifiers.by_shape import ByShape, looks_like_identifier
from classifiers.declared import DeclarationIndex
from classifiers.label import TRACKER_SHARE, Labeller, cascade
from classifiers.vendors import Catalogue
from crawler.observations import AnySighting, ValueDigest
from tests.rule_cases import PAGE, ShortCookie, ShortRequest, ShortVisit, whole_visit

COOKIE = whole_visit(ShortVisit(cookies=(ShortCookie(name="x", value="uuid"),))).cookies[0]


class Says:
    """A source with one opinion."""

    def __init__(self, name: str, purpose: Purpose | None, *, confidence: float = 0.0) -> None:
        self.name, self._purpose, self._confidence = name, purpose, confidence

    def classify(self, sighting: AnySighting) -> Label | None:
        del sighting
        if self._purpose is None:
            return None
        tracks = self._purpose in (Purpose.ANALYTICS, Purpose.ADVERTISING)
        return Label(
            purpose=self._purpose,
            party=Party.FIRST,
            votes=(Vote(source=self.name, tracker=tracks, evidence="e"),),
            reason=f"{self.name} knows it.",
            source=f"{self.name}:x",
            confidence=self._confidence,
        )


def label(*sources: Says) -> Label:
    chain: Sequence[Says | ByShape] = [*sources, ByShape()]
    return Labeller(chain).label(COOKIE, page=PAGE)


def test_the_first_source_that_knows_decides() -> None:
    decided = label(Says("a", None), Says("b", Purpose.ANALYTICS), Says("c", Purpose.ADVERTISING))
    assert decided.purpose is Purpose.ANALYTICS
    assert decided.source == "b:x"
    assert "c:x says advertising" in decided.reason
    assert [vote.source for vote in decided.votes] == ["b", "c"]


def test_the_unknown_stays_unclassified() -> None:
    unknown = label(Says("a", None))
    assert unknown.purpose is Purpose.UNCLASSIFIED
    assert unknown.confidence == 0
    assert unknown.identifier
    assert "looks like an identifier" in unknown.reason


@pytest.mark.parametrize("trackers", [1, 2, 3, 4])
def test_confidence_is_the_measured_share_for_the_number_of_votes(trackers: int) -> None:
    sources = [Says(str(n), Purpose.ANALYTICS) for n in range(trackers)]
    assert label(*sources).confidence == TRACKER_SHARE[min(trackers, 3)]


def test_disagreement_lowers_the_confidence_and_never_raises_it() -> None:
    alone = label(Says("a", Purpose.FUNCTIONAL, confidence=0.9))
    disputed = label(Says("a", Purpose.FUNCTIONAL, confidence=0.9), Says("b", Purpose.ADVERTISING))
    assert alone.confidence == 0.9
    assert disputed.confidence < alone.confidence


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (ValueDigest(digest="d", length=36, shape="uuid"), True),
        (ValueDigest(digest="d", length=32, shape="hex"), True),
        (ValueDigest(digest="d", length=6, shape="hex"), False),
        (ValueDigest(digest="d", length=10, shape="timestamp", tokens=("t",)), False),
        (ValueDigest(digest="d", length=30, shape="text", tokens=("t",)), True),
        (ValueDigest(digest="d", length=30, shape="text"), False),
        (ValueDigest(digest="d", length=5, shape="word"), False),
        (None, False),
    ],
)
def test_what_looks_like_an_identifier(value: ValueDigest | None, *, is_one: bool) -> None:
    assert looks_like_identifier(value) is is_one


def test_party_is_seen_from_the_top_page() -> None:
    visit = whole_visit(ShortVisit(requests=(ShortRequest(url="https://frame.other.example/x"),)))
    assert Labeller([ByShape()]).label(visit.requests[0], page=PAGE).party is Party.THIRD
    assert Labeller([ByShape()]).label(visit.requests[0], page="https://other.example/").party is Party.FIRST


def test_the_cascade_holds_every_classifier_of_the_folder() -> None:
    modules = {info.name for info in pkgutil.iter_modules(classifiers.__path__) if info.name.startswith("by_")}
    chain = cascade(DeclarationIndex(None), Catalogue({}, digest="-"), affiliates=())
    assert {type(source).__module__.rpartition(".")[2] for source in chain} == modules
    for module in modules:
        importlib.import_module(f"classifiers.{module}")
    assert (chain[0].name, chain[-1].name) == ("declaration", "shape")
