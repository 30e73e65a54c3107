"""Samples of e-mails in an evidence pack: judged again with the same result, and nobody's address handed on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from classifiers.mails import parse_mail
from consentinel.config import Configuration
from consentinel.evidence.archive import archive, read_archive
from consentinel.evidence.errors import PackError
from consentinel.evidence.mails import MESSAGES, mail_faults, message_files, reading_files, readings_of
from consentinel.evidence.manifest import FINDINGS, MANIFEST, entries, manifest_files, read_manifest
from consentinel.evidence.packing import pack_scan
from consentinel.evidence.replaying import replay_pack
from consentinel.evidence.verifying import verify_pack
from consentinel.verbs.pack import pack, verify
from tests.recording import recording, stored

LETTER = """\
From: Shop <news@shop.example>
To: {name} <{name}@example.com>
Subject: Chairs in oak
Content-Type: text/html; charset=utf-8

<p>Dear {name}</p>
<img src="https://t.mailer.example/o/{token}.gif?to={name}%40example.com&c=spring" width="1" height="1">
<img src="https://cdn.shop.example/oak.png" width="600" height="300">
"""
RECIPIENTS = {"ayo": "8f3a9c1e77b2", "bob": "11c09ad3ee40"}
SECRETS = ("ayo", "bob", *RECIPIENTS.values(), "Chairs in oak")
app = typer.Typer()
for verb in (pack, verify):
    app.command()(verb)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    folder = tmp_path / "letters of ayo and bob"
    folder.mkdir()
    for name, token in RECIPIENTS.items():
        (folder / f"{name}.eml").write_text(LETTER.format(name=name, token=token))
    return folder


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return stored(tmp_path, visits=recording().visits[:1])


def packed(folder: Path, scan: Path, letters: Path, *, keep_mails: bool = False) -> Path:
    path = folder / "evidence.zip"
    path.write_bytes(pack_scan(scan, Configuration(mails=(letters,)), keep_mails=keep_mails).content)
    return path


def refit(folder: Path, path: Path, changes: Mapping[str, bytes]) -> Path:
    """As a forger would: files changed, and the manifest made to fit them."""
    files = {**read_archive(path).files, **changes}
    listed = {name: content for name, content in files.items() if not name.startswith(MANIFEST)}
    manifest = read_manifest(files[MANIFEST]).model_copy(update={"files": entries(listed)})
    changed = folder / "changed.zip"
    changed.write_bytes(archive({**listed, **manifest_files(manifest)}))
    return changed


@pytest.mark.parametrize("keep_mails", [False, True])
def test_a_pack_judged_again_finds_in_its_mails_what_it_found(
    tmp_path: Path, scan: Path, letters: Path, keep_mails: bool
) -> None:
    path = packed(tmp_path, scan, letters, keep_mails=keep_mails)
    for letter in letters.iterdir():
        letter.unlink()
    assert verify_pack(path).intact
    again = replay_pack(path)
    assert again.identical
    assert again.judged_otherwise == ()
    (found,) = (finding for finding in again.audit.findings if finding.rule == "BCN-004")
    assert "2 samples" in found.observation
    assert found.outcome == "fail"
    assert found.declared_at is not None
    assert found.declared_at.file in read_archive(path).files


def test_what_was_read_names_no_recipient_and_opens_no_picture(tmp_path: Path, scan: Path, letters: Path) -> None:
    files = read_archive(packed(tmp_path, scan, letters)).files
    readings = {name: content for name, content in files.items() if name.startswith("mails/")}
    assert set(readings) == {"mails/1.json", "mails/2.json"}
    told = {*readings.items(), *((name, files[name]) for name in (MANIFEST, FINDINGS, "lists.json"))}
    assert [(name, secret) for name, content in told for secret in SECRETS if secret.encode() in content] == []
    everywhere = [n for n, c in files.items() for token in RECIPIENTS.values() if token.encode() in c]
    assert everywhere == []


def test_a_reading_is_bound_to_its_message_by_the_digest(tmp_path: Path, scan: Path, letters: Path) -> None:
    files = read_archive(packed(tmp_path, scan, letters)).files
    told = [json.loads(files[f"mails/{number}.json"])["sha256"] for number in (1, 2)]
    assert told == [sha256((letters / f"{name}.eml").read_bytes()).hexdigest() for name in ("ayo", "bob")]
    used = [one.value for one in read_manifest(files[MANIFEST]).judging.judged_with if one.name == "mail"]
    assert [value.rpartition(":")[2] for value in used] == [digest[:16] for digest in told]


def test_the_messages_go_along_only_where_that_was_asked_for(tmp_path: Path, scan: Path, letters: Path) -> None:
    files = read_archive(packed(tmp_path, scan, letters, keep_mails=True)).files
    assert files[f"{MESSAGES}/1.eml"] == (letters / "ayo.eml").read_bytes()
    assert files[f"{MESSAGES}/2.eml"] == (letters / "bob.eml").read_bytes()


def test_a_changed_reading_is_found_and_named(tmp_path: Path, scan: Path, letters: Path) -> None:
    path = packed(tmp_path, scan, letters)
    files = read_archive(path).files
    for changes in ({"mails/1.json": b"{}"}, {"mails/2.json": files["mails/2.json"].replace(b'"2"', b'"1"')}):
        changed = tmp_path / "changed.zip"
        changed.write_bytes(archive({**files, **changes}))
        checked = verify_pack(changed)
        assert {fault.file for fault in checked.faults} == set(changes)
        with pytest.raises(PackError, match="not intact"):
            replay_pack(changed)


def test_a_reading_forged_with_its_manifest_does_not_fit_the_message(tmp_path: Path, scan: Path, letters: Path) -> None:
    path = packed(tmp_path, scan, letters, keep_mails=True)
    reading = read_archive(path).files["mails/2.json"]
    forged = reading.replace(b'"width":1', b'"width":600').replace(b'"width": 1', b'"width": 600')
    assert forged != reading
    checked = verify_pack(refit(tmp_path, path, {"mails/2.json": forged}))
    assert [(fault.file, fault.what) for fault in checked.faults] == [
        ("mails/2.json", f"does not tell what {MESSAGES}/2.eml holds")
    ]


def test_a_reading_exchanged_for_that_of_another_message_is_not_what_was_judged(
    tmp_path: Path, scan: Path, letters: Path
) -> None:
    path = packed(tmp_path, scan, letters)
    reading = read_archive(path).files["mails/2.json"]
    digest = json.loads(reading)["sha256"].encode()
    checked = verify_pack(refit(tmp_path, path, {"mails/2.json": reading.replace(digest, b"0" * 64)}))
    assert [fault.file for fault in checked.faults] == ["mails/2.json"]
    assert "judged" in checked.faults[0].what


def test_a_message_that_is_missing_or_one_too_many_is_named() -> None:
    mails = [parse_mail(LETTER.format(name=n, token=t).encode(), file=f"{n}.eml") for n, t in RECIPIENTS.items()]
    readings = readings_of(mails)
    names, files = [reading.file for reading in readings], reading_files(readings)
    used = [reading.told() for reading in readings]
    ayo = LETTER.format(name="ayo", token=RECIPIENTS["ayo"]).encode()
    bob = LETTER.format(name="bob", token=RECIPIENTS["bob"]).encode()
    both = {f"{MESSAGES}/1.eml": ayo, f"{MESSAGES}/2.eml": bob}
    assert list(mail_faults(names, used, {**files, **both})) == []
    assert list(mail_faults(names, used, files)) == []
    (short,) = mail_faults(names, used, {**files, f"{MESSAGES}/1.eml": ayo})
    assert "mails/2.json" in short[1]
    (many,) = mail_faults(names, used, {**files, **both, f"{MESSAGES}/3.eml": ayo})
    assert many[0] == f"{MESSAGES}/3.eml"


def test_a_message_changed_since_it_was_read_is_not_packed(letters: Path) -> None:
    ayo = letters / "ayo.eml"
    mail = parse_mail(ayo.read_bytes(), file=str(ayo))
    ayo.write_text("From: Shop <news@shop.example>\n\nOther words\n")
    with pytest.raises(PackError, match="was changed"):
        message_files([mail])


def test_an_encrypted_sample_stays_undecided_when_judged_again(tmp_path: Path, scan: Path, letters: Path) -> None:
    for name in ("ayo", "bob"):
        (letters / f"{name}.eml").write_text("Subject: x\nContent-Type: application/pkcs7-mime\n\nMIIB\n")
    again = replay_pack(packed(tmp_path, scan, letters))
    assert again.identical
    (verdict,) = (one for one in again.audit.verdicts if one.rule == "BCN-004" and one.kind == "undecided")
    assert "mails/1.json could not be looked into" in verdict.model_dump_json()


def test_the_verb_takes_samples_and_keeps_them_when_asked(tmp_path: Path, scan: Path, letters: Path) -> None:
    made = tmp_path / "made.zip"
    done = CliRunner().invoke(app, ["pack", str(scan), "-o", str(made), "--mail", str(letters), "--keep-mails"])
    assert done.exit_code == 0, done.output
    assert f"{MESSAGES}/1.eml" in read_archive(made).files
    assert CliRunner().invoke(app, ["verify", str(made)]).exit_code == 0
