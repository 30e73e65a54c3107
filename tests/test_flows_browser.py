"""Identifiers in requests, as a real browser sends them: by image, body, socket, redirect and Referer."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from websockets.sync.server import ServerConnection, serve

from crawler.observations import Carried, CarriedForm
from tests.conftest import Auditor
from tests.page_server import GIF, Page, PageServer

pytestmark = pytest.mark.browser

IDENTIFIER = "8f14e45fceea167a5a36"
PAGE = f"""<!doctype html><title>flows</title><script type="module">
document.cookie = 'visitor={IDENTIFIER}; Max-Age=100000';
localStorage.setItem('device', '77ab12cd90ef34ab56cd');
const third = 'http://third.localhost:PORT';
const hex = async (text) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))]
  .map((byte) => byte.toString(16).padStart(2, '0')).join('');
new Image().src = `${{third}}/plain?uid={IDENTIFIER}`;
new Image().src = `${{third}}/encoded?d=${{encodeURIComponent(btoa('id={IDENTIFIER}'))}}`;
new Image().src = `${{third}}/hop?uid={IDENTIFIER}`;
new Image().src = `${{third}}/unrelated?uid=aaaa1111bbbb2222cccc`;
navigator.sendBeacon(`${{third}}/body`, new URLSearchParams({{device: '77ab12cd90ef34ab56cd'}}));
if (crypto.subtle) new Image().src = `${{third}}/hashed?h=${{await hex('{IDENTIFIER}')}}`;
</script>"""


def _listens(connection: ServerConnection) -> None:
    for _ in connection:
        connection.send("noted")


@pytest.fixture(scope="module")
def socket() -> Iterator[int]:
    """Port of a server that hears what pages say over WebSockets."""
    with serve(_listens, "127.0.0.1", 0) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]


def test_an_identifier_is_found_in_what_is_said_over_a_socket(audited: Auditor, socket: int) -> None:
    page = f"""<!doctype html><title>socket</title><script>
    document.cookie = 'visitor={IDENTIFIER}; Max-Age=100000';
    const line = new WebSocket('ws://third.localhost:{socket}/live');
    line.onopen = () => line.send(JSON.stringify({{hello: 1, user: {{id: '{IDENTIFIER}'}}}}));
    line.onmessage = () => {{ document.title = 'said'; }};
    </script>"""
    with PageServer({("site", "/"): Page(page)}) as server:
        visit = audited.visit(f"http://site.localhost:{server.port}/").visit
    (said,) = [request for request in visit.requests if request.url.startswith("ws://")]
    assert [(one.place, one.form) for one in said.carries or ()] == [("body", CarriedForm.PLAIN)]


@pytest.fixture(scope="module")
def carried(audited: Auditor) -> dict[str, list[Carried]]:
    """By path."""
    pages = {("site", "/"): Page(PAGE)} | {
        ("third", path): Page(GIF, type="image/gif")
        for path in ("/plain", "/encoded", "/unrelated", "/body", "/hashed", "/landed")
    }
    hop = Page(status=302, headers=(("Location", f"http://other.localhost:PORT/landed?u={IDENTIFIER}"),))
    pages["third", "/hop"] = hop
    pages["other", "/landed"] = Page(GIF, type="image/gif")
    with PageServer(dict(pages)) as server:
        visit = audited.visit(f"http://site.localhost:{server.port}/").visit
    assert all(request.carries is not None for request in visit.requests)
    tokens = {cookie.name: cookie.value.tokens for cookie in visit.cookies}
    stored = {item.key: item.value.tokens for item in visit.storage if item.value is not None}
    assert tokens["visitor"]
    assert stored["device"]
    return {request.url.partition("?")[0].rpartition("/")[2]: list(request.carries or ()) for request in visit.requests}


@pytest.mark.parametrize(
    ("path", "place", "name", "form"),
    [
        ("plain", "query", "uid", CarriedForm.PLAIN),
        ("encoded", "query", "d", CarriedForm.BASE64),
        ("hop", "query", "uid", CarriedForm.PLAIN),
        ("landed", "query", "u", CarriedForm.PLAIN),
        ("body", "body", "device", CarriedForm.PLAIN),
        ("hashed", "query", "h", CarriedForm.SHA256),
    ],
)
def test_an_identifier_is_found_in_what_the_browser_sent(
    carried: dict[str, list[Carried]], path: str, place: str, name: str, form: CarriedForm
) -> None:
    (one,) = carried[path]
    assert (one.place, one.name, one.form) == (place, name, form)


def test_what_was_never_stored_is_not_told(carried: dict[str, list[Carried]]) -> None:
    assert carried["unrelated"] == []
