"""Nothing seen is never a pass: pages that fail in every way, judged in every mode and told in every format."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from classifiers.findings import Severity
from consentinel.cli import app
from consentinel.config import read_configuration
from consentinel.judging import Yardstick, judge, read_yardstick
from crawler.store import Store
from reports import REPORTERS
from reports.gate import GateMode, gate
from tests.page_server import Page, PageServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KINDS = (
    "unknown host",
    "refused port",
    "timeout",
    "reset",
    "broken certificate",
    "no TLS",
    "not HTTP",
    "redirect loop",
    "server error",
    "not found",
    "bot wall",
    "empty answer",
    "empty document",
    "download",
    "picture",
    "JSON",
    "robots.txt",
    "service unavailable",
)
WALL = (
    "<!doctype html><title>Just a moment...</title><h1>Checking your browser before accessing shop</h1>"
    "<p>Please enable JavaScript and cookies to continue. Ray ID: 8a1b2c3d4e5f</p>"
)
CONFIGURATION = (
    "crawl: {scenarios: [silent], max_pages: 40, max_depth: 0, sitemaps: false, delay: 0, concurrency: 4}\n"
    "visit: {settle: fast, navigation_cap: 4, phase_cap: 3, visit_cap: 12, screenshots: false}\n"
)


@contextmanager
def answering(with_bytes: bytes, *, reset: bool = False) -> Iterator[int]:
    """A port that says these bytes to whoever connects and hangs up; `reset`: rudely."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while True:
            try:
                taken, _ = server.accept()
            except OSError:
                break  # closed below
            if reset:
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif with_bytes:
                taken.sendall(with_bytes)
            taken.close()
        over.set()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    over.wait(5)


