"""Channels that few pages use: storage buckets, shared storage, reports, and what is sent when a page is left."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from struct import pack

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawler.observations import InitiatorKind, Operation, StorageArea
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, Settle
from tests.conftest import FAST, Auditor, auditing
from tests.page_server import Page, PageServer

pytestmark = pytest.mark.browser

BUCKETS = """<!doctype html><script>(async () => {
  const bucket = await navigator.storageBuckets.open('visitors');
  const opening = bucket.indexedDB.open('people', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('seen').put('1', 'first');
  await (await bucket.caches.open('pages')).put('/kept', new Response('x'));
  await (await bucket.getDirectory()).getFileHandle('note', { create: true });
  await navigator.storageBuckets.open('gone'); await navigator.storageBuckets.delete('gone');
})();</script>"""
SHARED = """<!doctype html><script>(async () => {
  const calls = [sharedStorage.set('visitor', 'f81d4fae7dec'), sharedStorage.append('visitor', 'more'),
    sharedStorage.delete('visitor'), sharedStorage.clear()];
  await Promise.allSettled(calls);
})();</script>"""


def test_buckets_are_told_and_so_is_what_is_written_in_them(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", BUCKETS)
    storage = audited.visit(pages.url("site")).visit.storage
    buckets = [(one.key, one.operation) for one in storage if one.area is StorageArea.BUCKET]
    assert buckets == [("visitors", Operation.WRITE), ("gone", Operation.WRITE), ("gone", Operation.REMOVE)]
    inside = {(one.area, one.container, one.key) for one in storage if one.area is not StorageArea.BUCKET}
    assert (StorageArea.INDEXED_DB, "people/seen", "first") in inside
    assert (StorageArea.CACHE, "pages", pages.url("site", "/kept")) in inside
    assert any(area is StorageArea.OPFS and key == "note" for area, _, key in inside)


def test_shared_storage_is_told_where_the_engine_has_it(pages: PageServer) -> None:
    pages.page("site", "/", SHARED)
    flags = ("--enable-features=SharedStorageAPI", "--enable-blink-features=SharedStorageAPI")
    with auditing(BrowserSettings(extra_flags=flags)) as auditor:
        storage = auditor.visit(pages.url("site")).visit.storage
    assert [(one.key, one.operation, one.how) for one in storage if one.area is StorageArea.SHARED_STORAGE] == [
        ("visitor", Operation.WRITE, "SharedStorage.set"),
        ("visitor", Operation.OVERWRITE, "SharedStorage.append"),
        ("visitor", Operation.REMOVE, "SharedStorage.delete"),
        ("*", Operation.REMOVE, "SharedStorage.clear"),
    ]


# --- reports


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[PageServer, str]]:
    """Browsers send reports over encrypted connections only. The second part is the key that is to be trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    hosts = [x509.DNSName("site.localhost"), x509.DNSName("reports.localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding, serialization.NoEncryption()
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        certificate.public_bytes(encoding.PEM)
        + key.private_bytes(encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    public = key.public_key().public_bytes(encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with PageServer() as server:
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        yield server, base64.b64encode(hashlib.sha256(public).digest()).decode()


def test_reports_that_the_browser_sends_for_a_site_are_told(secure: tuple[PageServer, str]) -> None:
    pages, trusted = secure
    reports = f"https://reports.localhost:{pages.port}"
    headers = (
        ("Reporting-Endpoints", f'main="{reports}/policy"'),
        ("Content-Security-Policy", "img-src 'self'; report-to main"),
        ("Report-To", f'{{"group":"net","max_age":1000,"endpoints":[{{"url":"{reports}/net"}}]}}'),
        ("NEL", '{"report_to":"net","max_age":1000,"success_fraction":1.0}'),
    )
    pages.page("site", "/", Page("<!doctype html><img src='https://refused.localhost/x.gif'>", headers=headers))
    shared = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "*"))
    for path in ("/policy", "/net"):
        pages.page("reports", path, Page("kept", headers=shared))
    with auditing(BrowserSettings(extra_flags=(f"--ignore-certificate-errors-spki-list={trusted}",))) as auditor:
        site = f"https://site.localhost:{pages.port}/"
        visit = auditor.visit(site).visit
    told = {one.url: one for one in visit.requests if one.resource_type == "report"}
    arrived = {f"{reports}{got.path}" for got in pages.got if got.host == "reports" and got.method == "POST"}
    assert f"{reports}/policy" in told
    assert arrived <= told.keys()
    policy = told[f"{reports}/policy"]
    assert policy.beacon == ("report",)
    assert policy.initiator is not None
    assert (policy.initiator.kind, policy.initiator.url) == (InitiatorKind.SERVER, site)
    assert {field.plain for field in policy.body_fields if field.name == "[0].type"} == {"csp-violation"}


def test_reports_without_an_address_are_no_requests(audited: Auditor, pages: PageServer) -> None:
    policy = (("Content-Security-Policy", "img-src 'self'; report-to nowhere"),)
    pages.page("site", "/", Page("<!doctype html><img src='http://refused.localhost/x.gif'>", headers=policy))
    visit = audited.visit(pages.url("site")).visit
    assert [one for one in visit.requests if one.resource_type == "report"] == []
    (channel,) = [one for one in visit.channels if one.name == "request.reporting"]
    assert channel.state.value == "live"


def test_a_report_that_our_own_listener_causes_is_none_of_the_page(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<!doctype html>nothing to report")
    visit = audited.visit(pages.url("site")).visit
    (channel,) = [one for one in visit.channels if one.name == "request.reporting"]
    assert (channel.state.value, channel.events) == ("untested", 0)


@pytest.mark.parametrize(("fragment", "told"), [("", "live"), ("#part", "untested")])
def test_what_a_fragment_hides_of_reports_is_said(
    audited: Auditor, pages: PageServer, fragment: str, told: str
) -> None:
    policy = (("Content-Security-Policy", "img-src 'self'; report-to nowhere"),)
    pages.page("site", "/", Page("<!doctype html><img src='http://refused.localhost/x.gif'>", headers=policy))
    visit = audited.visit(pages.url("site", "/" + fragment)).visit
    (channel,) = [one for one in visit.channels if one.name == "request.reporting"]
    assert channel.state.value == told
    assert (channel.note is not None) == bool(fragment)


# --- media

PLAYER = """<!doctype html><div id=bar>We use cookies. <button onclick="bar.remove()">Reject all</button>
<button onclick="document.cookie = 'choice=all; Max-Age=600'; bar.remove()">Accept all cookies</button></div>
<audio src=/spot.wav></audio><script>
if (document.cookie.includes('choice')) bar.remove();
const spot = document.querySelector('audio');
const marks = [[0, 'start'], [.25, 'firstQuartile'], [.5, 'midpoint'], [.75, 'thirdQuartile'], [1, 'complete']];
const tell = (mark) => fetch('http://third.localhost:PORT/track?e=' + mark, { mode: 'no-cors' });
let beats = 0;
spot.addEventListener('timeupdate', () => {
  const played = spot.currentTime / spot.duration;
  while (marks.length && played >= marks[0][0] - .01) tell(marks.shift()[1]);
  if (beats++ === 3) tell('heartbeat');
});
</script>"""


def sound(seconds: int) -> bytes:
    """Silence, as 8-bit PCM."""
    rate = 8000
    head = b"WAVEfmt " + pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8) + b"data" + pack("<I", seconds * rate)
    return b"RIFF" + pack("<I", len(head) + seconds * rate) + head + bytes([128]) * seconds * rate


def test_media_is_played_after_acceptance_and_its_progress_is_told(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", PLAYER)
    pages.page("site", "/spot.wav", Page(sound(12), "audio/wav"))
    pages.page("third", "/track", Page(status=204, type=""))
    standard = FAST.model_copy(update={"settle": Settle.STANDARD})
    accepted = audited.visit(pages.url("site"), SCENARIOS["accept"], settings=standard).visit
    marks = {one.url.partition("=")[2]: one.beacon for one in accepted.requests if "/track" in one.url}
    assert set(marks) == {"start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "heartbeat"}
    assert marks["midpoint"] == ("progress (midpoint)",)
    assert marks["heartbeat"] == ("progress (heartbeat)",)
    assert {fact.name: fact.value for fact in accepted.facts}["media_played"] == "1 of 1, up to 12.0 s"
    silent = audited.visit(pages.url("site"), settings=standard).visit
    assert not [one for one in silent.requests if "/track" in one.url]


# --- on leaving


def test_what_is_put_off_until_the_page_is_left_is_told(audited: Auditor, pages: PageServer) -> None:
    later = "fetchLater('/later?deferred', { method: 'POST', body: 'a=1' });"
    later += "fetchLater('/later?soon', { activateAfter: 50 });"
    later += (
        "const stop = new AbortController(); fetchLater('/later?cancelled', { signal: stop.signal }); stop.abort();"
    )
    pages.page("site", "/", f"<!doctype html><script>{later}</script>")
    pages.page("site", "/later", Page(status=204, type=""))
    visit = audited.visit(pages.url("site")).visit
    told = {one.url.partition("?")[2]: (one.method, one.beacon) for one in visit.requests if "/later" in one.url}
    assert told == {"deferred": ("POST", ("fetchLater",)), "soon": ("GET", ("fetchLater",))}
    assert {got.path for got in pages.got if "later" in got.path} == {"/later?deferred", "/later?soon"}
