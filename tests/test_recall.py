"""What `make recall` and `make demo` compare: a perfect recording is whole, and each lack of it is told."""

from __future__ import annotations

from crawler.visits import Visit
from tests.perfect_recording import recording
from tests.recall import compare
from tests.truth import Truth

TRUTH = Truth.load()
PERFECT: tuple[Visit, ...] = tuple(recording(TRUTH)[1])


def test_a_perfect_recording_lacks_nothing() -> None:
    tallies = compare(TRUTH, list(PERFECT), repeats=1)
    assert sum(tally.done for tally in tallies.values()) > 200
    assert all(tally.recorded == tally.done and not tally.missing and not tally.invented for tally in tallies.values())


def test_channels_are_told_apart() -> None:
    names = set(compare(TRUTH, list(PERFECT), repeats=1))
    assert {"cookie, first-party, by script", "cookie, third-party, by header", "storage, indexed_db"} <= names


def test_a_cookie_that_was_not_recorded_is_missing() -> None:
    at = next(place for place, visit in enumerate(PERFECT) if visit.cookies)
    poorer = PERFECT[at].model_copy(update={"cookies": PERFECT[at].cookies[1:]})
    tallies = compare(TRUTH, [*PERFECT[:at], poorer, *PERFECT[at + 1 :]], repeats=1)
    assert sum(tally.missing.total() for tally in tallies.values()) == 1


def test_a_request_that_was_never_made_is_invented() -> None:
    at = next(place for place, visit in enumerate(PERFECT) if visit.requests)
    ghost = PERFECT[at].requests[0].model_copy(update={"url": "http://ghost.localhost/"})
    richer = PERFECT[at].model_copy(update={"requests": (*PERFECT[at].requests, ghost)})
    tallies = compare(TRUTH, [*PERFECT[:at], richer, *PERFECT[at + 1 :]], repeats=1)
    assert sum(tally.invented.total() for tally in tallies.values()) == 1


def test_a_visit_that_was_not_made_has_recorded_nothing() -> None:
    gone = PERFECT[0]
    tallies = compare(TRUTH, list(PERFECT[1:]), repeats=1)
    missing = sum(tally.missing.total() for tally in tallies.values())
    assert missing >= len(gone.requests) > 0
    assert sum(tally.missing.total() for tally in compare(TRUTH, list(PERFECT), repeats=2).values()) > missing
