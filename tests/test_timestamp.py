"""RFC 3161: an authority's stamp of a pack is asked for once, kept, and checked without a network."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from consentinel.config import Configuration, EvidenceSection
from consentinel.evidence.archive import archive, read_archive
from consentinel.evidence.errors import PackError
from consentinel.evidence.manifest import MANIFEST, MANIFEST_DIGEST, TIMESTAMP, digest_lines
from consentinel.evidence.packing import pack_scan
from consentinel.evidence.verifying import verify_pack
from consentinel.verbs.pack import pack, verify
from tests.authority import Authority
from tests.recording import recording, stored

app = typer.Typer()
for verb in (pack, verify):
    app.command()(verb)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with Authority(tmp_path_factory.mktemp("tsa")) as running:
        yield running


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(tmp_path_factory.mktemp("scan"), visits=recording().visits[-1:])


@pytest.fixture(scope="module")
def stamped(scan: Path, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "evidence.zip"
    path.write_bytes(pack_scan(scan, Configuration(), timestamp=authority.url).content)
    return path


def changed(folder: Path, stamped: Path, **files: bytes | None) -> Path:
    """With other contents for the stamp, the manifest or the digests; None: taken out."""
    names = {"stamp": TIMESTAMP, "manifest": MANIFEST, "digests": MANIFEST_DIGEST}
    given = {names[name]: content for name, content in files.items()}
    merged = {**read_archive(stamped).files, **given}
    path = folder / "changed.zip"
    path.write_bytes(archive({name: content for name, content in merged.items() if content is not None}))
    return path


def named(path: Path, authority: Path | None = None) -> dict[str, str]:
    return {fault.file: fault.what for fault in verify_pack(path, authority=authority).faults}


def test_a_stamp_tells_when_and_by_whom(stamped: Path, authority: Authority) -> None:
    checked = verify_pack(stamped, authority=authority.roots)
    assert checked.intact, checked.faults
    assert checked.stamped_at is not None
    assert timedelta(0) <= datetime.now(UTC) - checked.stamped_at < timedelta(hours=1)
    assert checked.stamped_by == "CN=Test authority"
    assert checked.authority_checked


def test_without_its_certificates_the_authority_is_told_as_unchecked(stamped: Path) -> None:
    checked = verify_pack(stamped)
    assert checked.intact
    assert not checked.authority_checked
    told = CliRunner().invoke(app, ["verify", str(stamped)])
    assert told.exit_code == 0
    assert "who that is was not checked" in told.output


def test_openssl_itself_agrees(stamped: Path, authority: Authority, tmp_path: Path) -> None:
    files = read_archive(stamped).files
    for name in (MANIFEST, TIMESTAMP):
        (tmp_path / name).write_bytes(files[name])
    command = ["openssl", "ts", "-verify", "-data", MANIFEST, "-in", TIMESTAMP, "-CAfile", str(authority.roots)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_another_authority_does_not_vouch_for_it(stamped: Path, tmp_path: Path) -> None:
    with Authority(tmp_path / "other") as other:
        assert set(named(stamped, other.roots)) == {TIMESTAMP}


def test_a_stamp_of_something_else_does_not_fit(stamped: Path, authority: Authority, tmp_path: Path) -> None:
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    question = TimestampRequestBuilder().data(b"another manifest").hash_algorithm(HashAlgorithm.SHA256).build()
    other = authority.stamp(question.as_bytes())
    digests = digest_lines(read_archive(stamped).files[MANIFEST], other)
    for roots in (None, authority.roots):
        faults = named(changed(tmp_path, stamped, stamp=other, digests=digests), roots)
        assert set(faults) == {TIMESTAMP}
        assert "not for this" in faults[TIMESTAMP]


def test_any_flipped_bit_of_the_stamp_is_named(stamped: Path, tmp_path: Path) -> None:
    stamp = bytearray(read_archive(stamped).files[TIMESTAMP])
    for at in range(0, len(stamp), 41):
        flipped = bytes([*stamp[:at], stamp[at] ^ 1, *stamp[at + 1 :]])
        assert TIMESTAMP in named(changed(tmp_path, stamped, stamp=flipped)), at


def test_a_stamp_that_was_taken_out_is_missed(stamped: Path, tmp_path: Path) -> None:
    manifest = read_archive(stamped).files[MANIFEST]
    without = changed(tmp_path, stamped, stamp=None, digests=digest_lines(manifest))
    assert set(named(without)) == {TIMESTAMP}


def test_an_unstamped_pack_does_not_pass_where_an_authority_is_demanded(
    scan: Path, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(pack_scan(scan, Configuration()).content)
    assert verify_pack(path).intact
    assert set(named(path, authority.roots)) == {TIMESTAMP}


def test_the_authority_of_the_configuration_is_asked(scan: Path, authority: Authority, tmp_path: Path) -> None:
    settings = tmp_path / "consentinel.yaml"
    settings.write_text(f"evidence:\n  timestamp: {authority.url}\n")
    before = authority.asked
    target = tmp_path / "evidence.zip"
    done = CliRunner().invoke(app, ["pack", str(scan), "--config", str(settings), "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert authority.asked == before + 1
    assert Configuration(evidence=EvidenceSection(timestamp=authority.url)).evidence.timestamp == authority.url
    told = CliRunner().invoke(app, ["verify", str(target), "--authority", str(authority.roots)])
    assert told.exit_code == 0
    assert "time stamp of 20" in told.output


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [(b"<html>busy</html>", 200, "is no RFC 3161 answer"), (b"", 503, "answered 503"), (b"", 200, "is no RFC 3161")],
)
def test_an_authority_that_does_not_stamp_leaves_no_pack(
    scan: Path, tmp_path: Path, answer: bytes, status: int, told: str
) -> None:
    with Authority(tmp_path / "tsa") as broken:
        broken.answers_with, broken.status = answer, status
        with pytest.raises(PackError, match=told):
            pack_scan(scan, Configuration(), timestamp=broken.url)


def test_a_refusal_is_told_as_one(scan: Path, tmp_path: Path) -> None:
    with Authority(tmp_path / "tsa", digests="sha512") as strict, pytest.raises(PackError, match="is a refusal"):
        pack_scan(scan, Configuration(), timestamp=strict.url)


def test_the_answer_to_an_earlier_question_is_not_taken(scan: Path, stamped: Path, tmp_path: Path) -> None:
    with Authority(tmp_path / "tsa") as replaying:
        replaying.answers_with = read_archive(stamped).files[TIMESTAMP]
        with pytest.raises(PackError, match="not for this"):
            pack_scan(scan, Configuration(), timestamp=replaying.url)


@pytest.mark.parametrize("url", ["ftp://a.example/", "file:///etc/passwd", "a.example", ""])
def test_only_an_http_address_is_asked(scan: Path, url: str) -> None:
    with pytest.raises(PackError, match="no http"):
        pack_scan(scan, Configuration(), timestamp=url)


def test_an_authority_that_cannot_be_reached_is_named(scan: Path, tmp_path: Path) -> None:
    with Authority(tmp_path / "tsa") as gone:
        address = gone.url
    with pytest.raises(PackError, match="could not be reached"):
        pack_scan(scan, Configuration(), timestamp=address)
