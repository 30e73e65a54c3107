"""The evidence pack: any changed byte is found and named, and judging it again gives the same findings."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from consentinel.config import Configuration, configured
from consentinel.evidence.archive import archive, extract, read_archive
from consentinel.evidence.chain import broken_at, event_log
from consentinel.evidence.errors import PackError
from consentinel.evidence.manifest import MANIFEST, MANIFEST_DIGEST, SIGNATURE, digest_lines
from consentinel.evidence.packing import pack_scan
from consentinel.evidence.replaying import replay_pack
from consentinel.evidence.signature import read_private_key
from consentinel.evidence.verifying import Verification, verify_pack
from consentinel.verbs.pack import pack, replay, verify
from crawler.store import Store
from tests.recording import CATALOGUE, DECLARATION, LOCK, recording, stored

PICTURE = b"\x89PNG\r\n\x1a\n not really"
app = typer.Typer()
for verb in (pack, verify, replay):
    app.command()(verb)


def configuration() -> Configuration:
    return configured(None, top={"declaration": DECLARATION, "catalogue": (CATALOGUE,)})


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of one page under two scenarios, one of its pictures there and the others not."""
    folder = tmp_path_factory.mktemp("scan")
    visits = tuple(v for v in recording().visits if "www." in v.url and v.scenario != "accept")
    path = stored(folder, visits=visits)
    picture = folder / "evidence" / visits[0].screenshots[0]
    picture.parent.mkdir()
    picture.write_bytes(PICTURE)
    return path


