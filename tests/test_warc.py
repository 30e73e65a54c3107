"""WARC: valid by warcio's own checker, honest about what was not kept, and the same bytes every time."""

from __future__ import annotations

import io
import re
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from classifiers.findings import Audit
from consentinel.config import Configuration
from consentinel.evidence.archive import read_archive
from consentinel.evidence.errors import PackError
from consentinel.evidence.packing import pack_scan
from consentinel.evidence.verifying import verify_pack
from consentinel.verbs.warc import warc as warc_verb
from crawler.observations import NameValue, RequestSighting
from crawler.visits import Visit
from tests import audits
from tests.recording import recorded_audit, recording, stored

pytest.importorskip("warcio")
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from reports.warc import Bodies, nothing_kept, warc, warc_files

AUDITS: dict[str, Callable[[], Audit]] = {
    "recorded": recorded_audit,
    "rich": audits.audit,
    "clean": audits.clean_audit,
    "blind": audits.blind_audit,
    "hostile": audits.hostile_audit,
}
app = typer.Typer()
app.command()(warc_verb)


@dataclass(frozen=True)
class Told:
    kind: str
    url: str | None
    head: dict[str, str]
    http: dict[str, str]
    status: str
    content: bytes


def records(content: bytes) -> list[Told]:
    return [
        Told(
            kind=record.rec_type,
            url=record.rec_headers.get_header("WARC-Target-URI"),
            head=dict(record.rec_headers.headers),
            http=dict(record.http_headers.headers) if record.http_headers else {},
            status=record.http_headers.get_statuscode() if record.http_headers else "",
            content=record.content_stream().read(),
        )
        for record in ArchiveIterator(io.BytesIO(content), check_digests="raise")
    ]


def is_sound(path: Path) -> bool:
    return bool(Checker(Namespace(inputs=[str(path)], verbose=False)).process_all() == 0)


def only(request: RequestSighting, bodies: Bodies = nothing_kept) -> list[Told]:
    visit = recording().visits[0].model_copy(update={"requests": (request,), "scenario": "silent"})
    audit = recorded_audit().model_copy(update={"visits": (visit,)})
    return records(warc(audit, scenario="silent", bodies=bodies))


def some(**changes: object) -> RequestSighting:
    return recording().visits[0].requests[0].model_copy(update=changes)


@pytest.mark.parametrize("audit", AUDITS.values(), ids=AUDITS)
def test_every_archive_passes_the_checker(audit: Callable[[], Audit], tmp_path: Path) -> None:
    for name, content in warc_files(audit()).items():
        path = tmp_path / name
        path.write_bytes(content)
        assert is_sound(path), name
    broken = bytearray(warc(audit(), scenario=audit().scan.scenarios[0], compressed=False))
    broken[broken.index(b"software:")] ^= 1
    (tmp_path / "broken.warc").write_bytes(broken)
    assert not is_sound(tmp_path / "broken.warc"), "the checker must be able to fail"


def test_each_request_has_its_answer_and_the_consent_in_force() -> None:
    told = records(warc(recorded_audit(), scenario="reject"))
    visits = [visit for visit in recording().visits if visit.scenario == "reject"]
    requests = [request for visit in visits for request in visit.requests]
    by_kind = {kind: [one for one in told if one.kind == kind] for kind in ("request", "response", "metadata")}
    assert sorted(one.url or "" for one in by_kind["request"]) == sorted(request.url for request in requests)
    assert len(by_kind["response"]) == sum(request.status is not None for request in requests)
    consents = [re.search(rb"consentinel-consent: (\w+)", one.content) for one in by_kind["metadata"]]
    assert {match[1] for match in consents if match} == {b"undecided", b"rejected"}
    ids = {one.head["WARC-Record-ID"] for one in told}
    assert len(ids) == len(told)
    beside = by_kind["response"] + by_kind["metadata"]
    assert {one.head["WARC-Concurrent-To"] for one in beside} <= ids


def test_content_that_was_not_kept_is_cut_and_has_no_digest() -> None:
    answer = next(one for one in only(some(status=200, response_size=500, content=None)) if one.kind == "response")
    assert answer.head["WARC-Truncated"] == "unspecified"
    assert "WARC-Payload-Digest" not in answer.head
    assert answer.content == b""


