"""The manifest of a pack: what is in it, with the digest of every file, and what should be but is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Literal

from pydantic import ValidationError

from consentinel.evidence.chain import Log, VisitSeal
from consentinel.evidence.errors import PackError
from crawler.observations import NameValue, Record
from reports.context import ManifestEntry
from reports.gate import GatePolicy

MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.json.sha256"
"""In the form that `sha256sum --check` reads."""
SIGNATURE = "manifest.json.sig"
TIMESTAMP = "manifest.json.tsr"
"""RFC 3161, as `openssl ts -verify` reads it."""
PUBLIC_KEY = "signer.pem"
EVENTS = "events.jsonl"
FINDINGS = "findings.json"
STORE = "scan.sqlite"
AUDIT = "reports/audit.json"
NOT_LISTED = frozenset({MANIFEST, MANIFEST_DIGEST, SIGNATURE, TIMESTAMP})


class Judging(Record):
    """How the scan was judged, with paths inside the pack, so that it can be judged again."""

    profile: str
    declaration: str | None
    catalogue: tuple[str, ...]
    gate: GatePolicy
    baseline: str | None
    waivers: str | None
    waivable: tuple[str, ...]
    tag_plan: str | None = None
    mails: tuple[str, ...] = ()
    """Readings of samples of e-mails."""
    lists: bool = True
    """Whether fetched lists were to be used; which ones is in `judged_with`."""
    judged_at: datetime
    judged_with: tuple[NameValue, ...]
    """Catalogue, lists and declaration, each with digest or version."""


class Manifest(Record):
    format: Literal["consentinel-pack"] = "consentinel-pack"
    version: Literal["1"] = "1"
    scan: str
    site: str
    tool_version: str
    judging: Judging
    files: tuple[ManifestEntry, ...]
    missing: tuple[str, ...]
    """Evidence that the scan names but whose file was not there when the pack was made."""
    policy_matches_declaration: bool | None
    """Whether the policy's digest is the one that the declaration was made from; None: one of them is not known."""
    stamped_by: str | None = None
    """Address of the time-stamping authority that was asked, so that a stamp that was taken out is missed."""
    events: int
    visits: tuple[VisitSeal, ...]
    seal: str
    """Of the whole event log."""


def entries(files: Mapping[str, bytes]) -> tuple[ManifestEntry, ...]:
    return tuple(
        ManifestEntry(file=name, sha256=sha256(files[name]).hexdigest(), size=len(files[name]))
        for name in sorted(files)
    )


def events_of(log: Log) -> int:
    return 1 + sum(visit.events for visit in log.visits)


def manifest_files(manifest: Manifest) -> dict[str, bytes]:
    text = (manifest.model_dump_json(indent=1) + "\n").encode()
    return {MANIFEST: text, MANIFEST_DIGEST: digest_lines(text)}


def digest_lines(manifest: bytes, timestamp: bytes | None = None) -> bytes:
    """Of what the manifest cannot hold the digest of."""
    files = {MANIFEST: manifest, **({} if timestamp is None else {TIMESTAMP: timestamp})}
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()


def read_manifest(text: bytes) -> Manifest:
    """Raises PackError."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{MANIFEST}: {where or 'document'}: {first['msg']}") from error
