"""Flash in pages: where it is embedded, what arrives, and what a player keeps."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from crawler.browser import ruffle
from crawler.browser.ruffle_files import FOLDER
from crawler.observations import Consent, Operation, StorageArea, StorageSighting
from crawler.scenarios import SCENARIOS
from crawler.visits import ChannelState, Visit, VisitStatus
from tests.conftest import Auditor
from tests.page_server import Page, PageServer
from tests.test_flash_files import entry0, sol

pytestmark = pytest.mark.browser

FILM = (Path(__file__).parent.parent / "fixtures" / "flash" / "lso.swf").read_bytes()
SWF = "application/x-shockwave-flash"


def flash(visit: Visit) -> list[tuple[str, str]]:
    return [(one.what, one.url) for one in visit.markup if one.what.startswith("flash")]


def objects(visit: Visit) -> list[StorageSighting]:
    return [one for one in visit.storage if one.area is StorageArea.FLASH_LSO]


def channels(visit: Visit) -> dict[str, str]:
    return {channel.name: channel.state.value for channel in visit.channels if channel.name.startswith("flash")}


def test_a_page_without_flash_says_that_it_was_looked_for(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", Page("<p>object embed swf</p><object data='/a.pdf' type='application/pdf'></object>"))
    visit = audited.visit(pages.url("site")).visit
    assert flash(visit) == []
    assert channels(visit)["flash.markup"] == "live"


def test_markup_is_found_in_every_frame_however_it_came_there(audited: Auditor, pages: PageServer) -> None:
    pages.page(
        "site",
        "/",
        Page(
            "<object data='/own.swf'></object><div id=d></div><iframe src='http://other.localhost:PORT/'></iframe>"
            """<iframe srcdoc="<embed src='/srcdoc.swf'>"></iframe><script>
            const short = document.createElement('embed'); short.src = '/gone' + '.swf?x=1';
            document.body.append(short); short.remove();
            document.getElementById('d').innerHTML = '<p><object type=application/x-shockwave-flash>'
              + '<param name=movie value="/late' + '.sw' + 'f"></object></p>';</script>"""
        ),
    )
    pages.page("other", "/", Page("<embed src='/theirs.swf'>"))
    visit = audited.visit(pages.url("site")).visit
    site, other = pages.url("site"), pages.url("other")
    assert set(flash(visit)) == {
        ("flash_object", f"{site}own.swf"),
        ("flash_embed", f"{site}srcdoc.swf"),
        ("flash_embed", f"{site}gone.swf?x=1"),
        ("flash_object", f"{site}late.swf"),
        ("flash_embed", f"{other}theirs.swf"),
    }
    frames = {one.url: one.frame for one in visit.markup}
    assert frames[f"{other}theirs.swf"] == other


def test_markup_is_found_where_scripts_are_off(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", Page("<noscript><embed src='/a.swf'></noscript>"))
    visit = audited.visit(pages.url("site"), SCENARIOS["script-off"]).visit
    assert flash(visit) == [("flash_embed", pages.url("site", "/a.swf"))]


def test_a_program_is_known_by_its_first_bytes_and_read_without_running(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", Page("<script>fetch('/banner'); fetch('/fake.swf')</script>"))
    pages.page("site", "/banner", Page(FILM, "application/octet-stream"))
    pages.page("site", "/fake.swf", Page("<p>not found"))
    visit = audited.visit(pages.url("site")).visit
    told = [(one.what, one.excerpt) for one in visit.markup if one.what.startswith("flash") and "banner" in one.url]
    assert told[:2] == [
        ("flash_file", f"Flash 13, {len(FILM)} bytes, ActionScript 3"),
        ("flash_shared_object", 'SharedObject.getLocal("tracker_id", "/")'),
    ]
    assert not [one for one in visit.markup if one.what == "flash_file" and "fake" in one.url]


# --- played

PAGE = """<object width=10 height=10 type="application/x-shockwave-flash" data="http://cdn.localhost:PORT/a/lso.swf">
<param name=flashvars value="site=a&tell=http://told.localhost:PORT/b"></object>
<script>localStorage.own = '1'</script>"""


@pytest.fixture
def embedding(pages: PageServer) -> PageServer:
    policy = (("Content-Security-Policy", "script-src 'unsafe-inline'; connect-src 'none'; object-src 'none'"),)
    pages.page("site", "/", Page(PAGE, headers=policy))
    pages.page("cdn", "/a/lso.swf", Page(FILM, SWF))
    pages.page("told", "/b", Page("ok"))
    return pages


@pytest.mark.slow
@pytest.mark.skipif(not (FOLDER / "ruffle.js").is_file(), reason="Ruffle is fetched by `make setup`")
def test_films_are_played_apart_from_the_record(audited: Auditor, embedding: PageServer) -> None:
    visit = audited.visit(embedding.url("site")).visit
    film, cdn = embedding.url("cdn", "/a/lso.swf"), embedding.url("cdn", "")
    lso = next(channel for channel in visit.channels if channel.name == "flash.lso")
    assert (lso.state, lso.note) == (ChannelState.LIVE, "1 Flash films were played by Ruffle in a second look")
    written = {(one.container, one.key): one for one in objects(visit)}
    assert set(written) == {
        *(("cdn.localhost//tracker_id", name) for name in ("uid", "count", "when", "nested")),
        ("cdn.localhost/a/lso.swf/settings", "volume"),
        ("cdn.localhost//named_a", "seen"),
    }
    uid = written["cdn.localhost//tracker_id", "uid"]
    assert (uid.origin, uid.consent, uid.operation) == (cdn, Consent.UNDECIDED, Operation.WRITE)
    assert uid.initiator is not None
    assert uid.initiator.url == film
    assert uid.seen_in[0] == "ruffle"
    assert uid.value is not None
    assert uid.value.length == len("abc-123-evercookie")
    asked = [one.url for one in visit.markup if one.what == "flash_request"]
    assert asked == [embedding.url("told", "/b?uid=abc-123-evercookie")]
    # The page's own doings are in the record once, although it was loaded twice.
    assert [one.key for one in visit.storage if one.area is StorageArea.LOCAL] == ["own"]
    assert [one.url for one in visit.requests if one.resource_type == "document"] == [visit.url]
    assert not [one for one in visit.requests if "127.0.0.1" in one.url or "told" in one.url]


def test_films_that_cannot_be_played_are_read(
    audited: Auditor, embedding: PageServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ruffle, "FOLDER", tmp_path)
    visit = audited.visit(embedding.url("site")).visit
    assert visit.status is VisitStatus.COMPLETE
    assert objects(visit) == []
    calls = [one.excerpt for one in visit.markup if one.what == "flash_shared_object"]
    assert calls[0] == 'SharedObject.getLocal("tracker_id", "/")'
    lso = next(channel for channel in visit.channels if channel.name == "flash.lso")
    assert lso.state is ChannelState.UNTESTED
    assert "Ruffle is not there" in (lso.note or "")


def test_films_that_are_gone_are_not_waited_for(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", Page("<embed src='/gone.swf'>"))
    visit = audited.visit(pages.url("site")).visit
    assert flash(visit) == [("flash_embed", pages.url("site", "/gone.swf"))]
    lso = next(channel for channel in visit.channels if channel.name == "flash.lso")
    assert lso.note == "None of the Flash films that the page names is there"
    assert [got.path for got in pages.got if got.path == "/"] == ["/"]


def test_a_player_of_the_page_itself_is_no_secret(audited: Auditor, pages: PageServer) -> None:
    kept = base64.b64encode(sol(entry0("uid", b"\x02\0\x07abc-123"))).decode()
    pages.page("site", "/", Page(f"<script>localStorage['cdn.example//t'] = {kept!r}; localStorage.x = 'AL8'</script>"))
    (one,) = objects(audited.visit(pages.url("site")).visit)
    assert (one.container, one.key, one.phase) == ("cdn.example//t", "uid", "open")
    assert (one.origin, one.seen_in) == ("http://cdn.example", ("ruffle", "hook", "dom_storage"))
