"""What counts as a change, what is kept of it, and the long-lived process from start to restart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from classifiers.findings import Audit
from consentinel.watch.changes import Change, Known, Result, broken, compare
from consentinel.watch.cron import Cron
from consentinel.watch.history import History, HistoryError, RunState
from consentinel.watch.loop import Bell, alone, watch
from consentinel.watch.messages import message_of
from consentinel.watch.plans import read_plans
from reports.context import Context
from reports.to_json import Document
from tests.audits import audit, blind_audit, clean_audit
from tests.page_server import Page, PageServer

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def document(of: Audit) -> Document:
    return Document(gate=Context().gate(of), audit=of)


def again(now: Audit, known: Known, before: Audit | None = None, *, inventory: bool = True) -> tuple[Change, Known]:
    previous = document(before) if before is not None else None
    return compare(document(now), previous, scan="nightly", run="r2", known=known, inventory=inventory)


def test_a_first_scan_that_passes_is_no_news() -> None:
    change, known = again(clean_audit(), Known())
    assert change.result is Result.PASSED
    assert not change.is_news
    assert known.result is Result.PASSED


@pytest.mark.parametrize(("first", "result"), [(audit(), Result.FINDINGS), (blind_audit(), Result.TOO_LITTLE_SEEN)])
def test_a_first_scan_that_does_not_pass_is_news(first: Audit, result: Result) -> None:
    change, _ = again(first, Known())
    assert change.result is result
    assert change.is_news


def test_the_same_again_is_no_news() -> None:
    subject = audit()
    _, known = again(subject, Known())
    change, after = again(subject, known, subject)
    assert not change.is_news
    assert after == known


def test_only_the_finding_that_was_not_known_is_told() -> None:
    subject = audit()
    counting = document(subject).gate.failing
    assert len(counting) > 1
    fewer = subject.model_copy(
        update={"findings": tuple(row for row in subject.findings if row.fingerprint != counting[0].fingerprint)}
    )
    _, known = again(fewer, Known())
    change, _ = again(subject, known, fewer)
    assert [row.fingerprint for row in change.new_findings] == [counting[0].fingerprint]
    told = message_of(change, report="report.html")
    assert counting[0].rule in told.body
    assert counting[1].observation not in told.body


def test_a_finding_that_comes_and_goes_is_told_once() -> None:
    """One run without it does not show that it is gone, so its return is no news."""
    subject = audit()
    one_run = subject.scan.model_copy(update={"runs": 1})
    subject = subject.model_copy(update={"scan": one_run})
    without = subject.model_copy(update={"findings": subject.findings[1:]})
    _, known = again(subject, Known())
    _, known = again(without, known, subject)
    change, _ = again(subject, known, without)
    assert change.new_findings == ()
    assert change.gone_findings == ()


def test_a_scan_that_saw_nothing_shows_nothing_to_be_gone() -> None:
    _, known = again(audit(), Known())
    change, after = again(blind_audit(), known, audit())
    assert change.result is Result.TOO_LITTLE_SEEN
    assert change.is_news, "findings → undecided is a change"
    assert change.gone_findings == ()
    assert change.gone_items == ()
    assert after.findings.by_fingerprint().keys() == known.findings.by_fingerprint().keys()


def test_a_new_item_on_the_site_is_told_unless_the_inventory_is_not_wanted() -> None:
    subject = audit()
    dropped = next(item for item in subject.items if item.kind == "cookie")
    fewer = subject.model_copy(update={"items": tuple(item for item in subject.items if item is not dropped)})
    _, known = again(fewer, Known())
    change, _ = again(subject, known, fewer)
    assert [row.name for row in change.new_items] == [dropped.name]
    assert change.is_news
    silent, _ = again(subject, known, fewer, inventory=False)
    assert not silent.is_news


def test_a_changed_lifetime_is_told() -> None:
    before = audit()
    longer = tuple(
        item.model_copy(update={"lifetime_asked": 400.0 * 86400}) if item.kind == "cookie" else item
        for item in before.items
    )
    _, known = again(before, Known())
    change, _ = again(before.model_copy(update={"items": longer}), known, before)
    assert any("lifetime asked" in aspect for row in change.changed_items for aspect in row.changed)


def test_a_scan_that_breaks_is_news_once_and_forgets_nothing() -> None:
    _, known = again(audit(), Known())
    first, after = broken(scan="nightly", run="r2", site="shop.example", at=NOW, known=known, sentence="no browser")
    second, _ = broken(scan="nightly", run="r3", site="shop.example", at=NOW, known=after, sentence="no browser")
    assert (first.is_news, second.is_news) == (True, False)
    assert after.findings == known.findings


def settled(history: History, at: datetime, *, result: Result = Result.PASSED) -> str:
    run = history.begin("nightly", at=at)
    folder = history.folder_of(run, scan="nightly")
    folder.mkdir(parents=True)
    (folder / "scan.sqlite").write_bytes(b"facts")
    history.settle(run, scan="nightly", at=at, result=result, sentence="…", known=Known(result=result), parcels=())
    return run


def test_retention_removes_the_oldest_scans_with_their_folders(tmp_path: Path) -> None:
    with History.open(tmp_path) as history:
        runs = [settled(history, NOW + timedelta(days=day)) for day in range(5)]
        gone = history.forget("nightly", now=NOW + timedelta(days=5), keep_scans=3, keep_days=365)
        left = [run.id for run in history.runs("nightly")]
    assert sorted(gone) == sorted(runs[:2])
    assert left == runs[:1:-1]
    assert sorted(path.name for path in (tmp_path / "nightly").iterdir()) == sorted(runs[2:])


def test_retention_by_age_never_removes_the_newest_scan(tmp_path: Path) -> None:
    with History.open(tmp_path) as history:
        runs = [settled(history, NOW + timedelta(days=day)) for day in range(2)]
        history.forget("nightly", now=NOW + timedelta(days=900), keep_scans=30, keep_days=90)
        assert [run.id for run in history.runs("nightly")] == runs[1:]


def test_a_run_that_was_cut_short_is_marked_and_removed_in_time(tmp_path: Path) -> None:
    with History.open(tmp_path) as history:
        cut = history.begin("nightly", at=NOW)
        kept = settled(history, NOW + timedelta(days=1))
        assert [run.id for run in history.interrupted()] == [cut]
        assert [run.state for run in history.runs("nightly")] == [RunState.FINISHED, RunState.INTERRUPTED]
        history.forget("nightly", now=NOW + timedelta(days=400), keep_scans=30, keep_days=365)
        assert [run.id for run in history.runs("nightly")] == [kept]


def test_two_watching_processes_do_not_share_a_history(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(HistoryError, match="another `consentinel watch`"), alone(tmp_path):
        pytest.fail("the second one got in")
    with alone(tmp_path):
        """Free again."""


def test_a_new_history_may_be_opened_by_several_at_the_same_moment(tmp_path: Path) -> None:
    gate = threading.Barrier(8)
    faults: list[BaseException] = []

    def open_it() -> None:
        gate.wait()
        try:
            with History.open(tmp_path) as history:
                history.begin("nightly", at=NOW)
        except HistoryError as error:
            faults.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with History.open(tmp_path) as history:
        assert len(history.runs("nightly")) == 8


def test_a_file_that_is_no_history_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_text("something of yours, long enough to be looked at" * 20)
    with pytest.raises(HistoryError, match="cannot be used as the history"):
        History.open(tmp_path)
    assert (tmp_path / "history.sqlite").read_text().startswith("something of yours")


class Inbox:
    """A loopback webhook; `wait` returns when that many messages have arrived."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self._news = threading.Condition()
        self.url = ""

    def take(self, body: bytes) -> None:
        with self._news:
            self.bodies.append(json.loads(body))
            self._news.notify_all()

    def wait(self, count: int, *, seconds: float = 120) -> bool:
        with self._news:
            return self._news.wait_for(lambda: len(self.bodies) >= count, seconds)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    mine = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            mine.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests look at `bodies`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        mine.url = f"http://127.0.0.1:{server.server_port}/"
        yield mine
        server.shutdown()


