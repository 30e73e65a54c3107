"""Recorded equals done: a page that does everything, beside a server and a list that know what it did."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest

from crawler.observations import (
    CookieWitness,
    InitiatorKind,
    Operation,
    RequestSighting,
    StorageArea,
    TargetKind,
)
from crawler.visits import Visit, VisitStatus
from tests.conftest import Auditor
from tests.page_server import GIF, Got, Page, PageServer

pytestmark = pytest.mark.browser

Header = tuple[str, str]


def cookies(*lines: str) -> tuple[Header, ...]:
    return tuple(("Set-Cookie", line) for line in lines)


MAIN = """<!doctype html><title>everything</title>
<link rel=preconnect href="http://fourth.localhost:PORT/"><body><script>
const third = 'http://third.localhost:PORT';
document.cookie = 'plain=1; Max-Age=100';
Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').set.call(document, 'proto=1');
cookieStore.set('store_short', 'v');
cookieStore.set({ name: 'store_long', value: 'v', expires: Date.now() + 86400000 });
document.cookie = 'transient=1'; document.cookie = 'transient=; Max-Age=0';
document.cookie = 'twice=1; Max-Age=100'; document.cookie = 'twice=2; Max-Age=200';
document.cookie = '__Host-bad=1'; document.cookie = 'foreign=1; Domain=other.test';
document.cookie = 'chips_bad=1; Partitioned';
const blank = document.createElement('iframe'); document.body.append(blank);
blank.contentDocument.cookie = 'blank=1';
blank.contentWindow.localStorage.setItem('from_blank', '1');
blank.contentWindow.Storage.prototype.setItem.call(localStorage, 'across_realms', '1');
Storage.prototype.setItem.call(localStorage, 'by_prototype', '1');
localStorage.by_property = '1'; Object.assign(localStorage, { by_assign: '1' });
Object.defineProperty(localStorage, 'by_define', { value: '1', configurable: true, enumerable: true, writable: true });
localStorage.setItem('gone', '1'); delete localStorage.gone;
localStorage.setItem('changed', '1'); localStorage.changed = '2';
sessionStorage.setItem('session', 'x');
const srcdoc = document.createElement('iframe');
srcdoc.srcdoc = "<script>document.cookie='srcdoc=1';localStorage.srcdoc='1';new Image().src='/pixel?srcdoc'<\\/script>";
document.body.append(srcdoc);
const sandbox = document.createElement('iframe'); sandbox.sandbox = 'allow-scripts';
sandbox.srcdoc = "<script>new Image().src='http://site.localhost:PORT/pixel?sandbox'<\\/script>";
document.body.append(sandbox);
new Worker('/worker.js');
new Worker(URL.createObjectURL(new Blob(["fetch('http://site.localhost:PORT/nothing?blob_worker')"])));
new SharedWorker('/shared.js');
navigator.serviceWorker.register('/service.js');
window.open('/popup');
fetch(third + '/nothing?cors', { method: 'POST', headers: { 'x-a': '1' }, body: JSON.stringify({ ev: 'view' }) });
fetch('/nothing?keepalive', { keepalive: true, method: 'POST', body: 'a=1' });
fetch(new Request('/nothing?kept_request', { keepalive: true }));
fetch('/nothing?same'); fetch('/nothing?not_kept', { keepalive: false });
fetchLater('/nothing?fetch_later', { method: 'POST', body: 'b=2', activateAfter: 0 });
navigator.sendBeacon(third + '/beacon', new Blob(['x=1'], { type: 'application/x-www-form-urlencoded' }));
const link = document.createElement('a'); link.href = '#x'; link.ping = '/nothing?ping';
document.body.append(link); link.click();
new Image().src = third + '/sync';
caches.open('cache').then((cache) => cache.put('/cached', new Response('abc')));
navigator.storage.getDirectory().then((root) => root.getFileHandle('file.txt', { create: true }));
window.name = 'name=1';
const opening = indexedDB.open('db', 1);
opening.onupgradeneeded = () => opening.result.createObjectStore('store', { keyPath: 'id' });
opening.onsuccess = () =>
  opening.result.transaction('store', 'readwrite').objectStore('store').put({ id: 'key', v: 5 });
addEventListener('pagehide', () => {
  navigator.sendBeacon('/nothing?pagehide', 'z=1'); document.cookie = 'pagehide=1';
  new Image().src = '/pixel?pagehide'; });