@pytest.fixture(scope="module")
def packed(scan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "evidence.zip"
    path.write_bytes(pack_scan(scan, configuration()).content)
    return path


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def signed(scan: Path, key: Ed25519PrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("signed") / "evidence.zip"
    path.write_bytes(pack_scan(scan, configuration(), key=key).content)
    return path


def public(key: Ed25519PrivateKey, path: Path) -> Path:
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def private(key: Ed25519PrivateKey | X25519PrivateKey, path: Path) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def files_of(path: Path) -> dict[str, bytes]:
    return dict(read_archive(path).files)


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / "changed.zip"
    path.write_bytes(archive(files))
    return path


def named(checked: Verification) -> set[str]:
    return {fault.file for fault in checked.faults}


def test_a_pack_holds_what_an_auditor_needs(packed: Path) -> None:
    files = files_of(packed)
    for name in (
        *("README.txt", MANIFEST, MANIFEST_DIGEST, "scan.sqlite", "events.jsonl", "findings.json", "settings.json"),
        *("lists.json", f"declaration/{DECLARATION.name}", f"declaration/{LOCK.name}", "reports/report.html"),
        *("reports/har/silent.har", "reports/har/reject.har", "reports/wec/silent/inspection.json"),
        "catalogue/1/pulsemetrics.yaml",
    ):
        assert name in files, name
    assert PICTURE in [content for name, content in files.items() if name.startswith("evidence/")]
    assert any(name.startswith("interfaces/") for name in files)
    manifest = json.loads(files[MANIFEST])
    assert manifest["missing"], "the pictures that are not there are named"
    assert not set(manifest["missing"]) & {name.removeprefix("evidence/") for name in files}


def test_a_pack_is_intact_and_any_tool_opens_it(packed: Path) -> None:
    checked = verify_pack(packed)
    assert checked.intact, checked.faults
    assert checked.manifest is not None
    assert checked.files == len(checked.manifest.files) > 30
    assert checked.events == checked.manifest.events > 15
    with zipfile.ZipFile(packed) as opened:
        assert opened.testzip() is None
        names = {entry.file for entry in checked.manifest.files} | {MANIFEST, MANIFEST_DIGEST}
        assert set(opened.namelist()) == names


def test_nothing_of_the_packing_machine_is_in_it(packed: Path) -> None:
    home = str(Path(__file__).parent.parent).encode()
    assert [name for name, content in files_of(packed).items() if home in content] == []


def test_equal_contents_give_an_equal_archive(scan: Path) -> None:
    files = {"b/ü.txt": b"1", "a.txt": b"", "a/b.bin": bytes(range(256))}
    assert archive(files) == archive(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(archive(files))) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
    once, again = (pack_scan(scan, configuration()).content for _ in range(2))
    first, second = ({n: zipfile.ZipFile(io.BytesIO(c)).read(n) for n in zipfile.ZipFile(io.BytesIO(c)).namelist()}
                     for c in (once, again))  # fmt: skip
    dated = {MANIFEST, MANIFEST_DIGEST, "reports/audit.json", "reports/report.html", "reports/junit.xml"}
    dated |= {"reports/report.sarif", "reports/comment.md"}  # they tell when they were made
    assert {name for name in first if first[name] != second[name]} <= dated


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_one_flipped_byte_in_any_file_is_found_and_named(signed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:  # fmt: skip  # noqa: E501
    """As if someone had unpacked it, changed a byte and packed it again."""
    files = files_of(signed)
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path = written(tmp_path_factory.mktemp("flip"), {**files, name: bytes(content)})
    checked = verify_pack(path)
    assert not checked.intact
    # The digest beside the manifest and the signature tell of the manifest as much as of themselves.
    allowed = {name, MANIFEST} if name == MANIFEST_DIGEST else {name}
    assert named(checked) & allowed, (name, at, checked.faults)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_one_flipped_byte_of_the_archive_is_found(packed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:  # fmt: skip  # noqa: E501
    raw = bytearray(packed.read_bytes())
    directory = raw.rindex(b"PK\1\2")
    at = data.draw(st.integers(0, len(raw) - 1) | st.integers(directory, len(raw) - 1) | st.integers(0, 100))
    raw[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("flip") / "evidence.zip"
    path.write_bytes(raw)
    try:
        checked = verify_pack(path)
    except PackError:
        return  # told to be no pack at all
    assert not checked.intact, at
    assert all(fault.file and fault.what for fault in checked.faults)


def test_a_file_that_was_taken_out_or_put_in_is_named(packed: Path, tmp_path: Path) -> None:
    files = files_of(packed)
    picture = next(name for name in files if name.startswith("evidence/"))
    without = {name: content for name, content in files.items() if name != picture}
    assert named(verify_pack(written(tmp_path, without))) == {picture}
    assert named(verify_pack(written(tmp_path, {**files, "evidence/forged.png": b"x"}))) == {"evidence/forged.png"}


def refit(files: dict[str, bytes]) -> dict[str, bytes]:
    """As a forger would: the manifest made to fit the changed files."""
    from consentinel.evidence.manifest import entries, manifest_files, read_manifest

    manifest = read_manifest(files[MANIFEST])
    listed = {name: content for name, content in files.items() if not name.startswith(MANIFEST)}
    return {**files, **manifest_files(manifest.model_copy(update={"files": entries(listed)}))}


def test_a_changed_store_does_not_fit_the_log_though_the_manifest_was_made_to_fit(packed: Path, tmp_path: Path) -> None:
    files = files_of(packed)
    store = tmp_path / "scan.sqlite"
    store.write_bytes(files["scan.sqlite"])
    with sqlite3.connect(store) as connection:
        connection.execute("DELETE FROM cookies WHERE rowid = (SELECT min(rowid) FROM cookies)")
    connection.close()
    checked = verify_pack(written(tmp_path, refit({**files, "scan.sqlite": store.read_bytes()})))
    assert named(checked) == {"events.jsonl"}
    assert "scan.sqlite" in checked.faults[0].what


def test_a_line_taken_out_of_the_log_breaks_the_chain(packed: Path, tmp_path: Path) -> None:
    files = files_of(packed)
    lines = files["events.jsonl"].splitlines(keepends=True)
    assert broken_at(b"".join(lines)) is None
    assert broken_at(b"".join(lines[:4] + lines[5:])) == 5
    shorter = b"".join(lines[:-1])
    assert broken_at(shorter) is None, "a log cut short is still a chain, so it must be held against the store"
    assert named(verify_pack(written(tmp_path, refit({**files, "events.jsonl": shorter})))) == {"events.jsonl"}


def test_the_log_tells_every_event_in_order() -> None:
    known = recording()
    lines = [json.loads(line) for line in event_log(known.scan, known.visits).text.splitlines()]
    events = [line for line in lines if line["kind"] not in ("scan", "visit")]
    assert len(events) == sum(len(visit.sightings()) for visit in known.visits)
    for visit in known.visits:
        orders = [line["event"]["order"] for line in events if line["visit"] == visit.id]
        assert orders == sorted(orders)


def test_a_signature_holds_a_forged_manifest_against_the_forger(
    signed: Path, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    good, other = public(key, tmp_path / "good.pem"), public(Ed25519PrivateKey.generate(), tmp_path / "other.pem")
    checked = verify_pack(signed, signer=good)
    assert checked.intact
    assert str(checked.signed_by).startswith("SHA256:")
    assert named(verify_pack(signed, signer=other)) == {SIGNATURE}
    files = files_of(signed)
    forged = refit({**files, "findings.json": b"[]\n"})
    assert named(verify_pack(written(tmp_path, forged))) == {SIGNATURE}
    unsigned = {name: content for name, content in files.items() if name != SIGNATURE}
    assert named(verify_pack(written(tmp_path, unsigned))) == {SIGNATURE}


def test_an_unsigned_pack_does_not_pass_where_a_signer_is_demanded(
    packed: Path, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    assert verify_pack(packed).signed_by is None
    assert named(verify_pack(packed, signer=public(key, tmp_path / "key.pem"))) == {SIGNATURE}


def test_unusable_keys_are_named_with_the_fix(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("hello")
    for path in (nonsense, private(X25519PrivateKey.generate(), tmp_path / "x.pem")):
        with pytest.raises(PackError, match="openssl genpkey"):
            read_private_key(path)


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/passwd", "a/../../b", "a\\b", "C:x", "a//b", "./a", "", "a\x00b", "a/", "\u202ea"]
)
def test_a_name_that_leads_out_of_the_pack_is_neither_written_nor_extracted(name: str, tmp_path: Path) -> None:
    with pytest.raises(PackError):
        archive({name: b"x"})
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(PackError, match="nothing was extracted"):
        extract({"fine.txt": b"x", name: b"x"}, inside)
    assert [path.name for path in tmp_path.rglob("*")] == ["inside"]


@pytest.mark.parametrize("name", ["../up.txt", "/absolute.txt"])
def test_a_pack_from_a_stranger_with_such_a_name_is_not_intact(name: str, packed: Path, tmp_path: Path) -> None:
    path = tmp_path / "strange.zip"
    path.write_bytes(packed.read_bytes())
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr(name, "x")
    assert name in named(verify_pack(path))
    with pytest.raises(PackError, match="not intact"):
        replay_pack(path)


def test_a_compressed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("bomb", bytes(50_000_000))
    checked = read_archive(path)
    assert checked.files == {}
    assert "compressed" in checked.damaged["bomb"]


def test_replay_gives_byte_identical_findings_from_any_folder(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    again = replay_pack(packed)
    assert again.identical
    assert again.findings == files_of(packed)["findings.json"]
    assert json.loads(again.findings)
    assert again.judged_otherwise == ()


def test_replay_beside_another_declaration_tells_the_difference(packed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("schema: tracker-declaration/1\nservice: the Business Services\ncategories: []\nitems: []\n")
    again = replay_pack(packed, declaration=other)
    assert not again.identical
    assert again.differences.findings
    assert {used.name for used in again.judged_otherwise} >= {"declaration"}


def test_a_scan_among_others_is_packed_alone(tmp_path: Path) -> None:
    first = recording().scan
    second = first.model_copy(update={"id": "other", "started": first.started.replace(year=2027)})
    path = stored(tmp_path)
    stored(tmp_path, scan=second, visits=recording().visits[:1])
    made = tmp_path / "one.zip"
    made.write_bytes(pack_scan(path, configuration(), scan_id=first.id).content)
    extracted = tmp_path / "extract.sqlite"
    extracted.write_bytes(files_of(made)["scan.sqlite"])
    with Store.open(extracted) as store:
        assert [scan.id for scan in store.scans()] == [first.id]
        assert {visit.id for visit in store.visits(first.id)} == {visit.id for visit in recording().visits}


def test_the_policy_is_packed_and_held_against_the_declaration(scan: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.txt"
    policy.write_text("another text")
    made = pack_scan(scan, configuration(), policy=policy)
    assert made.manifest.policy_matches_declaration is False
    assert "policy/policy.txt" in {entry.file for entry in made.manifest.files}
    assert pack_scan(scan, configuration()).manifest.policy_matches_declaration is None


def test_the_verbs_pack_verify_and_replay(scan: Path, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    run = CliRunner().invoke
    made, pem = tmp_path / "made.zip", private(key, tmp_path / "key.pem")
    flags = ["--declaration", str(DECLARATION), "--catalogue", str(CATALOGUE)]
    done = run(app, ["pack", str(scan), "-o", str(made), "--sign", str(pem), *flags])
    assert done.exit_code == 0, done.output
    assert "missing:" in done.output
    good = run(app, ["verify", str(made), "--key", str(public(key, tmp_path / "public.pem"))])
    assert good.exit_code == 0
    assert "INTACT" in good.output
    told = run(app, ["replay", str(made), "--json", "-o", str(tmp_path / "again")])
    outcome = json.loads(told.stdout)
    assert outcome["identical"] is True
    assert told.exit_code == outcome["exit_code"]
    assert (tmp_path / "again" / "findings.json").read_bytes() == files_of(made)["findings.json"]
    assert (tmp_path / "again" / "har" / "silent.har").is_file()
    files = files_of(made)
    bad = run(app, ["verify", str(written(tmp_path, {**files, "settings.json": b"{}\n"})), "--json"])
    assert bad.exit_code == 1
    assert [fault["file"] for fault in json.loads(bad.stdout)["faults"]] == ["settings.json"]


def test_what_is_no_pack_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear auditor")
    with pytest.raises(PackError, match="not an evidence pack"):
        verify_pack(path)


def test_ordinary_tools_check_the_manifest(packed: Path, tmp_path: Path) -> None:
    extract(files_of(packed), tmp_path)
    assert (tmp_path / MANIFEST_DIGEST).read_bytes() == digest_lines((tmp_path / MANIFEST).read_bytes())
    if sys.platform == "linux" and os.access("/usr/bin/sha256sum", os.X_OK):
        told = subprocess.run(["/usr/bin/sha256sum", "--check", MANIFEST_DIGEST], cwd=tmp_path, capture_output=True)
        assert told.returncode == 0, told.stderr
