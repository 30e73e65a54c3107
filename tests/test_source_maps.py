"""Places in built scripts are told as places in their sources, where a map is served, and the record stays clean."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.browser.source_maps import MapUnreadable, Spot, originals
from crawler.observations import InitiatorKind
from tests.conftest import FAST, Auditor
from tests.page_server import Page, PageServer

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
PACKAGES = Path(__file__).parent.parent / "node_modules"
SCRIPT = "text/javascript"


def vlq(number: int) -> str:
    left, text = (-number << 1) | 1 if number < 0 else number << 1, ""
    while True:
        left, digit = left >> 5, left & 31
        text += DIGITS[digit | 32 if left else digit]
        if not left:
            return text


Segment = tuple[int, int, int, int]
"""Generated column, source, line and column there; all from 0."""


def written(lines: list[list[Segment]]) -> str:
    source = line = column = 0
    groups = []
    for segments in lines:
        generated, group = 0, []
        for at, from_source, from_line, from_column in segments:
            deltas = (at - generated, from_source - source, from_line - line, from_column - column)
            group.append("".join(map(vlq, deltas)))
            generated, source, line, column = at, from_source, from_line, from_column
        groups.append(",".join(group))
    return ";".join(groups)


def a_map(mappings: str, **more: object) -> bytes:
    return json.dumps({"version": 3, "sources": ["a.ts", "b.ts"], "mappings": mappings, **more}).encode()


segments = st.tuples(st.integers(0, 5000), st.integers(0, 1), st.integers(0, 9999), st.integers(0, 300))


@given(st.lists(st.lists(segments, max_size=8, unique_by=lambda one: one[0]).map(sorted), min_size=1, max_size=5))
def test_every_place_of_a_map_is_found_again(lines: list[list[Segment]]) -> None:
    names = ["https://x.test/a.ts", "https://x.test/b.ts"]
    expected = {
        Spot(number + 1, at + 1): f"{names[source]}:{line + 1}:{column + 1}"
        for number, group in enumerate(lines)
        for at, source, line, column in group
    }
    assert originals(a_map(written(lines)), expected, at="https://x.test/x.js.map") == expected


def test_a_place_belongs_to_the_segment_before_it() -> None:
    content = a_map(written([[(10, 0, 4, 2), (20, 1, 0, 0)]]), sourceRoot="webpack://shop")
    spots = [Spot(1, 5), Spot(1, 11), Spot(1, 20), Spot(1, 999), Spot(2, 11)]
    assert originals(content, spots, at="https://x.test/m/x.js.map") == {
        Spot(1, 11): "webpack://shop/a.ts:5:3",
        Spot(1, 20): "webpack://shop/a.ts:5:3",
        Spot(1, 999): "webpack://shop/b.ts:1:1",
    }


def test_servers_may_guard_their_json() -> None:
    assert originals(b")]}'\n" + a_map("AAAA"), [Spot(1, 1)], at="https://x.test/m") == {
        Spot(1, 1): "https://x.test/a.ts:1:1"
    }


@pytest.mark.parametrize(
    "content", [b"", b"<p>", b"[]", b'{"version":3}', a_map("A~AA"), a_map("A" * 2_000_001)], ids=range(6)
)
def test_what_is_no_map_says_so(content: bytes) -> None:
    with pytest.raises(MapUnreadable):
        originals(content, [Spot(1, 1)], at="https://x.test/m")


@given(st.binary())
def test_no_bytes_break_the_reader(content: bytes) -> None:
    try:
        originals(content, [Spot(1, 1)], at="https://x.test/m")
    except MapUnreadable:
        return


# --- in a visit

BUILT = "document.cookie='a=1';fetch('/sent');"
MAPPINGS = written([[(0, 0, 4, 2), (22, 1, 9, 0)]])


def sources(visited: Auditor, url: str, *, source_maps: bool = True) -> tuple[dict[str, str | None], list[str]]:
    """What the record says of the cookie and of the request, and all requested paths."""
    visit = visited.visit(url, settings=FAST.model_copy(update={"source_maps": source_maps})).visit
    told = {
        one.kind.value: one.initiator.stack[0].source
        for one in (*visit.cookies, *visit.requests)
        if one.initiator is not None and one.initiator.kind is InitiatorKind.SCRIPT
    }
    return told, [one.url for one in visit.requests]


@pytest.mark.browser
@pytest.mark.parametrize("how", ["comment", "header", "inside"])
def test_a_call_is_told_with_its_place_in_the_sources(audited: Auditor, pages: PageServer, how: str) -> None:
    inside = "data:application/json;base64," + base64.b64encode(a_map(MAPPINGS)).decode()
    comment = {
        "comment": "\n//# sourceMappingURL=maps/t.js.map",
        "header": "",
        "inside": f"\n//# sourceMappingURL={inside}",
    }
    header = (("SourceMap", "/maps/t.js.map"),) if how == "header" else ()
    pages.page("site", "/", "<!doctype html><script src=/t.js></script>")
    pages.page("site", "/t.js", Page(BUILT + comment[how], SCRIPT, headers=header))
    pages.page("site", "/maps/t.js.map", Page(a_map(MAPPINGS), "application/json"))
    told, requested = sources(audited, pages.url("site"))
    folder = pages.url("site", "/" if how == "inside" else "/maps/")
    assert told == {"cookie": f"{folder}a.ts:5:3", "request": f"{folder}b.ts:10:1"}
    assert not [url for url in requested if "maps" in url]
    pages.got.clear()
    told, _ = sources(audited, pages.url("site"), source_maps=False)
    assert set(told.values()) == {None}
    assert not [got for got in pages.got if "maps" in got.path]


@pytest.mark.browser
def test_a_map_that_is_not_there_changes_nothing(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<!doctype html><script src=/t.js></script>")
    pages.page("site", "/t.js", Page(BUILT + "\n//# sourceMappingURL=gone.map", SCRIPT))
    told, _ = sources(audited, pages.url("site"))
    assert told == {"cookie": None, "request": None}


@pytest.mark.browser
def test_the_map_of_a_real_library_names_its_sources(audited: Auditor, pages: PageServer) -> None:
    folder = PACKAGES / "@segment/analytics-next/dist/umd"
    load = "AnalyticsNext.AnalyticsBrowser.load({ writeKey: 'key', cdnURL: location.origin })"
    pages.page("site", "/", f"<!doctype html><script src=/index.js></script><script>{load}</script>")
    for name in ("index.js", "index.js.map"):
        pages.page("site", f"/{name}", Page((folder / name).read_bytes(), SCRIPT))
    visit = audited.visit(pages.url("site")).visit
    asked = next(one for one in visit.requests if "/settings" in one.url)
    assert asked.initiator is not None
    mapped = [frame.source for frame in asked.initiator.stack if frame.source]
    assert any(source.partition(":")[2].rsplit("/", 1)[-1].split(":")[0].endswith((".ts", ".js")) for source in mapped)
