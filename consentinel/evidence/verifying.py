"""Says what of a pack is intact and what is not, file by file, without a network."""

from __future__ import annotations

import hmac
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from cryptography.x509 import Certificate

from consentinel.evidence.archive import Contents, read_archive
from consentinel.evidence.chain import broken_at, event_log
from consentinel.evidence.errors import PackError
from consentinel.evidence.mails import mail_faults
from consentinel.evidence.manifest import (
    EVENTS,
    MANIFEST,
    MANIFEST_DIGEST,
    NOT_LISTED,
    PUBLIC_KEY,
    SIGNATURE,
    STORE,
    TIMESTAMP,
    Manifest,
    digest_lines,
    read_manifest,
)
from consentinel.evidence.signature import fingerprint, read_public_key, signature_fault
from consentinel.evidence.timestamp import Stamp, read_roots, stamp_of
from crawler.observations import Record
from crawler.store import Store, StoreError


class Fault(Record):
    file: str
    what: str


class Verification(Record):
    pack: str
    intact: bool
    faults: tuple[Fault, ...]
    files: int
    """Whose digest is as the manifest says."""
    events: int
    """Whose seals fit, and which are those of the store."""
    signed_by: str | None
    """Fingerprint of the key whose signature fits; None: unsigned, or it does not fit."""
    signer_demanded: bool
    stamped_at: datetime | None = None
    """By the time stamp, whose content fits; None: there is none, or it does not fit."""
    stamped_by: str | None = None
    authority_checked: bool = False
    """Whether certificates were given that vouch for the authority; otherwise the stamp is only its own word."""
    manifest: Manifest | None


def verify_pack(path: Path, *, signer: Path | None = None, authority: Path | None = None) -> Verification:
    """`signer`: the public key that must have signed it; `authority`: certificates that must vouch for its time stamp.

    Raises PackError for what is no pack at all.
    """
    return verify_contents(str(path), read_archive(path), signer=signer, authority=authority)


def verify_contents(
    pack: str, contents: Contents, *, signer: Path | None = None, authority: Path | None = None
) -> Verification:
    faults = [Fault(file=file, what=what) for file, what in contents.damaged.items()]
    files = contents.files
    manifest: Manifest | None = None
    try:
        manifest = read_manifest(files[MANIFEST]) if MANIFEST in files else None
    except PackError as error:
        faults.append(Fault(file=MANIFEST, what=f"cannot be read ({error})"))
    if MANIFEST not in files:
        faults.append(Fault(file=MANIFEST, what="is missing, so no file can be checked against it"))
    else:
        faults += _digest_faults(files)
    events = 0
    if manifest is not None:
        file_faults = tuple(_file_faults(manifest, files, damaged=contents.damaged))
        faults += file_faults
        log_faults = tuple(_log_faults(manifest, files, changed={fault.file for fault in file_faults}))
        faults += log_faults
        events = 0 if log_faults else manifest.events
        if not file_faults:  # what was changed is told already
            faults += _mail_faults(manifest, files)
    signed_by, signature_faults = _signed_by(files, signer)
    faults += signature_faults
    roots = read_roots(authority) if authority is not None else ()
    stamp, stamp_faults = _stamp(files, roots, demanded=authority is not None or bool(manifest and manifest.stamped_by))
    faults += stamp_faults
    bad = {fault.file for fault in faults}
    return Verification(
        pack=pack,
        intact=not faults,
        faults=tuple(dict.fromkeys(faults)),
        files=sum(entry.file not in bad for entry in manifest.files) if manifest else 0,
        events=events,
        signed_by=signed_by,
        signer_demanded=signer is not None,
        stamped_at=stamp.at if stamp else None,
        stamped_by=stamp.authority if stamp else None,
        authority_checked=bool(stamp and roots),
        manifest=manifest,
    )


