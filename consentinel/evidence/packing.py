"""Gathers all that a pack holds: the facts, what they were judged by, what was said of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from classifiers.findings import Audit
from classifiers.mails import Mail, read_mails
from consentinel.config import Configuration
from consentinel.evidence.archive import archive
from consentinel.evidence.chain import event_log
from consentinel.evidence.errors import PackError
from consentinel.evidence.extract import store_extract
from consentinel.evidence.inputs import inputs_of
from consentinel.evidence.mails import message_files, reading_files, readings_of
from consentinel.evidence.manifest import (
    EVENTS,
    FINDINGS,
    MANIFEST,
    MANIFEST_DIGEST,
    STORE,
    TIMESTAMP,
    Manifest,
    digest_lines,
    entries,
    events_of,
    manifest_files,
)
from consentinel.evidence.relocating import in_pack
from consentinel.evidence.signature import public_key_file, signature_file
from consentinel.evidence.timestamp import ask_for_stamp
from consentinel.evidence_files import kept_bodies, named_files
from consentinel.judging import EVIDENCE_NAME, judge, read_yardstick
from crawler.visits import Visit
from reports import REPORTERS
from reports.context import Context
from reports.neutral import json_safe
from reports.places import file_stem

README = """This is the evidence of one scan by Consentinel, with all that it was judged by.

scan.sqlite     what was seen, as a SQLite database
events.jsonl    the same as a log; each line is sealed with the SHA-256 of the seal before it and the line's rest
findings.json   what the rules found
evidence/       screenshots; bodies/ contents of answers by their SHA-256, where they were kept
interfaces/     consent interfaces: texts, controls, accessibility tree
declaration/    what the site declared                 policy/  the policy's text, where it was given
tagplan/        what should fire, where a plan was given
catalogue/      vendor files that came in addition to the built-in ones
mails/          what was read of samples of e-mails, without recipients and addresses: equal numbers stand for equal
                addresses; messages/ the samples themselves, where that was asked for
settings.json   how the scan was made                  lists.json  catalogue and lists it was judged with
reports/        every format, with one HAR and one inspection.json per scenario
warc/           the same requests for web archives' tools, where that was asked for
manifest.json   the SHA-256 of every file here; beside it, where there are: .sig an Ed25519 signature of it by
                signer.pem, .tsr an RFC 3161 time stamp of it

With Consentinel:    consentinel verify PACK      consentinel replay PACK
Without:             sha256sum --check manifest.json.sha256
                     and compare each file's SHA-256 with the one in manifest.json
