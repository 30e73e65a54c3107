"""Shared objects and Flash programs are read without Flash, whatever is in them."""

from __future__ import annotations

import base64
import json
import lzma
import struct
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.flash.markup import flash_in
from crawler.flash.sol import SolFile, from_base64, read_sol
from crawler.flash.swf import is_swf, read_swf

FLASH = Path(__file__).parent.parent / "fixtures" / "flash"
FILM = (FLASH / "lso.swf").read_bytes()


def sol(body: bytes, *, encoding: int = 0, name: str = "tracker_id") -> bytes:
    rest = b"TCSO\0\4\0\0\0\0" + struct.pack(">H", len(name)) + name.encode() + struct.pack(">I", encoding) + body
    return b"\0\xbf" + struct.pack(">I", len(rest)) + rest


def entry0(name: str, value: bytes) -> bytes:
    return struct.pack(">H", len(name)) + name.encode() + value + b"\0"


def entry3(name: str, value: bytes) -> bytes:
    return bytes([len(name) << 1 | 1]) + name.encode() + value + b"\0"


def told(file: SolFile) -> dict[str, object]:
    return {entry.name: entry.text for entry in file.entries}


def test_amf0_values_are_read() -> None:
    body = (
        entry0("uid", b"\x02\0\x07abc-123")
        + entry0("count", b"\0" + struct.pack(">d", 42))
        + entry0("ratio", b"\0" + struct.pack(">d", 0.5))
        + entry0("nan", b"\0" + struct.pack(">d", float("nan")))
        + entry0("yes", b"\x01\x01")
        + entry0("when", b"\x0b" + struct.pack(">d", 1.7e12) + b"\0\0")
        + entry0("nothing", b"\x06")
        + entry0("list", b"\x0a\0\0\0\x02\x05\x01\0")
        + entry0("map", b"\x08\0\0\0\x01\0\x01a\x02\0\x01b\0\0\x09")
    )
    read = read_sol(sol(body))
    assert read.problem is None
    assert (read.name, read.encoding) == ("tracker_id", 0)
    assert told(read) == {
        "uid": "abc-123",
        "count": "42",
        "ratio": "0.5",
        "nan": "nan",
        "yes": "true",
        "when": "2023-11-14T22:13:20.000+00:00",
        "nothing": "null",
        "list": "[null,false]",
        "map": '{"a":"b"}',
    }


def test_amf3_values_are_read_with_their_references() -> None:
    body = (
        entry3("uid", b"\x06\x0fabc-123")
        + b"\x00\x06\x02\x00"  # the name `uid` and the text `abc-123` once more, by reference
        + entry3("minus", b"\x04\xff\xff\xff\xff")
        + entry3("date", b"\x08\x01" + struct.pack(">d", 1.7e12))
        + entry3("object", b"\x0a\x0b\x01\x03a\x06\x02\x01")
        + entry3("bytes", b"\x0c\x05\x00\xff")
        + entry3("array", b"\x09\x05\x01\x02\x03")
        + entry3("vector", b"\x0d\x05\x00\x00\x00\x00\x07\xff\xff\xff\xff")
    )
    read = read_sol(sol(body, encoding=3))
    assert read.problem is None
    assert told(read) == {
        "uid": "abc-123",
        "minus": "-1",
        "date": "2023-11-14T22:13:20.000+00:00",
        "object": '{"a":"abc-123"}',
        "bytes": base64.b64encode(b"\x00\xff").decode(),
        "array": "[false,true]",
        "vector": "[7,-1]",
    }
    assert len(read.entries) == 8


def test_a_value_that_contains_itself_is_told_once() -> None:
    read = read_sol(sol(entry3("self", b"\x09\x03\x01\x09\x00"), encoding=3))
    assert told(read) == {"self": '["…"]'}


def test_what_stands_before_the_damage_is_kept() -> None:
    read = read_sol(sol(entry0("uid", b"\x02\0\x01a") + entry0("bad", b"\x77")))
    assert told(read) == {"uid": "a"}
    assert read.problem == "unknown AMF0 type 0x77 at offset 47"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "2 bytes are announced"),
        (b"PK\3\4", "does not begin as shared objects do"),
        (sol(entry0("a", b"\x0a\xff\xff\xff\xff")), "4294967295 elements are announced"),
        (sol(entry0("a", b"\x0a\0\0\0\x01" * 200)), "nested deeper than 64"),
        (sol(entry0("a", b"\x07\0\x05")), "reference to object 5"),
        (sol(b"", encoding=7), "unknown AMF version 7"),
        (sol(entry0("a", b"\x05")) + b"x", "bytes are announced"),
    ],
)
def test_hostile_shared_objects_are_refused_with_a_reason(data: bytes, problem: str) -> None:
    assert problem in (read_sol(data).problem or "")


