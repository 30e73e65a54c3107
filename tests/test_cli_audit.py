"""`consentinel audit` from end to end, on sites that nobody prepared and on sites that cannot be seen."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
START = [sys.executable, "-c", "from consentinel.cli import main; main()"]


def consentinel(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*START, *(str(part) for part in arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=180)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://shop.localhost:{server.server_port}"
        server.shutdown()


class Quiet(BaseHTTPRequestHandler):
    """Answers by path: each is a way in which a page can fail to be one."""

    def do_GET(self) -> None:
        match self.path:
            case "/empty":
                self.answer(200, "text/html", b"")
            case "/file":
                self.answer(200, "application/zip", b"PK", ("Content-Disposition", "attachment; filename=a.zip"))
            case "/loop":
                self.answer(302, "text/html", b"", ("Location", "/loop"))
            case "/error":
                self.answer(500, "text/html", b"<p>broken")
            case "/never":
                threading.Event().wait(30)
            case "/robots.txt" | "/sitemap.xml" | "/favicon.ico":
                self.answer(404, "text/plain", b"")
            case _:
                self.answer(200, "text/html", b"<!doctype html><title>Shop</title><p>Nothing here.")

    def answer(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent: the base class writes to standard error."""


def test_a_static_site_that_nobody_prepared_is_audited_without_configuration(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(
        "<!doctype html><title>Blog</title><a href='second.html'>more</a>"
        "<script>document.cookie='theme=dark; max-age=31536000'; localStorage.setItem('seen', '1')</script>"
    )
    (site / "second.html").write_text("<!doctype html><title>Second</title><p>Text.")

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(site))  # type: ignore[arg-type]  # as socketserver calls it

        def log_message(self, format: str, *arguments: object) -> None:
            """Silent, as above."""

    with serving(Handler) as origin:
        done = consentinel("audit", f"{origin}/", "--scenarios", "silent", "--delay", "0", "--json", cwd=tmp_path)
    outcome = json.loads(done.stdout)
    assert done.returncode == outcome["exit_code"] != 2
    assert done.stderr == ""
    assert outcome["coverage"]["pages_seen"] == 2
    folder = tmp_path / "consentinel-report"
    assert {"scan.sqlite", "audit.json", "report.html"} <= {path.name for path in folder.iterdir()}
    assert "theme" in (folder / "report.html").read_text()
    rows = sqlite3.connect(folder / "scan.sqlite").execute("SELECT DISTINCT name FROM cookies").fetchall()
    assert rows == [("theme",)]
    again = consentinel("classify", folder, "--json", cwd=tmp_path)
    assert again.returncode == done.returncode
    told = consentinel("explain", "theme", cwd=tmp_path)
    assert "theme" in told.stdout
    assert told.returncode == 0


def test_where_no_interface_was_met_the_audit_says_how_to_go_on(tmp_path: Path) -> None:
    with serving(Quiet) as origin:
        ended = consentinel("audit", f"{origin}/", "--scenarios", "silent,reject", "--delay", "0", cwd=tmp_path)
    assert ended.returncode == 3
    said = " ".join(ended.stdout.split())
    assert "No consent interface was recognised on any visit" in said
    assert "--scenarios silent" in said
    assert "consent: {reject: [" in said


def test_what_is_no_page_is_not_seen_and_every_reason_is_told(tmp_path: Path) -> None:
    paths = ("/empty", "/file", "/loop", "/error")
    with serving(Quiet) as origin:
        urls = [f"{origin}{path}" for path in paths]
        done = consentinel("audit", *urls, "--scenarios", "silent", "--delay", "0", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "TOO LITTLE SEEN" in done.stdout
    assert "0 of 4 pages seen" in done.stdout
    _, _, reasons = done.stdout.partition("Not seen")
    assert [path for path in paths if path not in reasons] == []
    assert "Traceback" not in done.stderr
    assert (tmp_path / "consentinel-report" / "report.html").exists()


def test_a_host_that_does_not_answer_ends_with_3(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = consentinel("audit", f"http://shop.localhost:{port}/", "--scenarios", "silent", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"shop.localhost:{port}" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_page_that_never_answers_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "consentinel.yaml").write_text(
        "visit: {navigation_cap: 2, visit_cap: 10}\ncrawl: {scenarios: [silent]}\n"
    )
    with serving(Quiet) as origin:
        done = consentinel("audit", f"{origin}/never", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "/never" in done.stdout


def test_ctrl_c_keeps_and_judges_what_was_seen(tmp_path: Path) -> None:
    (tmp_path / "consentinel.yaml").write_text("visit: {navigation_cap: 60}\ncrawl: {scenarios: [silent], delay: 0}\n")
    with serving(Quiet) as origin:
        command = [*START, "audit", f"{origin}/", f"{origin}/never", "--verbose"]
        running = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
        )
        store = tmp_path / "consentinel-report" / "scan.sqlite"
        wait_for_a_visit(store, running)
        os.kill(running.pid, signal.SIGINT)
        told, _ = running.communicate(timeout=60)
    assert running.returncode == 3, told
    assert "did not finish" in " ".join(told.split())
    assert (store.parent / "report.html").exists()


def wait_for_a_visit(store: Path, running: subprocess.Popen[str]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if running.poll() is not None:
            pytest.fail(f"ended by itself: {running.communicate()[0]}")
        if store.exists() and _visits(store):
            return
        pause.wait(0.1)
    running.kill()
    pytest.fail("no visit was stored within a minute")


def _visits(store: Path) -> int:
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM visits").fetchone()[0])
    except sqlite3.OperationalError:  # the tables are not there yet
        return 0
    finally:
        connection.close()
