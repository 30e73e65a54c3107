"""The pure parts of the collectors: values, cookie lines, images, bodies, stacks and the words for failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.browser.bodies import fields_of
from crawler.browser.cdp import Session
from crawler.browser.cookie_lines import cookie_date, read_line, redact, settle, unstored_reasons
from crawler.browser.events import Call
from crawler.browser.exchanges import Hop
from crawler.browser.images import dimensions
from crawler.browser.navigation import problem_of
from crawler.browser.outlasting import mark_outlasting
from crawler.browser.recorder import Moment, Place
from crawler.browser.stacks import from_text
from crawler.browser.values import Digester, identifier_tokens, shape_of
from crawler.observations import Consent, TargetKind
from crawler.visits import ProblemKind
from tests.page_server import GIF

SESSION = Session("s", "t", TargetKind.PAGE, "http://site.test/", "context", None)
PLACE = Place("http://site.test/", "http://site.test/", TargetKind.PAGE)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def hop(request: str, *, url: str, method: str = "GET", kind: str = "fetch", order: int) -> Hop:
    return Hop(
        request=request,
        index=0,
        moment=Moment(order, order / 10, Consent.UNDECIDED, "open", 0),
        place=PLACE,
        session=SESSION,
        url=url,
        method=method,
        kind=kind,
        initiator={"type": "script"},
        navigation=False,
        frame_id=None,
        headers={},
        body=None,
        has_body=False,
    )


def keepalive(url: str, method: str = "GET", *, order: int) -> Call:
    moment = Moment(order, order / 10, Consent.UNDECIDED, "open", 0)
    return Call("outlasting", (), ("keepalive", url, method), "http://site.test", SESSION, moment, PLACE)


def test_a_call_that_outlasts_its_page_marks_the_nearest_request_of_its_kind_only() -> None:
    url = "http://site.test/events"
    hops = [
        hop("1", url=url, order=1),
        hop("2", url=url, order=8),
        hop("3", url=url, method="POST", order=8),
        hop("4", url=url, kind="image", order=8),
        hop("5", url="http://site.test/other", order=8),
    ]
    mark_outlasting(hops, [keepalive(url + "#part", order=9)])
    assert [one.outlasts for one in hops] == [None, "keepalive", None, None, None]
    mark_outlasting(hops, [keepalive(url, "post", order=9), keepalive("http://site.test/never", order=9)])
    assert [one.request for one in hops if one.outlasts] == ["2", "3"]


def digester(key: bytes = b"key", *, keep: bool = False) -> Digester:
    return Digester(key=key, keep_values=keep, now=NOW)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", "empty"),
        ("true", "flag"),
        ("1", "flag"),
        ("42.5", "number"),
        (str(int(NOW.timestamp())), "timestamp"),
        ("2026-01-05T10:00:00Z", "timestamp"),
        ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "uuid"),
        ("9f86d081884c7d65", "hex"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "jwt"),
        ("someone@example.org", "email"),
        ('{"a":1}', "json"),
        ("%7B%22a%22%3A1%7D", "json"),
        ("accepted", "word"),
        ("aGVsbG8gd29ybGQgaGVsbG8", "base64"),
        ("two words, and more", "text"),
    ],
)
def test_values_are_told_by_shape(text: str, shape: str) -> None:
    assert shape_of(text, now=NOW) == shape


@pytest.mark.parametrize(
    "text",
    ["GA1.2.1958237412.1700000000", "fb.1.1700000000000.1958237412", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
     '{"uid":"9f86d081884c7d65"}', "u%3D9f86d081884c7d65", "eyJ1aWQiOiI5Zjg2ZDA4MTg4NGM3ZDY1In0="],
)  # fmt: skip
def test_identifiers_are_found_inside_values(text: str) -> None:
    assert identifier_tokens(text, now=NOW)


@pytest.mark.parametrize(
    "text",
    ["accepted", "en-GB", "1", "aaaaaaaaaaaaaaaa", str(int(NOW.timestamp())), "2026-03-01", "summer-sale-banner"],
)
def test_words_and_times_are_no_identifiers(text: str) -> None:
    assert identifier_tokens(text, now=NOW) == ()


def test_digests_compare_within_a_scan_only_and_hide_the_value() -> None:
    one, again, other = digester().value("9f86d081884c7d65"), digester().value("9f86d081884c7d65"), digester(b"2")
    assert one == again
    assert one.digest != other.value("9f86d081884c7d65").digest
    assert "9f86d081884c7d65" not in one.model_dump_json()
    assert one.tokens == (one.digest,)
    assert digester(keep=True).value("x").raw == "x"


@given(st.text())
def test_any_text_has_a_digest(text: str) -> None:
    assert digester().value(text).length == len(text)


def test_a_line_is_read_as_browsers_do() -> None:
    line = (
        "id = a=b ; Domain=.Example.org; path=/x; Expires=Wed, 01 Apr 2026 12:00:00 GMT; SECURE; HttpOnly; samesite=lax"
    )
    asked = read_line(line, url="https://www.example.org/a/b", now=NOW)
    assert (asked.name, asked.value, asked.domain, asked.path, asked.host_only) == (
        "id",
        "a=b",
        "example.org",
        "/x",
        False,
    )
    assert (asked.secure, asked.http_only, asked.same_site, asked.partitioned) == (True, True, "Lax", False)
    assert asked.lifetime == timedelta(days=31).total_seconds()


def test_max_age_goes_before_expires_and_bad_dates_mean_a_session() -> None:
    both = "a=1; Max-Age=60; Expires=Wed, 01 Apr 2026 12:00:00 GMT"
    assert read_line(both, url="https://x.test/", now=NOW).lifetime == 60
    assert read_line("a=1; Expires=soon", url="https://x.test/", now=NOW).lifetime is None
    assert read_line("a=1; Max-Age=", url="https://x.test/", now=NOW).lifetime is None


def test_domain_and_path_can_come_later() -> None:
    asked = settle(read_line("a=1", url="", now=NOW), url="https://www.x.test/shop/cart?q=1")
    assert (asked.domain, asked.path, asked.host_only) == ("www.x.test", "/shop", True)
    named = settle(read_line("a=1; Domain=x.test; Path=/", url="", now=NOW), url="https://www.x.test/shop/cart")
    assert (named.domain, named.path, named.host_only) == ("x.test", "/", False)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Nov  6 08:49:37 1994",
        "6 november 94 8:49:37",
    ],
)
def test_dates_are_read_in_every_form_that_browsers_take(text: str) -> None:
    assert cookie_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@given(st.text())
def test_no_line_breaks_the_reader(line: str) -> None:
    read_line(line, url="https://x.test/", now=NOW)
    cookie_date(line)


def test_the_raw_line_is_kept_without_its_value() -> None:
    assert redact("sid=secret; Path=/; Secure") == "sid=…; Path=/; Secure"
    assert redact("secret") == "…"


@pytest.mark.parametrize(
    ("line", "url", "reason"),
    [
        ("__Host-a=1; Path=/", "https://x.test/", "InvalidPrefix"),
        ("__Secure-a=1", "https://x.test/", "InvalidPrefix"),
        ("a=1; Domain=y.test", "https://x.test/", "InvalidDomain"),
        ("a=1; Secure", "http://x.test/", "SecureOnly"),
        ("a=1; SameSite=None", "https://x.test/", "SameSiteNoneInsecure"),
        ("a=1; Partitioned", "https://x.test/", "InvalidPartitioned"),
        ("a=1; HttpOnly", "https://x.test/", "HttpOnlyFromScript"),
        ("a=1; SameSite=Strict; Secure", "https://third.test/", "SameSiteStrict"),
    ],
)
def test_a_line_explains_why_no_jar_has_it(line: str, url: str, reason: str) -> None:
    asked = read_line(line, url=url, now=NOW)
    page = "http://x.test/" if url.startswith("http:") else "https://x.test/"
    assert unstored_reasons(asked, url=url, page=page, script=True) == (reason,)


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + pack(">I4sII", 13, b"IHDR", width, height)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (GIF, (1, 1)),
        (png(3, 4), (3, 4)),
        (b"\xff\xd8\xff\xe0" + pack(">H", 4) + b"ab" + b"\xff\xc0" + pack(">HBHH", 17, 8, 5, 6), (6, 5)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + pack("<I", (7 - 1) | (8 - 1) << 14), (7, 8)),
        (
            b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0" + (9 - 1).to_bytes(3, "little") + (10 - 1).to_bytes(3, "little"),
            (9, 10),
        ),
        (b"BM" + bytes(16) + pack("<ii", 11, -12), (11, 12)),
        (b"\0\0\1\0\1\0" + bytes([16, 0]), (16, 256)),
        (b"\0\0\0\x1cftypavif" + bytes(8) + b"\0\0\0\x14ispe\0\0\0\0" + pack(">II", 1, 2), (1, 2)),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1px"/>', (1, 1)),
        (b"<?xml version='1.0'?><svg viewBox='0 0 20 30'/>", (20, 30)),
        (b"<html>", None),
        (b"", None),
        (b"GIF8", None),
    ],
    ids=["gif", "png", "jpeg", "webp lossless", "webp", "bmp", "ico", "avif", "svg", "svg box", "html", "empty", "cut"],
)
def test_image_sizes_come_from_the_first_bytes(content: bytes, size: tuple[int, int] | None) -> None:
    assert dimensions(content) == size


@given(st.binary(max_size=64))
def test_no_bytes_break_the_image_reader(content: bytes) -> None:
    for start in (b"", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X", b"\0\0\0\0ftyp", b"<svg "):
        dimensions(start + content)


@pytest.mark.parametrize(
    ("body", "content_type", "fields"),
    [
        (b"a=1&b=&c=x%20y", "application/x-www-form-urlencoded", {"a": "1", "b": None, "c": None}),
        (
            b'{"ev":"view","user":{"id":"9f86d081884c7d65"},"n":3}',
            "text/plain",
            {"ev": "view", "user.id": None, "n": "3"},
        ),
        (b'[{"e":"a"},{"e":"b"}]', "application/json", {"[0].e": "a", "[1].e": "b"}),
        (
            b"en=view&n=1\r\nen=click&n=2",
            "text/plain",
            {"[0].en": "view", "[0].n": "1", "[1].en": "click", "[1].n": "2"},
        ),
        (
            b'--B\r\nContent-Disposition: form-data; name="k"\r\n\r\nvalue\r\n--B--\r\n',
            "multipart/form-data; boundary=B",
            {"k": "value"},
        ),
        (b"\x00\x01\x02", "application/octet-stream", {}),
    ],
    ids=["form", "json", "batch", "batch of forms", "multipart", "binary"],
)
def test_fields_of_a_body(body: bytes, content_type: str, fields: dict[str, str | None]) -> None:
    found = fields_of(body, content_type=content_type, digester=digester())
    assert {field.name: field.plain for field in found} == fields


def test_a_stack_is_read_without_the_probes_own_frames() -> None:
    text = (
        "Error\n    at stackNow (k0123456789abcdef:30:16)\n    at Object.apply (k0123456789abcdef:9:1)\n"
        "    at write (https://t.test/tag.js:10:5)\n"
        "    at eval (eval at run (https://t.test/e.js:2:3), <anonymous>:1:1)\n"
        "    at async https://t.test/tag.js:20:1\n    at https://x.test/page?a=(1):7:9"
    )
    frames = from_text(text)
    assert [(f.function, f.url, f.line, f.column) for f in frames[:3]] == [
        ("write", "https://t.test/tag.js", 10, 5),
        ("eval", "https://t.test/e.js", 2, 3),
        ("", "https://t.test/tag.js", 20, 1),
    ]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at http://x/", ProblemKind.UNREACHABLE),
        ("Page.goto: net::ERR_CERT_DATE_INVALID at https://x/", ProblemKind.CERTIFICATE),
        ("Page.goto: Timeout 3000ms exceeded.", ProblemKind.TIMEOUT),
        ("something nobody has met", ProblemKind.UNREACHABLE),
        ("", ProblemKind.UNREACHABLE),
    ],
)
def test_every_failure_has_a_sentence(message: str, kind: ProblemKind) -> None:
    problem = problem_of(message, url="http://x/", status=None, cap=3, phase="open")
    assert problem.kind is kind
    assert "http" in problem.message