document.addEventListener('visibilitychange', () => navigator.sendBeacon('/nothing?hidden'));
addEventListener('beforeunload', () => navigator.sendBeacon('/nothing?beforeunload'));
setTimeout(() => { new Image().src = '/pixel?later'; }, 150);
</script><div style="background: url(/pixel?css)"></div><noscript><img src="/noscript.gif"></noscript>
<iframe src="http://third.localhost:PORT/frame"></iframe></body>"""
FRAME = """<script>document.cookie = 'lax=1'; document.cookie = 'none=1; SameSite=None; Secure';
document.cookie = 'chips=1; SameSite=None; Secure; Partitioned'; localStorage.third = '1';
fetch('/nothing?frame'); new Worker('/worker.js');
addEventListener('pagehide', () => navigator.sendBeacon('/nothing?frame_pagehide'));</script>"""
WORKER = """fetch('/nothing?worker'); fetch('/nothing?kept_worker', { keepalive: true });
const opening = indexedDB.open('worker_db', 1);
opening.onupgradeneeded = () => opening.result.createObjectStore('store').put('v', 'worker_key');
new Worker(URL.createObjectURL(new Blob(["fetch('http://site.localhost:PORT/nothing?nested')"])));"""
SHARED = """fetch('/nothing?shared');
indexedDB.open('shared_db', 1).onupgradeneeded = (e) =>
  e.target.result.createObjectStore('store').put('v', 'shared_key');"""
SERVICE = """self.addEventListener('install', (e) => { fetch('/nothing?service'); e.waitUntil(
  cookieStore.set('service_cookie', '1').then(() => caches.open('service'))
  .then((c) => c.put('/kept', new Response('q')))); });"""
POPUP = "<script>document.cookie = 'popup_script=1'; localStorage.popup = '1'; fetch('/nothing?popup')</script>"


@pytest.fixture
def everything(pages: PageServer) -> PageServer:
    def nothing(got: Got) -> Page:
        allow = (
            ("Access-Control-Allow-Origin", got.headers.get("origin", "*")),
            ("Access-Control-Allow-Headers", "x-a"),
        )
        return Page(status=204, headers=allow)

    script = "text/javascript"
    pages.page("site", "/", Page(MAIN, headers=cookies("top=1; HttpOnly; Max-Age=50")))
    pages.page("site", "/worker.js", Page(WORKER, script))
    pages.page("site", "/shared.js", Page(SHARED, script))
    pages.page("site", "/service.js", Page(SERVICE, script))
    pages.page("site", "/popup", Page(POPUP, headers=cookies("popup_header=1")))
    pages.page("*", "/pixel", Page(GIF, "image/gif"))
    pages.page("*", "/nothing", nothing)
    pages.page("third", "/beacon", Page(status=204, headers=cookies("beacon=1; SameSite=None; Secure", "beacon_lax=1")))
    to_fourth = (("Location", "http://fourth.localhost:PORT/sync"),)
    pages.page("third", "/sync", Page(status=302, headers=(*cookies("hop=1; SameSite=None; Secure"), *to_fourth)))
    pages.page("fourth", "/sync", Page(GIF, "image/gif", headers=cookies("end=1; SameSite=None; Secure")))
    pages.page("third", "/frame", Page(FRAME, headers=cookies("frame=1; SameSite=None; Secure")))
    pages.page("third", "/worker.js", Page("fetch('/nothing?frame_worker')", script))
    return pages


KEPT = {
    *("plain", "proto", "store_short", "store_long", "blank", "srcdoc", "popup_script", "none", "chips", "pagehide"),
    *("top", "popup_header", "beacon", "hop", "end", "frame", "service_cookie"),
}
REFUSED = {
    "__Host-bad": "InvalidPrefix",
    "foreign": "InvalidDomain",
    "chips_bad": "InvalidPartitioned",
    "lax": "SameSiteUnspecifiedTreatedAsLax",
    "beacon_lax": "SchemefulSameSiteUnspecifiedTreatedAsLax",
}
STORED = {
    (StorageArea.LOCAL, "from_blank", Operation.WRITE),
    (StorageArea.LOCAL, "across_realms", Operation.WRITE),
    (StorageArea.LOCAL, "by_prototype", Operation.WRITE),
    (StorageArea.LOCAL, "by_property", Operation.WRITE),
    (StorageArea.LOCAL, "by_assign", Operation.WRITE),
    (StorageArea.LOCAL, "by_define", Operation.WRITE),
    (StorageArea.LOCAL, "gone", Operation.WRITE),
    (StorageArea.LOCAL, "gone", Operation.REMOVE),
    (StorageArea.LOCAL, "changed", Operation.WRITE),
    (StorageArea.LOCAL, "changed", Operation.OVERWRITE),
    (StorageArea.LOCAL, "srcdoc", Operation.WRITE),
    (StorageArea.LOCAL, "popup", Operation.WRITE),
    (StorageArea.LOCAL, "third", Operation.WRITE),
    (StorageArea.SESSION, "session", Operation.WRITE),
    (StorageArea.WINDOW_NAME, "window.name", Operation.WRITE),
    (StorageArea.INDEXED_DB, "key", Operation.WRITE),
    (StorageArea.INDEXED_DB, "worker_key", Operation.WRITE),
    (StorageArea.INDEXED_DB, "shared_key", Operation.WRITE),
    (StorageArea.CACHE, "/cached", Operation.WRITE),
    (StorageArea.CACHE, "/kept", Operation.WRITE),
    (StorageArea.OPFS, "file.txt", Operation.WRITE),
    (StorageArea.SERVICE_WORKER, "/service.js", Operation.WRITE),
}


def wire(method: str, host: str, target: str) -> str:
    return f"{method} {host}{target}"


def recorded_requests(visit: Visit) -> Counter[str]:
    found: Counter[str] = Counter()
    for request in visit.requests:
        address = urlsplit(request.url)
        target = address.path + (f"?{address.query}" if address.query else "")
        host = (address.hostname or "").removesuffix(".localhost")
        if not request.from_cache:
            found[wire(request.method, host, target)] += 1
    return found


def named(visit: Visit, part: str) -> RequestSighting:
    found = [request for request in visit.requests if part in request.url and request.method != "OPTIONS"]
    assert len(found) == 1, part
    return found[0]


def test_recorded_equals_done(audited: Auditor, everything: PageServer) -> None:
    """One visit, many facts: every assertion is about the same load, so a race in one channel cannot hide."""
    visit = audited.visit(everything.url("site")).visit
    assert visit.status is VisitStatus.COMPLETE
    assert visit.problems == ()

    done = Counter(wire(got.method, got.host, got.path) for got in everything.got)
    # Chromium looks for a newer service worker once the page is done, by a channel that DevTools does not show.
    done["GET site/service.js"] = 1
    assert recorded_requests(visit) == done

    written = [cookie for cookie in visit.cookies if cookie.operation is not Operation.REMOVE]
    assert {cookie.name for cookie in written if cookie.stored} == KEPT | {"transient", "twice"}
    assert {c.name: c.refused_because[-1] for c in written if not c.stored} == REFUSED
    assert {c.name for c in visit.cookies if c.operation is Operation.REMOVE} == {"transient"}
    assert [c.operation for c in visit.cookies if c.name == "twice"] == [Operation.WRITE, Operation.OVERWRITE]
    in_jar = {cookie.name for cookie in visit.cookies if CookieWitness.JAR in cookie.seen_in}
    assert in_jar == KEPT | {"twice"}
    assert Operation.PRESENT not in {cookie.operation for cookie in visit.cookies}

    stored = {(w.area, w.key.removeprefix(everything.url("site", "")), w.operation) for w in visit.storage}
    assert stored == STORED
    assert len(visit.storage) == len(STORED)

    hint = ("preconnect", everything.url("fourth"))
    assert [(m.what, m.url) for m in visit.markup] == [("noscript_img", everything.url("site", "/noscript.gif")), hint]

    by_name = {cookie.name: cookie for cookie in visit.cookies}
    assert by_name["hop"].set_by == everything.url("third", "/sync")
    assert by_name["end"].domain == "fourth.localhost"
    assert by_name["chips"].partition_key == "http://site.localhost"
    assert by_name["plain"].lifetime_asked == 100.0
    assert by_name["plain"].lifetime_kept == pytest.approx(100, abs=5)
    assert by_name["service_cookie"].target is TargetKind.SERVICE_WORKER
    assert by_name["popup_script"].target is TargetKind.POPUP
    assert by_name["none"].frame == everything.url("third", "/frame")
    assert by_name["none"].page.startswith(everything.url("site"))
    assert by_name["plain"].raw == "plain=…; Max-Age=100"

    witnesses = {write.key: set(write.seen_in) for write in visit.storage if write.area is StorageArea.LOCAL}
    assert all({"hook", "dom_storage"} <= seen for seen in witnesses.values())
    third = next(write for write in visit.storage if write.key == "third")
    assert third.storage_key == f"{everything.url('third')}^0http://site.localhost"

    assert named(visit, "fourth.localhost").redirect_chain == (everything.url("third", "/sync"),)
    assert named(visit, "fourth.localhost").beacon == ("1×1 image",)
    assert named(visit, "?ping").beacon == ("a[ping]",)
    assert named(visit, "/beacon").beacon == ("sendBeacon",)
    for kept in ("?keepalive", "?kept_request", "?kept_worker"):
        assert named(visit, kept).beacon == ("keepalive",)
    assert named(visit, "?fetch_later").beacon == ("fetchLater",)
    assert named(visit, "?same").beacon == named(visit, "?not_kept").beacon == ()
    assert [(field.name, field.plain) for field in named(visit, "/beacon").body_fields] == [("x", "1")]
    assert [(field.name, field.plain) for field in named(visit, "?cors").body_fields] == [("ev", "view")]
    later = named(visit, "?later").initiator
    assert later is not None
    assert later.kind is InitiatorKind.SCRIPT
    assert any(frame.across for frame in later.stack)
    css = named(visit, "?css").initiator
    assert css is not None
    assert css.kind is InitiatorKind.PARSER
    workers = {
        part: named(visit, f"?{part}").target for part in ("worker", "shared", "service", "nested", "frame_worker")
    }
    assert workers == {
        "worker": TargetKind.WORKER,
        "shared": TargetKind.SHARED_WORKER,
        "service": TargetKind.SERVICE_WORKER,
        "nested": TargetKind.WORKER,
        "frame_worker": TargetKind.WORKER,
    }
    orders = [sighting.order for sighting in visit.sightings()]
    assert orders == sorted(orders)
    assert len({sighting.id for sighting in visit.sightings()}) == len(orders)
