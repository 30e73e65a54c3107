"""Stored scans in the real Datasette: ready-made questions, trends, reports, and nothing that hostile pages wrote."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

pytest.importorskip("datasette")

from classifiers.vendors import Catalogue
from consentinel.config import configured
from consentinel.exploring.judged import Judged, write_judged
from consentinel.exploring.marks import WIDTH, bars
from consentinel.exploring.serving import explorer, listening, server
from consentinel.verbs.serve import judged_scans
from tests import audits
from tests.recording import CATALOGUE, DECLARATION, recording, stored

Get = Callable[..., Any]
REPORT = "<!doctype html><title>the report</title>"


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two stores of one site: the earlier one saw one page only."""
    known = recording()
    earlier = known.scan.model_copy(update={"id": "earlier", "started": known.scan.started - timedelta(days=7)})
    video = tuple(visit for visit in known.visits if "video." in visit.url)
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    (second / "report.html").write_text(REPORT)
    return [stored(first, scan=earlier, visits=video), stored(second)]


@pytest.fixture(scope="module")
def datasette(paths: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Any:
    configuration = configured(None, top={"declaration": DECLARATION, "catalogue": (CATALOGUE,)})
    reports = [paths[1].with_name("report.html")]
    judged = tmp_path_factory.mktemp("judged") / "judged.db"
    write_judged(judged, judged_scans(paths, configuration, reports))
    return explorer(paths, judged, reports=reports, host="127.0.0.1")


@pytest.fixture(scope="module")
def get(datasette: Any) -> Iterator[Get]:
    with asyncio.Runner() as runner:

        def ask(path: str, *, host: str = "127.0.0.1:8001", **parameters: str) -> Any:
            query = f"?{urlencode(parameters)}" if parameters else ""
            return runner.run(datasette.client.get(f"{path}{query}", headers={"host": host}))

        yield ask


def rows(get: Get, query: str, **parameters: str) -> list[dict[str, Any]]:
    answer = get(f"/judged/{query}.json", _shape="objects", **parameters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_what_fired_before_consent(get: Get) -> None:
    fired = rows(get, "fired_before_consent")
    known = recording()
    undecided = [s for v in known.visits for s in v.sightings() if s.consent == "undecided" and s.kind != "markup"]
    assert len(fired) == len(undecided)
    advertising = rows(get, "fired_before_consent", purpose="advertising")
    assert 0 < len(advertising) < len(fired)
    assert {row["purpose"] for row in advertising} == {"advertising"}


def test_who_set_this_cookie(get: Get) -> None:
    written = rows(get, "who_set_this_cookie", name="_ga")
    assert written
    assert all(row["name"] == "_ga" and "/assets/measure.js" in row["put_there_by"] for row in written)
    assert {row["consent"] for row in written} == {"accepted"}


def test_identifier_flows(get: Get) -> None:
    flows = rows(get, "identifier_flows", name="_pm_id")
    assert {row["to_vendor"] for row in flows} == {"PulseMetrics"}
    assert {row["carried_in"] for row in flows} == {"body cid"}


def test_new_since_last_scan_and_not_seen_again(get: Get) -> None:
    new = {(row["kind"], row["name"], row["domain"]) for row in rows(get, "new_since_last_scan")}
    assert ("cookie", "_ga", "business.localhost") in new
    items = rows(get, "items", _size="max")
    scans = {scan: {(i["kind"], i["name"], i["domain"]) for i in items if i["scan"] == scan} for scan in
             {"earlier", recording().scan.id}}  # fmt: skip
    assert new == scans[recording().scan.id] - scans["earlier"]
    assert rows(get, "not_seen_again") == []


def test_counts_and_first_and_last_seen_over_time(get: Get) -> None:
    counts = rows(get, "trends", _size="max")
    assert {row["scan"] for row in counts} == {"earlier", recording().scan.id}
    seen = {row["name"]: row for row in rows(get, "first_and_last_seen", _size="max")}
    assert seen["_ga"]["first_seen"] == seen["_ga"]["last_seen"]
    assert (seen["_ga"]["in_scans"], seen["_ga"]["of_scans"]) == (1, 2)
    page = get("/-/trends")
    assert page.status_code == 200
    assert page.text.count('<svg viewBox="0 0 480 18"') == 6
    assert "1 of 2" in page.text


def test_every_page_with_its_facets_opens(get: Get) -> None:
    tables = rows_of_metadata()
    for path in ("/", "/judged", "/scan", "/scan_2", "/-/trends", *(f"/judged/{name}" for name in tables)):
        answer = get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
    for name in ("visits", "cookies", "storage", "requests", "choices", "problems", "fired_before_consent"):
        assert get(f"/scan/{name}").status_code == 200
    assert "Facts" in get("/scan_2").text
    assert "What fired before consent" in get("/judged").text


def rows_of_metadata() -> list[str]:
    from consentinel.exploring.rows import TABLES

    return [*TABLES, "first_and_last_seen", "trends"]


def test_the_report_is_linked_and_nothing_else_is_served(get: Get) -> None:
    assert "/-/reports/0" in get("/").text
    assert get("/-/reports/0").text == REPORT
    for path in ("/-/reports/1", "/-/reports/..%2fscan.sqlite", "/scan.db", "/-/reports/-1"):
        answer = get(path)
        assert answer.status_code in (302, 403, 404), path
        assert "SQLite format" not in answer.text
    assert {row["report"] for row in rows(get, "scans")} == {None, "/-/reports/0"}


def test_another_name_for_this_machine_is_refused(get: Get) -> None:
    assert get("/judged", host="localhost:8001").status_code == 200
    assert get("/judged", host="[::1]:8001").status_code == 200
    for host in ("evil.example", "evil.example:8001", "127.0.0.1.evil.example", ""):
        assert get("/judged", host=host).status_code == 421, host


def test_a_question_of_several_lines_keeps_them(get: Get) -> None:
    assert "select 1 -- one\n, 2" in get("/scan", sql="select 1 -- one\n, 2").text


def test_the_facts_cannot_be_written(get: Get, paths: list[Path]) -> None:
    answer = get("/scan.json", sql="delete from cookies")
    assert answer.status_code == 400
    with sqlite3.connect(paths[0]) as connection:
        assert connection.execute("select count(*) from cookies").fetchone()[0] > 0
    connection.close()


def test_what_hostile_pages_wrote_stays_text(tmp_path: Path) -> None:
    audit = audits.hostile_audit()
    judged = tmp_path / "judged.db"
    write_judged(judged, [Judged(audit=audit, result="x", catalogue=Catalogue.load(), report=None)])
    hostile = explorer([], judged, reports=[], host="127.0.0.1")

    async def ask(path: str) -> str:
        answer = await hostile.client.get(path, headers={"host": "localhost"})
        assert answer.status_code == 200
        return str(answer.text)

    clean = asyncio.run(ask("/judged/undecided"))
    for path in ("/judged/items", "/judged/events", "/judged/findings", "/judged/scans", "/-/trends"):
        text = asyncio.run(ask(path))
        assert "<img" not in text
        assert "<script>alert" not in text
        assert 'href="javascript' not in text.lower()
        assert "\u202e" not in text
        assert text.count("<script") <= clean.count("<script") + 1


def test_it_answers_over_loopback(datasette: Any) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        running = server(datasette)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{port}/judged/who_set_this_cookie.json?name=_ga&_shape=array"
        with urllib.request.urlopen(address, timeout=30) as answer:  # waits in the socket's queue until it starts
            assert json.loads(answer.read())[0]["name"] == "_ga"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/reports/7", timeout=30)
        running.should_exit = True
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_bars_fill_the_width_in_proportion() -> None:
    drawn = bars({"advertising": 3, "necessary": 1}, most=4)
    assert [(bar.purpose, bar.width) for bar in drawn] == [("advertising", WIDTH * 0.75), ("necessary", WIDTH * 0.25)]
    assert drawn[1].x == drawn[0].width
    assert bars({}, most=0) == ()
