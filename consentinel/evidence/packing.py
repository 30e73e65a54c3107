"""Gathers all that a pack holds: the facts, what they were judged by, what was said of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from classifiers.declaration import read_declaration
from classifiers.findings import Audit
from consentinel.config import Configuration
from consentinel.evidence.archive import archive
from consentinel.evidence.chain import event_log
from consentinel.evidence.extract import store_extract
from consentinel.evidence.manifest import (
    EVENTS,
    FINDINGS,
    MANIFEST,
    STORE,
    Judging,
    Manifest,
    entries,
    events_of,
    manifest_files,
)
from consentinel.evidence.relocating import declaration_files, in_pack
from consentinel.evidence.signature import public_key_file, signature_file
from consentinel.judging import EVIDENCE_NAME, judge, read_yardstick
from crawler.visits import Visit
from reports import REPORTERS
from reports.context import Context
from reports.neutral import json_safe

README = """This is the evidence of one scan by Consentinel, with all that it was judged by.

scan.sqlite     what was seen, as a SQLite database
events.jsonl    the same as a log; each line is sealed with the SHA-256 of the seal before it and the line's rest
findings.json   what the rules found
evidence/       screenshots      interfaces/  consent interfaces: texts, controls, accessibility tree
declaration/    what the site declared                 policy/  the policy's text, where it was given
catalogue/      vendor files that came in addition to the built-in ones
settings.json   how the scan was made                  lists.json  catalogue and lists it was judged with
reports/        every format, with one HAR and one inspection.json per scenario
manifest.json   the SHA-256 of every file here

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
) -> Packed:
    """Judges the scan and puts everything into one archive. Raises the error of the file that cannot be used."""
    inputs, judging_paths = _inputs(configuration)
    audit, context = judge_in_pack(store, configuration, judging_paths.declaration_files, scan_id=scan_id)
    files = {"README.txt": README.encode(), **inputs, **_facts(audit)}
    evidence, missing = _evidence(store.parent / EVIDENCE_NAME, audit.visits)
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
        judging=Judging(
            profile=configuration.profile,
            declaration=judging_paths.declaration,
            catalogue=judging_paths.catalogue,
            gate=configuration.gate.policy(),
            baseline=judging_paths.baseline,
            waivers=judging_paths.waivers,
            waivable=configuration.gate.waivable,
            judged_at=audit.judged_at,
            judged_with=audit.judged_with,
        ),
        files=entries(files),
        missing=missing,
        policy_matches_declaration=_policy_matches(audit, policy),
        events=events_of(log),
        visits=log.visits,
        seal=log.seal,
    )
    files |= manifest_files(manifest)
    if key is not None:
        files |= signature_file(key, files[MANIFEST])
    return Packed(content=archive(files), manifest=manifest)


def judge_in_pack(
    store: Path, configuration: Configuration, declared: Mapping[str, Path], *, scan_id: str | None = None
) -> tuple[Audit, Context]:
    """With the declaration's places named as in the pack: on another machine the findings are the same to the byte."""
    yardstick = read_yardstick(configuration)
    if yardstick.declaration is not None:
        moved = in_pack(yardstick.declaration, dict(declared))
        yardstick = dataclasses.replace(yardstick, declaration=moved)
    return judge(store, yardstick, scan_id=scan_id)


def findings_text(audit: Audit) -> bytes:
    plain = [finding.model_dump(mode="json") for finding in audit.findings]
    return (json_safe(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode()) + "\n").encode()


@dataclasses.dataclass(frozen=True)
class _Paths:
    """Inside the pack."""

    declaration: str | None
    declaration_files: Mapping[str, Path]
    catalogue: tuple[str, ...]
    baseline: str | None
    waivers: str | None


def _inputs(configuration: Configuration) -> tuple[dict[str, bytes], _Paths]:
    declared: dict[str, Path] = {}
    if configuration.declaration is not None:
        declared = declaration_files(read_declaration(configuration.declaration), configuration.declaration)
    sources = dict(declared)
    catalogue = []
    for number, folder in enumerate(configuration.catalogue, start=1):
        catalogue.append(f"catalogue/{number}")
        sources |= {f"catalogue/{number}/{file.name}": file for file in sorted(folder.glob("*.yaml"))}
    gate = configuration.gate
    if gate.baseline is not None:
        sources["gate/baseline.json"] = gate.baseline
    if gate.waivers is not None:
        sources["gate/waivers.yaml"] = gate.waivers
    paths = _Paths(
        declaration=next(iter(declared), None),
        declaration_files=declared,
        catalogue=tuple(catalogue),
        baseline="gate/baseline.json" if gate.baseline else None,
        waivers="gate/waivers.yaml" if gate.waivers else None,
    )
    return {name: file.read_bytes() for name, file in sources.items()}, paths


def _facts(audit: Audit) -> dict[str, bytes]:
    interfaces = {
        f"interfaces/{visit.id}-{number}.json": interface.model_dump_json(indent=1)
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
    named = {
        *(shot for visit in visits for shot in visit.screenshots),
        *(interface.screenshot for visit in visits for interface in visit.interfaces),
        *(click.screenshot for visit in visits for choice in visit.choices for click in choice.clicks),
    }
    names = sorted(name for name in named if name)
    there = {name for name in names if Path(name).name == name and (folder / name).is_file()}
    return {f"evidence/{name}": (folder / name).read_bytes() for name in sorted(there)}, tuple(
        name for name in names if name not in there
    )


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