def configure(folder: Path, **more: str) -> None:
    parts = {"crawl": "{urls: [http://shop.localhost:9/], scenarios: [silent], max_pages: 1, delay: 0}", **more}
    # A run without a browser is enough for most of this, and ends at once.
    parts["schedule"] = '{scans: [{name: nightly, cron: "0 3 * * *"}]}'
    parts["notify"] = "{webhooks: [{url_env: HOOK, secret_env: KEY}]}"
    (folder / "consentinel.yaml").write_text("".join(f"{key}: {value}\n" for key, value in parts.items()))


def start(folder: Path, inbox: Inbox, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "consentinel", "watch", *arguments],
        cwd=folder,
        env={**os.environ, "HOOK": inbox.url, "KEY": "s3cr3t", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results(inbox: Inbox) -> list[tuple[str, str]]:
    """Result and sentence of each message."""
    changes = [body["message"]["change"] for body in inbox.bodies]  # type: ignore[index]  # plain JSON
    return [(change["result"], change["sentence"]) for change in changes]


def test_a_watching_process_tells_a_change_once_even_after_a_restart(tmp_path: Path, inbox: Inbox) -> None:
    """The audits break at once, for want of a browser: that is news the first time only."""
    configure(tmp_path, browser="{executable: /no/browser}")
    for attempt in (1, 2):
        running = start(tmp_path, inbox, "--now")
        if attempt == 1:
            assert inbox.wait(1)
        else:
            wait_for_runs(tmp_path, 2, running)
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=60)
        assert running.returncode == 0, told
        assert "nightly: 0 3 * * *, first at" in told
    ((result, sentence),) = results(inbox)
    assert result == "broken"
    assert "/no/browser" in sentence
    with History.open(tmp_path / "consentinel-history") as history:
        assert [run.result for run in history.runs("nightly")] == [Result.BROKEN, Result.BROKEN]


