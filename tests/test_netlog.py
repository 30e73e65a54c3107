"""The browser's network log as a witness: cookies that DevTools does not show have a record with their address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from crawler.browser.netlog import NetLog
from crawler.observations import CookieWitness, InitiatorKind, Operation
from crawler.settings import BrowserSettings
from crawler.visits import ChannelState, VisitStatus
from tests.conftest import Auditor, auditing
from tests.page_server import Page, PageServer

SCRIPT = "text/javascript"
TYPES = {
    "COOKIE_STORE_COOKIE_ADDED": 1,
    "URL_REQUEST_START_JOB": 2,
    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS": 3,
}


@pytest.fixture(scope="module")
def logging_auditor() -> Iterator[Auditor]:
    with auditing(BrowserSettings(netlog=True)) as auditor:
        yield auditor


def cookie(line: str) -> tuple[tuple[str, str], ...]:
    return (("Set-Cookie", line),)


@pytest.mark.browser
def test_cookies_that_devtools_does_not_show_are_recorded_with_their_address(
    logging_auditor: Auditor, pages: PageServer
) -> None:
    body = """<!doctype html><script>
    document.cookie = 'known=1';
    new SharedWorker('/shared.js'); navigator.serviceWorker.register('/service.js');
    </script>"""
    pages.page("site", "/", body)
    pages.page("site", "/shared.js", Page("fetch('/fetched')", SCRIPT))
    pages.page("site", "/service.js", Page("addEventListener('fetch', () => {});", SCRIPT, headers=cookie("main=1")))
    fetched = Page(status=204, headers=(*cookie("fetched=a1; Max-Age=60; HttpOnly"), *cookie("gone=1")))
    pages.page("site", "/fetched", fetched)
    visit = logging_auditor.visit(pages.url("site")).visit
    assert visit.status is VisitStatus.COMPLETE
    assert visit.problems == ()
    by_name = {one.name: one for one in visit.cookies}
    assert set(by_name) == {"known", "main", "fetched", "gone"}
    assert {CookieWitness.NETLOG in one.seen_in for one in visit.cookies} == {True}
    assert Operation.PRESENT not in {one.operation for one in visit.cookies}
    assert by_name["main"].set_by == pages.url("site", "/service.js")
    fetched_cookie = by_name["fetched"]
    assert fetched_cookie.set_by == pages.url("site", "/fetched")
    assert fetched_cookie.lifetime_asked == 60.0
    assert fetched_cookie.http_only
    assert fetched_cookie.initiator is not None
    assert fetched_cookie.initiator.kind is InitiatorKind.SERVER
    assert len(visit.cookies) == 4
    assert {one.name: one.state for one in visit.channels}["cookie.netlog"] is ChannelState.LIVE


@pytest.mark.browser
def test_visits_side_by_side_do_not_mix_their_cookies(logging_auditor: Auditor, pages: PageServer) -> None:
    for host in ("one", "two"):
        pages.page(host, "/", "<!doctype html><script>new SharedWorker('/shared.js')</script>")
        pages.page(host, "/shared.js", Page("fetch('http://third.localhost:PORT/set', { mode: 'no-cors' })", SCRIPT))
    pages.page("third", "/set", lambda got: Page(status=204, headers=cookie(f"of={got.headers['referer'][7:10]}")))
    outcomes = logging_auditor.visits((pages.url("one"), pages.url("two")))
    for outcome in outcomes:
        assert all(one.page == outcome.visit.final_url for one in outcome.visit.cookies)
        assert len(outcome.visit.cookies) <= 1


def line(kind: str, *, time: int, source: int, **params: object) -> bytes:
    event = {"params": params, "phase": 0, "source": {"id": source, "type": 1}, "time": str(time), "type": TYPES[kind]}
    return orjson.dumps(event) + b",\n"


def test_the_log_is_read_on_from_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "netlog.json"
    log = NetLog(path)
    log._read()  # not there yet
    head = orjson.dumps({"constants": {"logEventTypes": TYPES}})[:-1] + b',\n"events": [\n'
    start = line("URL_REQUEST_START_JOB", time=1, source=7, url="ws://third.test/")
    answer = line(
        "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", time=2, source=7, headers=["HTTP/1.1 101", "set-cookie: a=1"]
    )
    added = line("COOKIE_STORE_COOKIE_ADDED", time=3, source=9, name="a", value="1", domain="third.test", path="/")
    path.write_bytes(head + start + answer[:20])
    log._read()
    assert log._answers == []
    with path.open("ab") as file:
        file.write(answer[20:] + added)
    log._read()
    assert [(one.url, one.lines) for one in log._answers] == [("ws://third.test/", ("a=1",))]
    assert [(one.name, one.store, one.at) for one in log._cookies] == [("a", 9, 0.003)]


def test_what_no_visit_can_ask_for_is_forgotten(tmp_path: Path) -> None:
    async def forget() -> int:
        path = tmp_path / "netlog.json"
        log = NetLog(path)
        head = orjson.dumps({"constants": {"logEventTypes": TYPES}})[:-1] + b',\n"events": [\n'
        added = line("COOKIE_STORE_COOKIE_ADDED", time=3, source=9, name="a", value="1", domain="a.test", path="/")
        path.write_bytes(head + added)
        log.begin("context")
        log._read()
        log.end("context")
        return len(log._cookies)

    assert asyncio.run(forget()) == 0