def test_content_that_was_kept_is_whole_and_has_its_digest() -> None:
    kept = {sha256(b"<p>page</p>").hexdigest(): b"<p>page</p>"}
    request = some(status=200, response_size=500, content=next(iter(kept)))
    answer = next(one for one in only(request, kept.get) if one.kind == "response")
    assert answer.content == b"<p>page</p>"
    assert "WARC-Truncated" not in answer.head
    assert "WARC-Payload-Digest" in answer.head
    gone = next(one for one in only(request) if one.kind == "response")
    assert gone.head["WARC-Truncated"] == "unspecified", "a body that is not there any more is not invented"


def test_what_was_never_answered_has_no_answer() -> None:
    told = only(some(status=None, response_size=None, failure="net::ERR_FAILED", refused_because=("csp",)))
    assert [one.kind for one in told] == ["warcinfo", "request", "metadata"]
    assert b"consentinel-failure: net::ERR_FAILED" in told[-1].content
    assert b"consentinel-refused-because: csp" in told[-1].content


def test_a_body_that_was_sent_is_told_as_not_kept() -> None:
    asked = next(one for one in only(some(method="POST", body_size=12)) if one.kind == "request")
    assert asked.head["WARC-Truncated"] == "unspecified"
    whole = next(one for one in only(some(body_size=0)) if one.kind == "request")
    assert "WARC-Truncated" not in whole.head


def test_no_text_of_a_page_becomes_a_line_of_the_archive() -> None:
    attack = "x\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a=b"
    headers = (NameValue(name="etag", value=attack), NameValue(name=attack, value="x"))
    told = only(
        some(
            url=f"https://a.example/{attack}",
            method=attack,
            status=200,
            response_headers=headers,
            request_headers=headers,
            failure=attack,
            beacon=(attack,),
        )
    )
    assert [one.kind for one in told] == ["warcinfo", "request", "response", "metadata"]
    assert all("Set-Cookie" not in one.http and "\n" not in (one.url or "") for one in told)
    assert sum(line.startswith(b"WARC-Type") for one in told for line in one.content.splitlines()) == 0


def test_equal_scans_give_equal_bytes() -> None:
    assert warc(recorded_audit(), scenario="accept") == warc(recorded_audit(), scenario="accept")


def with_bodies(folder: Path) -> tuple[Path, bytes]:
    """The recorded scan, with the content of one answer kept."""
    content = b"<!doctype html><title>kept</title>"
    name = sha256(content).hexdigest()
    visits: list[Visit] = list(recording().visits[-1:])
    first = visits[0].requests[0].model_copy(update={"content": name})
    visits[0] = visits[0].model_copy(update={"requests": (first, *visits[0].requests[1:])})
    path = stored(folder, visits=tuple(visits))
    (folder / "evidence" / "bodies").mkdir(parents=True)
    (folder / "evidence" / "bodies" / name).write_bytes(content)
    return path, content


def test_the_verb_writes_an_archive_per_scenario(tmp_path: Path) -> None:
    store, content = with_bodies(tmp_path)
    done = CliRunner().invoke(app, [str(store)])
    assert done.exit_code == 0, done.output
    written = {path.name: path.read_bytes() for path in (tmp_path / "warc").iterdir()}
    assert set(written) == {f"{name}.warc.gz" for name in recording().scan.scenarios}
    assert content in [one.content for file in written.values() for one in records(file)]


def test_a_body_that_was_changed_stops_it(tmp_path: Path) -> None:
    store, _ = with_bodies(tmp_path)
    kept = next((tmp_path / "evidence" / "bodies").iterdir())
    kept.write_bytes(b"something else")
    done = CliRunner().invoke(app, [str(store)])
    assert isinstance(done.exception, PackError)
    assert kept.name in str(done.exception)


def test_a_pack_takes_archives_and_bodies_along(tmp_path: Path) -> None:
    store, content = with_bodies(tmp_path)
    path = tmp_path / "evidence.zip"
    path.write_bytes(pack_scan(store, Configuration(), warc=True).content)
    files = read_archive(path).files
    assert {f"warc/{name}.warc.gz" for name in recording().scan.scenarios} <= set(files)
    assert files[f"evidence/bodies/{sha256(content).hexdigest()}"] == content
    assert verify_pack(path).intact
    assert not [name for name in read_archive_names(store, tmp_path) if name.startswith("warc/")]


def read_archive_names(store: Path, folder: Path) -> list[str]:
    path = folder / "plain.zip"
    path.write_bytes(pack_scan(store, Configuration()).content)
    return list(read_archive(path).files)
