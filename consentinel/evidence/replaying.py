"""Judges a pack again: by today's rules, or beside another declaration."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from classifiers.findings import Audit
from classifiers.lists.records import ListSettings
from consentinel.config import Configuration, GateSection, overridden
from consentinel.evidence.archive import extract, read_archive
from consentinel.evidence.errors import PackError
from consentinel.evidence.mails import read_readings
from consentinel.evidence.manifest import AUDIT, FINDINGS, STORE, Judging
from consentinel.evidence.packing import findings_text, judge_in_pack
from consentinel.evidence.relocating import FOLDER
from consentinel.evidence.verifying import verify_contents
from crawler.observations import NameValue
from reports.context import Context
from reports.differences import Differences, diff
from reports.to_json import read_document


@dataclass(frozen=True)
class Replay:
    audit: Audit
    context: Context
    findings: bytes
    identical: bool
    """The findings are the pack's, byte by byte."""
    differences: Differences
    judged_otherwise: tuple[NameValue, ...]
    """What it was judged with today that is not what the pack was judged with."""


def replay_pack(path: Path, *, declaration: Path | None = None, profile: str | None = None) -> Replay:
    """Raises PackError for a pack that is not intact: what was changed must not be judged as evidence."""
    contents = read_archive(path)
    checked = verify_contents(str(path), contents)
    if checked.manifest is None or not checked.intact:
        first = checked.faults[0]
        raise PackError(f"{path}: is not intact ({first.file} {first.what}); `consentinel verify` tells all")
    packed = checked.manifest.judging
    with tempfile.TemporaryDirectory(prefix="consentinel-") as name:
        folder = Path(name)
        extract(contents.files, folder)
        configuration = overridden(
            _configuration(packed, folder), flags={"declaration": declaration, "profile": profile}
        )
        named = (f"{FOLDER}/", "tagplan/")
        declared = {file: (folder / file).resolve() for file in contents.files if file.startswith(named)}
        mails = read_readings(packed.mails, contents.files)
        audit, context = judge_in_pack(
            folder / STORE, configuration, declared, mails=mails, scan_id=checked.manifest.scan
        )
    before = read_document(contents.files[AUDIT].decode(), file=AUDIT).audit
    findings = findings_text(audit)
    return Replay(
        audit=audit,
        context=context,
        findings=findings,
        identical=findings == contents.files[FINDINGS],
        differences=diff(before, audit),
        judged_otherwise=tuple(used for used in audit.judged_with if used not in packed.judged_with),
    )


def _configuration(packed: Judging, folder: Path) -> Configuration:
    def at(name: str | None) -> Path | None:
        return None if name is None else folder / name

    gate = GateSection(
        **packed.gate.model_dump(), baseline=at(packed.baseline), waivers=at(packed.waivers), waivable=packed.waivable
    )
    return overridden(
        Configuration(
            declaration=at(packed.declaration),
            tag_plan=at(packed.tag_plan),
            lists=ListSettings(use=packed.lists),
            gate=gate,
        ),
        flags={"profile": packed.profile, "catalogue": tuple(folder / name for name in packed.catalogue)},
    )
