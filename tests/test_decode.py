"""Decoding survives hostile input, reads HAR files of any browser, and works on what the store kept."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.decode import decode, decode_sighting
from classifiers.decode_har import HarError, decode_har, read_har
from classifiers.decode_payload import flat
from classifiers.decoders import DECODERS
from classifiers.vendor_records import Role, Signal
from crawler.observations import BodyField, Consent, RequestSighting, TargetKind, ValueDigest
from tests.test_decode_hits import CASES

SEEDS = [case.url for _, case in CASES]
HOSTS = [
    "https://www.google-analytics.com/g/collect?",
    "https://bat.bing.com/action/0?",
    "https://x.example/b/ss/a/1/J/s1?",
]


@settings(max_examples=60, deadline=None)  # the first example loads the catalogue
@given(url=st.text(max_size=200), method=st.text(max_size=8), body=st.none() | st.binary(max_size=300))
def test_any_text_decodes_without_an_error(url: str, method: str, body: bytes | None) -> None:
    decode(url, method, {}, body)


@settings(max_examples=60, deadline=None)  # the first example loads the catalogue
@given(
    seed=st.sampled_from(SEEDS),
    cut=st.integers(0, 400),
    noise=st.text(max_size=40),
    body=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")),
    content_type=st.sampled_from(
        ["", "application/json", "multipart/form-data; boundary=x", "text/plain", "multipart/;"]
    ),
)
def test_broken_vendor_hits_decode_without_an_error(
    seed: str, cut: int, noise: str, body: bytes, content_type: str
) -> None:
    decode(seed[:cut] + noise + seed[cut:], "POST", {"Content-Type": content_type}, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)  # the first example loads the catalogue
@given(
    document=JSON, host=st.sampled_from(["https://api.segment.io/v1/b", "https://analytics.tiktok.com/api/v2/pixel"])
)
def test_any_json_body_decodes_without_an_error(document: object, host: str) -> None:
    decode(host, "POST", {}, json.dumps(document).encode())
    decode(host, "POST", {}, json.dumps({"batch": document}).encode())


@settings(max_examples=60, deadline=None)  # the first example loads the catalogue
@given(
    pairs=st.lists(st.tuples(st.text(max_size=6), st.text(max_size=20)), max_size=10), decoder=st.sampled_from(DECODERS)
)
def test_named_decoders_never_raise(pairs: list[tuple[str, str]], decoder: type) -> None:
    assert decoder().events(pairs)


@settings(max_examples=60, deadline=None)  # the first example loads the catalogue
@given(text=st.text(max_size=300) | st.binary(max_size=300))
def test_any_file_is_a_har_or_a_clear_error(text: str | bytes) -> None:
    with pytest.raises(HarError, match=r"."):
        read_har(text)


def test_deeply_nested_json_is_cut_and_not_a_crash() -> None:
    body = b'{"a":' * 900 + b"1" + b"}" * 900
    assert len(decode("https://api.segment.io/v1/t", "POST", {}, body)) == 1
    assert list(flat([[[[1]]]])) == [("[0][0][0][0]", "1")]


def test_endless_fields_and_bombs_are_bounded() -> None:
    query = "&".join(f"k{number}=v" for number in range(100_000))
    hit = decode("https://www.google-analytics.com/g/collect?" + query)[0]
    assert len(hit.parameters) <= 2_000
    bomb = gzip.compress(b"en=a&" * 10_000_000)
    assert decode("https://www.google-analytics.com/g/collect?v=2", "POST", {}, bomb)[0].event == "a"


def test_unreadable_body_is_said_and_not_hidden() -> None:
    hit = decode("https://api.segment.io/v1/t", "POST", {}, b'{"event": "half')[0]
    assert "looks like JSON and is not" in hit.problems[0]
    binary = decode("https://k.clarity.ms/collect", "POST", {}, b"\x00\xff\xfe\x01")[0]
    assert "binary" in binary.problems[0]


def test_compressed_body_is_read() -> None:
    body = gzip.compress(
        orjson.dumps({"e": ["0.7", 1, 0, 9, "abcde12345", "u1", "s1", 1, 0, 0, 0, "https://x.example/"]})
    )
    assert decode("https://k.clarity.ms/collect", "POST", {}, body)[0].account == "abcde12345"


def test_parameters_carry_titles_groups_roles_and_hashes() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bd22cd15d6c15b0f00a08"
    hit = decode(f"https://www.facebook.com/tr/?id=123456789012345&ev=Lead&ud[em]={digest}&cd[plan]=a&odd=1")[0]
    by_name = {parameter.name: parameter for parameter in hit.parameters}
    assert (by_name["id"].title, by_name["id"].group, by_name["id"].role) == ("Pixel id", "Account", Role.ACCOUNT)
    assert (by_name["ud[em]"].title, by_name["ud[em]"].hashed) == ("User data em (hashed)", "sha256")
    assert by_name["cd[plan]"].title == "Custom data plan"
    assert by_name["odd"].title is None
    assert hit.value("odd") == "1"
    assert hit.value("missing") is None


def test_industry_consent_signals_are_read_at_every_vendor() -> None:
    hit = decode("https://tr.outbrain.com/unifiedPixel?marketerId=a&gdpr=1&gdpr_consent=CPX&us_privacy=1YNN&gpp=DBABM")[
        0
    ]
    assert {(signal.signal, signal.value) for signal in hit.consent} == {
        (Signal.TCF_APPLIES, "1"),
        (Signal.TCF_STRING, "CPX"),
        (Signal.US_PRIVACY, "1YNN"),
        (Signal.GPP_STRING, "DBABM"),
    }


def _sighting(url: str, fields: tuple[BodyField, ...]) -> RequestSighting:
    return RequestSighting(
        id="r1",
        consent=Consent.UNDECIDED,
        phase="open",
        order=1,
        at=0.1,
        wall=datetime(2026, 1, 1, tzinfo=UTC),
        page="https://www.example.com/",
        frame="https://www.example.com/",
        target=TargetKind.PAGE,
        url=url,
        method="POST",
        resource_type="ping",
        body_fields=fields,
    )


def _field(name: str, plain: str | None) -> BodyField:
    return BodyField(name=name, value=ValueDigest(digest="0" * 32, length=9, shape="text"), plain=plain)


@pytest.mark.parametrize("names", [("[0].en", "[0].dl", "[1].en"), ("0.en", "0.dl", "1.en")])
def test_stored_request_decodes_from_its_fields(names: tuple[str, str, str]) -> None:
    fields = (_field(names[0], "scroll"), _field(names[1], None), _field(names[2], "click"))
    hits = decode_sighting(_sighting("https://www.google-analytics.com/g/collect?v=2&tid=G-ABCDE12345", fields))
    assert [hit.event for hit in hits] == ["scroll", "click"]
    page = next(parameter for parameter in hits[0].parameters if parameter.name == "dl")
    assert page.withheld
    assert hits[0].page is None


def test_har_gives_hits_in_order_and_says_what_it_could_not_read() -> None:
    good = {
        "request": {"url": "https://bat.bing.com/action/0?ti=1234&Ver=2&evt=pageLoad", "method": "GET", "headers": []}
    }
    post = {
        "request": {
            "url": "https://www.google-analytics.com/g/collect?v=2&tid=G-ABCDE12345",
            "method": "POST",
            "headers": [{"name": "Content-Type", "value": "text/plain"}, {"name": "half"}],
            "postData": {"mimeType": "text/plain", "encoding": "base64", "text": "ZW49c2Nyb2xs"},
        }
    }
    params = {
        "request": {
            "url": "https://www.facebook.com/tr/",
            "method": "POST",
            "postData": {"params": [{"name": "id", "value": "123456789012345"}, {"name": "ev", "value": "Lead"}]},
        }
    }
    broken: list[object] = [
        7,
        {"request": {"url": 5}},
        {"request": {**post["request"], "postData": {"encoding": "base64", "text": "%"}}},
    ]
    result = read_har(b"\xef\xbb\xbf" + orjson.dumps({"log": {"entries": [good, *broken, post, params]}}))
    assert [hit.event for hit in result.hits] == ["pageLoad", "scroll", "Lead"]
    assert result.entries == 6
    assert [problem.split(":")[0] for problem in result.problems] == ["entry 1", "entry 2", "entry 3"]
    assert decode_har(orjson.dumps({"log": {"entries": []}})) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ('{"log": {"entries": [{"request"', "not JSON"),
        ("<html></html>", "not JSON"),
        ("[]", "log.entries"),
        ('{"log": {}}', "log.entries"),
        ('{"log": {"entries": [{}]}}', "none of the 1 entries"),
    ],
)
def test_file_that_is_no_har_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(HarError, match=says):
        decode_har(text)