"""


@dataclasses.dataclass(frozen=True)
class Packed:
    content: bytes
    manifest: Manifest


def pack_scan(
    store: Path,
    configuration: Configuration,
    *,
    scan_id: str | None = None,
    policy: Path | None = None,
    key: Ed25519PrivateKey | None = None,
    timestamp: str | None = None,
    warc: bool = False,
    keep_mails: bool = False,
) -> Packed:
    """Judges the scan and puts everything into one archive. Raises the error of the file that cannot be used.

    `timestamp`: address of the authority that is to stamp it. `warc` needs warcio. `keep_mails`: the samples of
    e-mails as well, not only what was read of them.
    """
    inputs = inputs_of(configuration)
    mails = read_mails(configuration.mails)
    readings = readings_of(mails)
    audit, context = judge_in_pack(store, configuration, inputs.named_in_findings, mails=readings, scan_id=scan_id)
    files = {"README.txt": README.encode(), **inputs.contents(), **reading_files(readings), **_facts(audit)}
    if keep_mails:
        files |= message_files(mails)
    evidence, missing = _evidence(store.parent / EVIDENCE_NAME, audit.visits)
    if warc:
        files |= _archives(audit, store.parent / EVIDENCE_NAME)
    files |= evidence
    if policy is not None:
        files[f"policy/{policy.name}"] = policy.read_bytes()
    files |= _told(audit, context)
    if key is not None:
        files |= public_key_file(key)
    log = event_log(audit.scan, audit.visits)
    files[EVENTS] = log.text
    manifest = Manifest(
        scan=audit.scan.id,
        site=audit.site,
        tool_version=audit.scan.tool_version,
        judging=inputs.judging(
            configuration,
            mails=tuple(reading.file for reading in readings),
            judged_at=audit.judged_at,
            judged_with=audit.judged_with,
        ),
        files=entries(files),
        missing=missing,
        policy_matches_declaration=_policy_matches(audit, policy),
        stamped_by=timestamp,
        events=events_of(log),
        visits=log.visits,
        seal=log.seal,
    )
    files |= manifest_files(manifest)
    if key is not None:
        files |= signature_file(key, files[MANIFEST])
    if timestamp is not None:
        stamp = ask_for_stamp(timestamp, files[MANIFEST])
        files |= {TIMESTAMP: stamp, MANIFEST_DIGEST: digest_lines(files[MANIFEST], stamp)}
    return Packed(content=archive(files), manifest=manifest)


def judge_in_pack(
    store: Path,
    configuration: Configuration,
    declared: Mapping[str, Path],
    *,
    mails: tuple[Mail, ...],
    scan_id: str | None = None,
) -> tuple[Audit, Context]:
    """With places in files named as in the pack: on another machine the findings are the same to the byte.

    `mails`: as the pack tells them, instead of those that the configuration names.
    """
    yardstick = dataclasses.replace(read_yardstick(configuration.model_copy(update={"mails": ()})), mails=mails)
    names = dict(declared)
    if yardstick.declaration is not None:
        yardstick = dataclasses.replace(yardstick, declaration=in_pack(yardstick.declaration, names))
    if yardstick.plan is not None:
        yardstick = dataclasses.replace(yardstick, plan=in_pack(yardstick.plan, names))
    return judge(store, yardstick, scan_id=scan_id)


def findings_text(audit: Audit) -> bytes:
    plain = [finding.model_dump(mode="json") for finding in audit.findings]
    return (json_safe(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode()) + "\n").encode()


def _facts(audit: Audit) -> dict[str, bytes]:
    interfaces = {
        f"interfaces/{file_stem(visit.id)}-{number}.json": interface.model_dump_json(indent=1)
        for visit in audit.visits
        for number, interface in enumerate(visit.interfaces, start=1)
    }
    return {
        STORE: store_extract(audit.scan, audit.visits),
        "settings.json": _json(audit.scan.model_dump(mode="json", exclude={"skipped", "cnames"})),
        "lists.json": _json([used.model_dump(mode="json") for used in audit.judged_with]),
        **{name: text.encode() for name, text in interfaces.items()},
    }


def _evidence(folder: Path, visits: tuple[Visit, ...]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files that the visits name, and the names of those that are not there."""
    names = sorted(named_files(visits))
    there = {name for name in names if (folder / name).is_file()}
    return {f"evidence/{name}": (folder / name).read_bytes() for name in sorted(there)}, tuple(
        name for name in names if name not in there
    )


def _archives(audit: Audit, folder: Path) -> dict[str, bytes]:
    if find_spec("warcio") is None:
        raise PackError("--warc: needs warcio; `pip install 'consentinel[warc]'` brings it")
    from reports.warc import warc_files

    return {f"warc/{name}": content for name, content in warc_files(audit, bodies=kept_bodies(folder)).items()}


def _told(audit: Audit, context: Context) -> dict[str, bytes]:
    told = {
        f"reports/{name}": text.encode()
        for reporter in REPORTERS
        for name, text in reporter(context).files(audit).items()
    }
    return {**told, FINDINGS: findings_text(audit)}


def _policy_matches(audit: Audit, policy: Path | None) -> bool | None:
    declared = next((used.value for used in audit.judged_with if used.name == "policy_sha256"), None)
    if policy is None or declared is None:
        return None
    return sha256(policy.read_bytes()).hexdigest() == declared


def _json(plain: object) -> bytes:
    return (json_safe(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode()) + "\n").encode()
