"""`consentinel diff`: what changed between two scans, and who brought it in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from classifiers.findings import Audit
from consentinel import options
from consentinel.config import read_configuration
from consentinel.judging import judge, read_yardstick, store_path
from consentinel.terminal import out
from reports.differences import ChangeKind, Differences
from reports.differences import diff as differences
from reports.to_json import read_document

SIGNS = {ChangeKind.APPEARED: "+", ChangeKind.GONE: "-", ChangeKind.NOT_SEEN: "?", ChangeKind.CHANGED: "~"}


def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The earlier scan, or its audit.json.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The later scan, or its audit.json.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Compare two scans: what appeared, went, or changed. Always ends with 0; `gate --gate new` decides."""
    change = differences(_audit(before, config), _audit(after, config))
    if as_json:
        sys.stdout.write(change.model_dump_json(indent=2) + "\n")
    else:
        _print(change)


def _audit(given: Path, config: Path | None) -> Audit:
    if given.suffix == ".json":
        return read_document(given.read_text(encoding="utf-8"), file=str(given)).audit
    judged, _ = judge(store_path(given), read_yardstick(read_configuration(config)))
    return judged


def _print(change: Differences) -> None:
    for row in change.items:
        aspects = "; ".join(f"{aspect.name}: {aspect.before} → {aspect.after}" for aspect in row.aspects)
        by = f" (by {' → '.join(row.introduced_by)})" if row.introduced_by else ""
        told = "; ".join(part for part in (aspects, row.why) if part)
        line = f"{SIGNS[row.kind]} {row.item.kind} {row.item.name} ({row.item.domain}){by}"
        out.print(f"{line}  {told}".rstrip(), markup=False, soft_wrap=True)
    for entry in change.findings:
        finding = entry.finding
        out.print(f"{SIGNS[entry.kind]} {finding.rule} {finding.observation}", markup=False, soft_wrap=True)
    if not change.items and not change.findings:
        out.print("No difference was observed.")
    for caveat in change.caveats:
        out.print(f"Note: {caveat}", style="quiet", markup=False, soft_wrap=True)
