"""The server that all browser tests stand on."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from tests.site_answers import PIXEL
from tests.site_server import SiteServer

ROUTES = """
routes:
  - path: /set
    body: '{"ok": true}'
    cors: true
    set_cookie:
      - {line: "a={{uid:a:8}}; Path=/", unless_cookie: a}
      - "b=1; Path=/"
  - {path: /go, redirect: "{{origin:other.localhost}}/to?u={{uid:a:8}}&from={{query:q}}"}
  - {path: /pixel*, gif: true}
  - {path: /beacon, methods: [POST], status: 204}
  - {path: /gone, status: 410, body: "gone"}
  - {path: /drop, drop: true}
  - {path: /slow, delay: 0.2, body: "slow"}
  - {path: /plain.txt, headers: {X-Kept: "yes", Cache-Control: "max-age=60"}}
  - {path: /asset, file: plain.txt}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SiteServer]:
    for host, files in {
        "site.localhost": {
            "index.html": '<script src="{{origin:other.localhost}}/x.js"></script>',
            "plain.txt": "{{host}}:{{port}}",
            "binary.bin": "{{host}}",
            "truth.json": "{}",
            "sub/index.html": "sub",
            "_routes.yaml": ROUTES,
        },
        "other.localhost": {"x.js": "1"},
    }.items():
        for name, text in files.items():
            path = tmp_path / "sites" / host / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (tmp_path / "sites" / "secret.txt").write_text("secret")
    with SiteServer(tmp_path / "sites") as running:
        yield running


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def ask(server: SiteServer, path: str, *, host: str = "site.localhost", method: str = "GET", body: bytes = b"",
        headers: dict[str, str] | None = None) -> Reply:  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, body, {"Host": f"{host}:{server.port}", **(headers or {})})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def test_folder_is_chosen_by_host_and_origins_are_filled_in(server: SiteServer) -> None:
    reply = ask(server, "/")
    assert reply.status == 200
    assert reply.body.decode() == f'<script src="http://other.localhost:{server.port}/x.js"></script>'
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-store"
    assert ask(server, "/x.js", host="other.localhost").headers["Content-Type"].startswith("text/javascript")


def test_files_that_are_no_text_are_served_as_they_are(server: SiteServer) -> None:
    assert ask(server, "/binary.bin").body == b"{{host}}"
    assert ask(server, "/plain.txt").body.decode() == f"site.localhost:{server.port}"


@pytest.mark.parametrize("path", ["/nothing", "/truth.json", "/_routes.yaml", "/../secret.txt", "/%2e%2e/secret.txt"])
def test_what_is_not_the_sites_is_not_found(server: SiteServer, path: str) -> None:
    assert ask(server, path).status == 404


def test_unknown_hosts_are_not_found(server: SiteServer) -> None:
    assert ask(server, "/", host="nobody.localhost").status == 404


def test_folders_get_their_slash_and_missing_icons_an_empty_answer(server: SiteServer) -> None:
    reply = ask(server, "/sub")
    assert (reply.status, reply.headers["Location"]) == (301, "/sub/")
    assert ask(server, "/sub/").body == b"sub"
    assert ask(server, "/favicon.ico").status == 204


def test_several_cookies_are_set_and_some_only_once(server: SiteServer) -> None:
    first = ask(server, "/set").headers.get_all("Set-Cookie") or []
    assert [line.split("=")[0] for line in first] == ["a", "b"]
    assert len(first[0].split(";")[0]) == len("a=") + 8
    again = ask(server, "/set", headers={"Cookie": "x=y; a=12345678"})
    assert again.headers.get_all("Set-Cookie") == ["b=1; Path=/"]


def test_redirects_pass_the_same_identifier_on_that_they_set(server: SiteServer) -> None:
    reply = ask(server, "/go?q=news", headers={"Cookie": "a=known123"})
    assert reply.status == 302
    assert reply.headers["Location"] == f"http://other.localhost:{server.port}/to?u=known123&from=news"


def test_credentialed_reads_across_origins_are_allowed_where_asked_for(server: SiteServer) -> None:
    preflight = ask(server, "/set", method="OPTIONS", headers={"Origin": "http://o.localhost"})
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Max-Age"] == "0"
    reply = ask(server, "/set", headers={"Origin": "http://o.localhost"})
    assert reply.headers["Access-Control-Allow-Origin"] == "http://o.localhost"
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert reply.headers["Content-Type"].startswith("application/json")


def test_pixels_beacons_errors_and_extra_headers(server: SiteServer) -> None:
    pixel = ask(server, "/pixel.gif")
    assert (pixel.body, pixel.headers["Content-Type"]) == (PIXEL, "image/gif")
    assert pixel.body[6:10] == b"\x01\x00\x01\x00"
    assert ask(server, "/beacon", method="POST", body=b"e=1").status == 204
    assert ask(server, "/beacon").status == 405
    assert ask(server, "/gone").status == 410
    kept = ask(server, "/plain.txt").headers
    assert (kept["X-Kept"], kept.get_all("Cache-Control")) == ("yes", ["max-age=60"])
    assert ask(server, "/asset").body == ask(server, "/plain.txt").body


def test_head_answers_without_a_body(server: SiteServer) -> None:
    reply = ask(server, "/plain.txt", method="HEAD")
    assert (reply.body, int(reply.headers["Content-Length"])) == (b"", len(f"site.localhost:{server.port}"))


def test_a_dropped_connection_gives_no_answer(server: SiteServer) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        ask(server, "/drop")


def test_every_hit_is_written_down_with_what_it_carried(server: SiteServer) -> None:
    ask(server, "/beacon?t=1&t=2", method="POST", body=b"event=view", headers={"Cookie": "a=1; b=2"})
    ask(server, "/set")
    beacon, read = server.hits
    assert (beacon.host, beacon.method, beacon.path, beacon.status) == ("site.localhost", "POST", "/beacon", 204)
    assert (beacon.body, beacon.fields, dict(beacon.cookies)) == (b"event=view", {"t": "2"}, {"a": "1", "b": "2"})
    assert len(read.set_cookie) == 2
    assert read.at >= beacon.at


def test_connections_are_kept_and_many_are_served_at_once(server: SiteServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/plain.txt", headers={"Host": "site.localhost"})
        assert connection.getresponse().read()
        assert connection.sock is not None
    connection.close()
    began = monotonic()
    with ThreadPoolExecutor(30) as pool:
        replies = list(pool.map(lambda _: ask(server, "/slow"), range(30)))
    assert {reply.status for reply in replies} == {200}
    assert monotonic() - began < 30 * 0.2 / 3
    assert sum(hit.path == "/slow" for hit in server.hits) == 30


def test_it_stops_at_once_although_a_connection_idles(tmp_path: Path) -> None:
    server = SiteServer(tmp_path)
    with socket.create_connection(("127.0.0.1", server.port)):
        began = monotonic()
        server.close()
        assert monotonic() - began < 5
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_edited_files_are_served_anew(server: SiteServer) -> None:
    assert ask(server, "/x.js", host="other.localhost").body == b"1"
    (server.sites / "other.localhost" / "x.js").write_text("22")
    assert ask(server, "/x.js", host="other.localhost").body == b"22"