def _digest_faults(files: Mapping[str, bytes]) -> list[Fault]:
    stamp = files.get(TIMESTAMP)
    said, wanted = files.get(MANIFEST_DIGEST, b""), digest_lines(files[MANIFEST], stamp)
    if said == wanted:
        return []
    changed = [
        name
        for name, line, told in zip_longest((MANIFEST, TIMESTAMP), wanted.splitlines(), said.splitlines())
        if line != told
    ]
    return [
        Fault(file=name or MANIFEST_DIGEST, what=f"does not have the digest that {MANIFEST_DIGEST} says")
        for name in changed or (MANIFEST_DIGEST,)
    ]


def _stamp(
    files: Mapping[str, bytes], roots: Sequence[Certificate], *, demanded: bool
) -> tuple[Stamp | None, list[Fault]]:
    content, manifest = files.get(TIMESTAMP), files.get(MANIFEST)
    if content is None:
        return None, [Fault(file=TIMESTAMP, what="is missing: no authority stamped the pack")] if demanded else []
    if manifest is None:
        return None, []
    stamp, fault = stamp_of(content, manifest=manifest, roots=roots)
    return stamp, [] if fault is None else [Fault(file=TIMESTAMP, what=fault)]


def _file_faults(manifest: Manifest, files: Mapping[str, bytes], *, damaged: Mapping[str, str]) -> Iterator[Fault]:
    for entry in manifest.files:
        if entry.file not in files:
            if entry.file not in damaged:
                yield Fault(file=entry.file, what="is missing")
        elif not hmac.compare_digest(sha256(files[entry.file]).hexdigest(), entry.sha256):
            yield Fault(file=entry.file, what="has been changed: its SHA-256 is not the one in the manifest")
    listed = {entry.file for entry in manifest.files} | NOT_LISTED
    for name in sorted(files.keys() - listed):
        yield Fault(file=name, what="has been added: the manifest does not know it")


def _log_faults(manifest: Manifest, files: Mapping[str, bytes], *, changed: set[str]) -> Iterator[Fault]:
    text = files.get(EVENTS)
    if text is None:
        return
    if (line := broken_at(text)) is not None:
        yield Fault(file=EVENTS, what=f"the chain of seals breaks at line {line}")
        return
    if STORE not in files or STORE in changed:
        return  # told already
    try:
        if _log_of(files[STORE], manifest.scan) != (text, manifest.seal):
            yield Fault(file=EVENTS, what=f"does not tell what {STORE} holds")
    except (StoreError, ValueError) as error:  # a record that does not validate is a ValueError
        yield Fault(file=STORE, what=f"cannot be read as a scan ({error})")


def _mail_faults(manifest: Manifest, files: Mapping[str, bytes]) -> list[Fault]:
    judging = manifest.judging
    return [Fault(file=file, what=what) for file, what in mail_faults(judging.mails, judging.judged_with, files)]


def _log_of(store: bytes, scan_id: str) -> tuple[bytes, str]:
    with tempfile.TemporaryDirectory(prefix="consentinel-") as folder:
        path = Path(folder) / STORE
        path.write_bytes(store)
        with Store.open(path) as opened:
            log = event_log(opened.scan(scan_id), tuple(opened.visits(scan_id)))
    return log.text, log.seal


def _signed_by(files: Mapping[str, bytes], signer: Path | None) -> tuple[str | None, list[Fault]]:
    manifest, signature = files.get(MANIFEST), files.get(SIGNATURE)
    if manifest is None or signature is None:
        half = PUBLIC_KEY in files or signer is not None
        return None, [Fault(file=SIGNATURE, what="is missing: nobody signed the pack")] if half else []
    try:
        if signer is not None:
            key = read_public_key(signer.read_bytes(), name=str(signer))
        elif PUBLIC_KEY in files:
            key = read_public_key(files[PUBLIC_KEY], name=PUBLIC_KEY)
        else:
            return None, [Fault(file=PUBLIC_KEY, what="is missing, so the signature cannot be checked")]
    except PackError as error:
        if signer is not None:
            raise
        return None, [Fault(file=PUBLIC_KEY, what=str(error))]
    fault = signature_fault(key, manifest=manifest, signature=signature)
    return (fingerprint(key), []) if fault is None else (None, [Fault(file=SIGNATURE, what=fault)])
