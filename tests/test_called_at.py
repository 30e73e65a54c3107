"""The place of a call: as served, and in the original sources where a source map told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.called_at import called_at, original, served_at
from crawler.observations import CallFrame


def frame(source: str | None, *, function: str = "") -> CallFrame:
    return CallFrame(function=function, url="https://shop.example/app.min.js", line=1, column=4312, source=source)


def test_the_original_place_comes_first_and_the_served_one_beside_it() -> None:
    mapped = frame("webpack://shop/./src/tracking.ts:12:3", function="send")
    assert called_at(mapped) == "src/tracking.ts:12 (https://shop.example/app.min.js:1:4312)"
    assert called_at(mapped, named=True) == "src/tracking.ts:12 send() (https://shop.example/app.min.js:1:4312)"
    assert called_at(frame(None, function="send"), named=True) == "https://shop.example/app.min.js:1 send()"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("webpack://shop/./src/track.ts:10:4", "src/track.ts:10"),
        ("webpack:///./src/App.vue?a1b2:10:4", "src/App.vue:10"),
        ("webpack:///src/a.ts:3:1", "src/a.ts:3"),
        ("https://shop.example/maps/a.ts:5:3", "maps/a.ts:5"),
        ("../src/a.ts:1:2", "../src/a.ts:1"),
        ("x://[/:1:2", "x:/[:1"),
        ("no place at all", "no place at all"),
    ],
)
def test_bundlers_write_paths_in_ways_that_people_do_not(source: str, told: str) -> None:
    assert original(source) == told


@given(st.text(max_size=400))
def test_no_map_makes_a_place_too_long_or_breaks_it(path: str) -> None:
    assert len(original(f"{path}:1:1")) <= 130


@given(
    st.sampled_from(["src/a b.ts:4:1", "webpack://x/src/(group)/page.tsx:9:9"]), st.sampled_from(["", "send", "a.b"])
)
def test_a_link_is_taken_apart_as_it_was_put_together(source: str, function: str) -> None:
    first, served = served_at(called_at(frame(source, function=function), named=True))
    assert served == "https://shop.example/app.min.js:1:4312"
    assert first == f"{original(source)}{f' {function}()' if function else ''}"


@pytest.mark.parametrize(
    "link",
    ["https://a.example/gtm.js (Google Tag Manager)", "https://a.example/ (page)", "https://a.example/a.js:12 f()"],
)
def test_a_link_without_a_map_stays_whole(link: str) -> None:
    assert served_at(link) == ("", link)