def test_references_cannot_blow_a_small_file_up() -> None:
    body, depth = b"\x09\x03\x01\x01", 40
    for level in range(1, depth + 1):  # each holds the one before twice: 2⁴⁰ values in all
        body += b"\x09\x05\x01" + bytes([0x09, level << 1]) * 2
    nested = b"\x09" + bytes([(depth + 1) << 1 | 1]) + b"\x01" + body
    began = time.perf_counter()
    read = read_sol(sol(entry3("bomb", nested), encoding=3))
    assert time.perf_counter() - began < 5
    assert all(len(entry.text) < 5_000_000 for entry in read.entries)


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([0, 3]))
def test_any_bytes_are_read_without_an_error(body: bytes, encoding: int) -> None:
    for data in (body, sol(body, encoding=encoding)):
        for entry in read_sol(data).entries:
            json.dumps(entry.text)


def test_local_storage_values_of_other_kinds_are_no_shared_objects() -> None:
    assert from_base64(base64.b64encode(sol(b"")).decode()) == sol(b"")
    for text in ("", "AL8", "AL8=", "AL8é", "AL8AAAAA", "plain text", base64.b64encode(b"\0\xbfxxxxNOPE").decode()):
        assert from_base64(text) is None


# --- programs


def as_calls(data: bytes) -> list[str]:
    return [str(call) for call in read_swf(data).shared_objects]


CALLS = [
    'SharedObject.getLocal("tracker_id", "/")',
    'SharedObject.getLocal("settings")',
    "SharedObject.getLocal(…)",
]


def unpacked() -> bytes:
    return zlib.decompress(FILM[8:])


def test_calls_of_a_compiled_program_are_read_from_every_packing() -> None:
    body = unpacked()
    packed = lzma.compress(body, format=lzma.FORMAT_ALONE)
    length = struct.pack("<I", len(body) + 8)
    assert as_calls(FILM) == CALLS
    assert as_calls(b"FWS\x0d" + length + body) == CALLS
    assert as_calls(b"ZWS\x0d" + length + struct.pack("<I", len(packed)) + packed[:5] + packed[13:]) == CALLS


def action(code: int, content: bytes = b"") -> bytes:
    return bytes([code]) + (struct.pack("<H", len(content)) + content if code >= 0x80 else b"")


def old_film(actions: bytes, *, sprite: bool = False) -> bytes:
    tag = struct.pack("<HI", 12 << 6 | 0x3F, len(actions)) + actions
    if sprite:
        inner = struct.pack("<HH", 1, 1) + tag
        tag = struct.pack("<HI", 39 << 6 | 0x3F, len(inner)) + inner
    body = b"\x08\x00" + b"\0\x0c\1\0" + tag + b"\0\0"
    return b"FWS\x06" + struct.pack("<I", len(body) + 8) + body


@pytest.mark.parametrize("sprite", [False, True])
def test_calls_of_actionscript_2_are_read(sprite: bool) -> None:
    pool = action(0x88, b"\3\0SharedObject\0getLocal\0uid\0")
    push = action(0x96, b"\0/\0" + b"\x08\2" + b"\x07\2\0\0\0" + b"\x08\0")
    call = push + action(0x1C) + action(0x96, b"\x09\1\0") + action(0x52)
    read = read_swf(old_film(pool + call, sprite=sprite))
    assert (read.actionscript, read.problem) == (2, None)
    assert [str(one) for one in read.shared_objects] == ['SharedObject.getLocal("uid", "/")']


def test_a_program_that_cannot_be_unpacked_says_so() -> None:
    assert "cannot be unpacked" in (read_swf(FILM[:8] + b"garbage").problem or "")
    assert "ends too early" in (read_swf(FILM[:-200]).problem or "")
    assert not is_swf(b"CWS is what this text begins with"[:8])


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300), st.integers(0, 7000), st.booleans())
def test_any_damage_to_a_program_is_read_without_an_error(noise: bytes, at: int, packed: bool) -> None:
    body = unpacked()
    hurt = body[:at] + noise + body[at + len(noise) :]
    length = struct.pack("<I", len(hurt) + 8)
    read_swf(b"CWS\x0d" + length + zlib.compress(hurt, 1) if packed else b"FWS\x0d" + length + hurt)
    read_swf(b"ZWS\x0d" + length + noise)
    read_swf(noise)


# --- markup


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_markup_is_read_without_an_error(text: str) -> None:
    for html in (f"<object data='{text}.swf'>", f"<embed src='http://[{text}.swf'>", f".swf {text}"):
        list(flash_in(html, base="https://site.example/"))


def test_scripts_that_would_embed_flash_are_told() -> None:
    html = """<script src="/js/swfobject.js"></script><script>swfobject.embedSWF("films\\/a.swf?x=1", "d");</script>
    <p>a.swf</p><object type="application/pdf" data="a.pdf"></object>"""
    found = [(one.what, one.url) for one in flash_in(html, base="https://site.example/x/")]
    assert found == [
        ("flash_script", "https://site.example/js/swfobject.js"),
        ("flash_script", "https://site.example/x/films/a.swf?x=1"),
    ]
