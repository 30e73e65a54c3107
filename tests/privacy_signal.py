"""Which requests and realms carry Global Privacy Control, by what a server got: `python -m tests.privacy_signal`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.browser.privacy_control import HEADER
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, Settle, VisitSettings
from crawler.visits import Visit
from tests.conftest import Auditor, auditing
from tests.page_server import GIF, Page, PageServer

SETTINGS = VisitSettings(settle=Settle.STANDARD, navigation_cap=10, phase_cap=10, visit_cap=40, screenshots=False)
SAYS = "navigator.globalPrivacyControl"
_ANYBODY = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "*"))
_PAGE = """<!doctype html><title>signal</title><link rel=icon href=/icon.gif><link rel=stylesheet href=/style.css>
<link rel=preload as=image href=/preload.gif><link rel=prefetch href=/prefetch><link rel=modulepreload href=/module.js>
<script src=/classic.js></script><script type=module src=/module.js></script><img src=/image.gif><img src=/to-image>
<iframe src=/frame></iframe><iframe src='http://third.localhost:PORT/frame'></iframe><iframe src=/to-frame></iframe>
<iframe sandbox=allow-scripts src=/sandboxed></iframe><object data=/object></object><embed src=/embed>
<iframe srcdoc='<script>fetch("/srcdoc?" + navigator.globalPrivacyControl)</script>'></iframe>
<video src=/video.mp4 preload=auto></video><div style="background: url(/style.gif)"></div><iframe name=posted></iframe>
<form action=/form method=post target=posted></form><a href=/linked target=_blank ping=/ping></a>
<script>
fetch('/window?' + navigator.globalPrivacyControl);
navigator.sendBeacon('/beacon', 'x');
fetch('/keepalive', { keepalive: true, method: 'POST', body: 'x' });
const asked = new XMLHttpRequest(); asked.open('GET', '/xhr'); asked.send();
fetch('/to-fetch').catch(() => {});
fetch('http://third.localhost:PORT/announced', { headers: { 'x-own': '1' } }).catch(() => {});
const stream = new EventSource('/events'); stream.onmessage = () => stream.close();
new WebSocket('ws://site.localhost:PORT/socket');
new Worker('/worker.js'); new Worker('/module-worker.js', { type: 'module' }); new SharedWorker('/shared.js');
navigator.serviceWorker.register('/service.js');
window.open('http://third.localhost:PORT/popup'); window.open('/popup');
document.querySelector('form').submit(); document.querySelector('a').click();
addEventListener('pagehide', () => {
  navigator.sendBeacon('/leaving-beacon', 'x');
  fetch('/leaving-keepalive', { keepalive: true, method: 'POST', body: 'x' });
});
if (self.fetchLater) fetchLater('/later');
</script>"""
_SPECULATION = """still<script type=speculationrules>{"prefetch":
[{"source": "list", "urls": ["/speculated"], "eagerness": "immediate"}]}</script>"""
_SCRIPTS = {
    "classic.js": "0",
    "module.js": "import '/imported-module.js'",
    "imported-module.js": "0",
    "worker.js": f"importScripts('/worker-import.js'); fetch('/worker?' + {SAYS}); new Worker('/nested.js')",
    "worker-import.js": "0",
    "nested.js": f"fetch('/nested-worker?' + {SAYS})",
    "module-worker.js": f"import '/worker-module.js'; fetch('/module-worker?' + {SAYS})",
    "worker-module.js": "0",
    "shared.js": f"importScripts('/shared-import.js'); fetch('/shared-worker?' + {SAYS})",
    "shared-import.js": "0",
    "service.js": f"importScripts('/service-import.js'); "
    f"oninstall = (event) => event.waitUntil(fetch('/service-worker?' + {SAYS}))",
    "service-import.js": "0",
}
_WINDOWS = ("frame", "sandboxed", "object", "embed", "popup", "linked", "form", "redirected-frame")
_REDIRECTS = {"to-image": "redirected.gif", "to-fetch": "redirected", "to-frame": "redirected-frame"}
_PICTURES = ("icon.gif", "preload.gif", "image.gif", "style.gif", "redirected.gif")

EXPECTED = frozenset(
    {
        *("GET site /", "GET site /prefetch", "GET site /xhr", "GET site /events", "GET site /later"),
        *("GET site /style.css", "GET site /imported.css", "GET site /video.mp4"),
        *("GET third /frame", "GET third /popup", "GET third /announced", "OPTIONS third /announced"),
        *("GET third /redirected", "GET third /redirected.gif", "GET third /redirected-frame"),
        *("POST site /beacon", "POST site /keepalive", "POST site /ping", "POST site /form"),
        *("POST site /leaving-beacon", "POST site /leaving-keepalive"),
        *(f"GET site /{name}" for name in _PICTURES if name != "redirected.gif"),
        *(f"GET site /{name}" for name in _SCRIPTS),
        *(f"GET site /{name}" for name in _REDIRECTS),
        *(f"GET site /{name}" for name in _WINDOWS if name not in ("form", "redirected-frame")),
        *(f"GET site /{name}" for name in ("window", "srcdoc", "worker", "nested-worker", "module-worker")),
        *(f"GET site /{name}" for name in ("shared-worker", "service-worker")),
        *("GET site /socket", "GET spec /", "GET spec /speculated"),
    }
)
"""All that the two pages ask for."""
BEYOND = frozenset({"GET site /socket", "OPTIONS third /announced", "GET spec /speculated"})
"""What no switch of Chromium 156 reaches: a WebSocket handshake, a CORS preflight, a prefetch by speculation rules."""
REALMS = frozenset(
    {
        *("window", "srcdoc", "worker", "nested-worker", "module-worker", "shared-worker", "service-worker"),
        *(f"inside-{name}" for name in _WINDOWS),
    }
)


@dataclass(frozen=True)
class Signalled:
    carried: dict[str, bool]
    """Method, host and path → whether every such request came with the header."""
    read: dict[str, set[str]]
    """Realm → what it said of the property."""
    visits: tuple[Visit, ...]


def played(auditor: Auditor, server: PageServer, *, scenario: str = "gpc") -> Signalled:
    for place, answer in _answers():
        server.page(*place, answer)
    visits = tuple(
        auditor.visit(server.url(host), SCENARIOS[scenario], settings=SETTINGS).visit for host in ("site", "spec")
    )
    carried: dict[str, bool] = {}
    read: dict[str, set[str]] = {}
    for got in server.got:
        parts = urlsplit(got.path)
        name = f"{got.method} {got.host} {parts.path}"
        carried[name] = carried.get(name, True) and got.headers.get(HEADER) == "1"
        if parts.query:
            read.setdefault(parts.path[1:], set()).add(parts.query)
    return Signalled(carried, read, visits)


def _answers() -> Iterator[tuple[tuple[str, str], Page]]:
    yield ("site", "/"), Page(_PAGE)
    yield ("spec", "/"), Page(_SPECULATION)
    yield ("spec", "/speculated"), Page("later")
    yield ("site", "/style.css"), Page("@import url(/imported.css);", "text/css")
    yield ("site", "/imported.css"), Page("", "text/css")
    yield ("site", "/events"), Page("data: x\n\n", "text/event-stream")
    yield ("third", "/announced"), Page("x", headers=_ANYBODY)
    yield ("third", "/redirected"), Page("x", headers=_ANYBODY)
    for name in _WINDOWS:
        yield ("*", f"/{name}"), Page(f"<script>fetch('/inside-{name}?' + {SAYS})</script>")
    for name, script in _SCRIPTS.items():
        yield ("site", f"/{name}"), Page(script, "text/javascript")
    for name in _PICTURES:
        yield ("*", f"/{name}"), Page(GIF, "image/gif")
    for name, to in _REDIRECTS.items():
        there = ("Location", f"http://third.localhost:PORT/{to}")
        yield ("site", f"/{name}"), Page(status=302, headers=(there, *_ANYBODY))


def table(signalled: Signalled) -> str:
    rows = ["| request | carries `Sec-GPC: 1` |", "| --- | --- |"]
    rows += [f"| {name} | {'yes' if carried else 'no'} |" for name, carried in sorted(signalled.carried.items())]
    rows += ["", "| realm | `navigator.globalPrivacyControl` |", "| --- | --- |"]
    rows += [f"| {realm} | {', '.join(sorted(said))} |" for realm, said in sorted(signalled.read.items())]
    with_it = sum(signalled.carried.values())
    return "\n".join([*rows, "", f"{with_it} of {len(signalled.carried)} kinds of request carried it."])


if __name__ == "__main__":
    with auditing(BrowserSettings()) as auditor, PageServer() as server:
        sys.stdout.write(table(played(auditor, server)) + "\n")