def wait_for_runs(folder: Path, count: int, running: subprocess.Popen[str] | None = None) -> None:
    pause = threading.Event()
    for _ in range(600):
        if running is not None and running.poll() is not None:
            break
        with History.open(folder / "consentinel-history") as history:
            if sum(run.state is RunState.FINISHED for run in history.runs("nightly")) >= count:
                return
        pause.wait(0.1)
    told = ""
    if running is not None:
        running.kill()
        told = str(running.communicate())
    pytest.fail(f"there were no {count} runs within a minute: {told}")


def test_once_ends_with_the_worst_exit_code_and_tells_what_broke(tmp_path: Path, inbox: Inbox) -> None:
    configure(tmp_path, browser="{executable: /no/browser}")
    running = start(tmp_path, inbox, "--once", "--json")
    out, told = running.communicate(timeout=120)
    assert running.returncode == 2, told
    (change,) = json.loads(out)
    assert change["is_news"]
    assert change["result"] == "broken"
    assert len(inbox.bodies) == 1


def test_a_secret_that_is_not_set_is_told_before_the_first_scan(tmp_path: Path) -> None:
    configure(tmp_path)
    command = [sys.executable, "-m", "consentinel", "watch", "--once"]
    environment = {name: value for name, value in os.environ.items() if name not in ("HOOK", "KEY")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "the environment variable HOOK is not set" in " ".join(done.stderr.split())
    assert done.returncode == 2
    assert not (tmp_path / "consentinel-history").exists()


class Shop(BaseHTTPRequestHandler):
    """Its page is `page`; nothing else is there."""

    page = b""

    def do_GET(self) -> None:
        body = self.page if self.path == "/" else b""
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent."""


PLAIN = b"<!doctype html><title>Shop</title><p>Chairs and tables."
TRACKED = PLAIN + b"<script>document.cookie='_ga=GA1.1.123456789.1700000000; max-age=63072000; path=/'</script>"


@pytest.mark.browser
@pytest.mark.slow
def test_a_real_site_is_told_of_when_it_changes_and_only_then(tmp_path: Path, inbox: Inbox) -> None:
    class Mine(Shop):
        page = PLAIN

    with ThreadingHTTPServer(("127.0.0.1", 0), Mine) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://shop.localhost:{server.server_port}/"
        configure(
            tmp_path,
            crawl=f"{{urls: ['{url}'], scenarios: [silent], max_pages: 1, delay: 0}}",
            visit="{settle: fast, screenshots: false}",
        )
        counts, results_ = [], []
        for page in (PLAIN, PLAIN, TRACKED, TRACKED):
            Mine.page = page
            running = start(tmp_path, inbox, "--once", "--json")
            out, told = running.communicate(timeout=240)
            assert out, told
            counts.append(len(inbox.bodies))
            results_.append(json.loads(out)[0]["result"])
        server.shutdown()
    assert counts[1] == counts[0], "the same again is no news"
    assert counts[2] == counts[0] + 1, "a cookie appeared"
    assert counts[3] == counts[2], "the same again is no news"
    assert "broken" not in results_
    assert results_[2] == "findings"
    news = inbox.bodies[-1]["message"]
    assert isinstance(news, dict)
    assert any("_ga" in row["name"] for row in news["change"]["new_items"])
    assert any("_ga" in row["observation"] for row in news["change"]["new_findings"])


@dataclass(frozen=True)
class EverySecond(Cron):
    """Cron knows minutes only; the test cannot wait for one."""

    def following(self, after: datetime, zone: ZoneInfo) -> datetime:
        return after.astimezone(zone) + timedelta(seconds=1)


def test_scans_go_on_by_the_clock_one_at_a_time(tmp_path: Path) -> None:
    configure(tmp_path, browser="{executable: /no/browser}")
    plans = read_plans(tmp_path / "consentinel.yaml")
    often = replace(plans.plans[0], cron=EverySecond("* * * * *", None, None, None, None, None))
    plans = replace(plans, plans=(often,))
    bell, due = Bell(), []
    watching = threading.Thread(
        target=watch, args=(plans, {}), kwargs={"bell": bell, "told": lambda _, at: due.append(at)}
    )
    watching.start()
    wait_for_runs(tmp_path, 2)
    bell.ring_out()
    watching.join(60)
    assert not watching.is_alive()
    assert len(due) == 1
    with History.open(tmp_path / "consentinel-history") as history:
        runs = sorted(history.runs("nightly"), key=lambda run: run.started)
    ends = [run.finished for run in runs if run.finished is not None]
    assert all(later.started >= ended for later, ended in zip(runs[1:], ends, strict=False)), "never two at a time"


@pytest.mark.browser
def test_a_watching_process_that_is_stopped_stops_its_scan(tmp_path: Path, inbox: Inbox, pages: PageServer) -> None:
    pages.page("shop", "/", Page(hang=True))
    url = pages.url("shop")
    configure(
        tmp_path,
        crawl=f"{{urls: ['{url}'], scenarios: [silent], max_pages: 1, obey_robots: false, sitemaps: false}}",
        visit="{navigation_cap: 300, visit_cap: 300}",
    )
    running = start(tmp_path, inbox, "--now")
    pause = threading.Event()
    for _ in range(600):
        if any(got.path == "/" for got in pages.got) or running.poll() is not None:
            break
        pause.wait(0.1)
    running.send_signal(signal.SIGTERM)
    _, told = running.communicate(timeout=120)
    assert running.returncode == 0, told
    assert "was stopped" in told
    assert inbox.bodies == [], "a scan that we stopped says nothing about the site"
    with History.open(tmp_path / "consentinel-history") as history:
        assert [run.state for run in history.runs("nightly")] == [RunState.RUNNING]
        assert len(history.interrupted()) == 1