@contextmanager
def certified_by_nobody(folder: Path) -> Iterator[int]:
    """HTTPS with a certificate that the browser has no reason to trust, for another name, and out of date."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other.example")])
    then = datetime.now(UTC) - timedelta(days=30)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(then)
        .not_valid_after(then + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with PageServer() as server:
        server.page("*", "/", "<!doctype html><title>Shop</title><p>Chairs.")
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        yield server.port


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("never")


@pytest.fixture(scope="module")
def crawled(folder: Path) -> dict[str, str]:
    """One crawl of all kinds: kind → address. The scan is in `folder`."""
    with ExitStack() as stack:
        pages = stack.enter_context(PageServer())
        with socket.create_server(("127.0.0.1", 0)) as taken:
            closed = taken.getsockname()[1]
        answers = {
            "timeout": ("slow", Page(hang=True)),
            "redirect loop": ("loop", Page(status=302, headers=(("Location", "/"),))),
            "server error": ("broken", Page("<!doctype html><title>Error</title><p>Sorry.", status=500)),
            "service unavailable": ("away", Page("<!doctype html><title>Away</title><p>Back soon.", status=503)),
            "not found": ("absent", Page("<!doctype html><title>Not found</title><p>No such page.", status=404)),
            "bot wall": (
                "wall",
                Page(WALL, status=403, headers=(("cf-mitigated", "challenge"), ("Server", "cloudflare"))),
            ),
            "empty answer": ("empty", Page("")),
            "empty document": ("bare", Page("<!doctype html><html><head></head><body></body></html>")),
            "download": (
                "file",
                Page(b"PK", type="application/zip", headers=(("Content-Disposition", "attachment; filename=a.zip"),)),
            ),
            "picture": ("picture", Page(b"\x89PNG\r\n\x1a\n", type="image/png")),
            "JSON": ("api", Page('{"chairs": 4}', type="application/json")),
            "robots.txt": ("closed", Page("<!doctype html><title>Shop</title><p>Chairs and tables.")),
        }
        for host, page in answers.values():
            pages.page(host, "/", page)
            pages.page(host, "/robots.txt", Page("User-agent: *\nAllow: /\n", type="text/plain"))
        pages.page("closed", "/robots.txt", Page("User-agent: *\nDisallow: /\n", type="text/plain"))
        rude = stack.enter_context(answering(b"", reset=True))
        strange = stack.enter_context(answering(b"SSH-2.0-OpenSSH_9.2\r\n"))
        certified = stack.enter_context(certified_by_nobody(folder))
        urls = {kind: pages.url(host) for kind, (host, _) in answers.items()} | {
            "unknown host": "http://nowhere.invalid/",
            "refused port": f"http://refused.localhost:{closed}/",
            "reset": f"http://reset.localhost:{rude}/",
            "not HTTP": f"http://strange.localhost:{strange}/",
            "no TLS": f"https://plain.localhost:{pages.port}/",
            "broken certificate": f"https://certified.localhost:{certified}/",
        }
        assert urls.keys() == set(KINDS)
        (folder / "consentinel.yaml").write_text(CONFIGURATION)
        done = subprocess.run(
            [sys.executable, "-m", "consentinel", "audit", *urls.values(), "--output", "all", "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
    assert done.returncode == json.loads(done.stdout)["exit_code"] == 3, done.stdout[-3000:] + done.stderr
    return urls


def alone(kind: str, crawled: dict[str, str], folder: Path) -> Path:
    """A scan file as a crawl of this one address leaves it: the visits and the reasons are those of the real crawl."""
    url = crawled[kind]
    path = folder / "alone" / kind.replace(" ", "-") / "scan.sqlite"
    if path.exists():
        return path
    with Store.open(folder / "all" / "scan.sqlite") as store, Store.open(path, create=True) as mine:
        scan = store.scan()
        visits = [visit for visit in store.visits(scan.id) if visit.url == url]
        skipped = tuple(row for row in scan.skipped if row.name == url)
        assert visits or skipped, f"nothing at all is known of {url}"
        mine.begin(scan.model_copy(update={"urls": (url,), "skipped": skipped, "discovered": 1}))
        for visit in visits:
            mine.save(scan.id, visit)
    return path


@pytest.fixture(scope="module")
def yardstick(folder: Path) -> Yardstick:
    return read_yardstick(read_configuration(folder / "consentinel.yaml"))


@pytest.mark.parametrize("kind", KINDS)
def test_no_mode_of_the_gate_passes_it(kind: str, crawled: dict[str, str], folder: Path, yardstick: Yardstick) -> None:
    judged, _ = judge(alone(kind, crawled, folder), yardstick)
    for mode in GateMode:
        for threshold in (Severity.CRITICAL, Severity.HIGH):
            result = gate(judged, threshold=threshold, mode=mode)
            assert result.exit_code == 3, f"{mode}, {threshold}: {result.sentence}"
            assert result.blind
        for threshold in Severity:  # findings about the scan itself may win, a pass may not
            assert gate(judged, threshold=threshold, mode=mode).exit_code in (1, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_tells_that_too_little_was_seen(
    kind: str, crawled: dict[str, str], folder: Path, yardstick: Yardstick
) -> None:
    judged, context = judge(alone(kind, crawled, folder), yardstick)
    silent = [
        reporter.format
        for reporter in REPORTERS
        if not re.search(r"too little|undecided|not seen|not reached", reporter(context).render(judged), re.IGNORECASE)
    ]
    assert silent == []


def test_the_command_line_ends_with_3_in_every_mode_and_so_does_the_whole_scan(
    crawled: dict[str, str], folder: Path
) -> None:
    for mode in GateMode:
        for store in (folder / "all", alone("unknown host", crawled, folder)):
            asked = ["gate", str(store), "--gate", mode.value]
            assert CliRunner().invoke(app, asked).exit_code == 3
    with Store.open(folder / "all" / "scan.sqlite") as opened:
        scan = opened.scan()
        told = {visit.url for visit in opened.visits(scan.id)} | {row.name for row in scan.skipped}
    assert told >= set(crawled.values()), "every start page is accounted for"
