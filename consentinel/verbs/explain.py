"""`consentinel explain`: everything known about one cookie, storage key, request or rule."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.table import Table

from classifiers.findings import Audit, Finding, Item
from consentinel import options
from consentinel.config import ConfigurationError, configured, did_you_mean
from consentinel.judging import judge, read_yardstick, store_path
from consentinel.terminal import out
from reports.differences import lifetime
from reports.gate import ExitCode


def explain(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Name of a cookie, key or request; `*` stands for any.")],
    store: Annotated[
        Path | None,
        typer.Argument(metavar="STORE", help="A stored scan; otherwise that of the configuration.", show_default=False),
    ] = None,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Explain an item of a stored scan: what it is, whose, who says so, who set it, what was found."""
    configuration = configured(config, top={"declaration": declaration, "catalogue": catalogue})
    judged, _ = judge(store_path(store or configuration.output), read_yardstick(configuration), scan_id=scan)
    found = [known for known in judged.items if _meant(item, known)]
    if not found:
        names = sorted({known.name for known in judged.items})
        raise ConfigurationError([f"this scan has no item {item!r}{_near(item, names)}"])
    if as_json:
        plain = [
            {"item": known.model_dump(mode="json"), "findings": [row.fingerprint for row in _findings(judged, known)]}
            for known in found
        ]
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
        raise typer.Exit(ExitCode.PASSED)
    for known in found:
        out.print(_card(judged, known))


def _meant(text: str, item: Item) -> bool:
    return fnmatchcase(item.name, text) or item.name == text or f"{item.name}@{item.domain}" == text


def _near(text: str, names: list[str]) -> str:
    hint, _, _ = did_you_mean(text, names).partition("; accepted")
    return f"{hint}; it has {len(names)} items, see the inventory of the report"


def _findings(audit: Audit, item: Item) -> list[Finding]:
    evidence = set(item.evidence)
    return [
        finding
        for finding in audit.findings
        if evidence.intersection(finding.evidence)
        or (finding.subject.name == item.name and finding.subject.domain == item.domain)
    ]


def _card(audit: Audit, item: Item) -> Table:
    card = Table(box=None, show_header=False, pad_edge=False, title=f"{item.kind} {item.name}", title_justify="left")
    card.add_column(style="quiet", no_wrap=True)
    card.add_column(overflow="fold")
    for name, told in _lines(audit, item):
        card.add_row(name, told.replace("[", r"\["))
    return card


def _lines(audit: Audit, item: Item) -> Iterator[tuple[str, str]]:
    label = item.label
    yield "belongs to", f"{item.domain} ({label.party.value.replace('_', ' ')} party)"
    if label.vendor or label.entity:
        yield "vendor", " · ".join(part for part in (label.vendor, label.entity, label.country) if part)
    yield "purpose", f"{label.purpose.value} — {label.reason}"
    yield "says", f"{label.source}, confidence {label.confidence:.0%}"
    for vote in label.votes:
        yield "tracker?", f"{'yes' if vote.tracker else 'no'}, {vote.source}: {vote.evidence}"
    place = f" at {item.declared_at.file}:{item.declared_at.line}" if item.declared_at else ""
    yield (
        "declared",
        f"{item.declared.value.replace('_', ' ')}{f' ({item.declared_as})' if item.declared_as else ''}{place}",
    )
    if item.kind == "cookie":
        yield "lifetime", f"asked {lifetime(item.lifetime_asked)}, kept {lifetime(item.lifetime_kept)}"
    yield "seen", f"{item.count} times on {len(item.pages)} pages under {', '.join(item.scenarios)}"
    yield "first page", item.pages[0] if item.pages else "none"
    yield "consent", ", ".join(consent.value for consent in item.consents)
    for initiator in item.initiators[:3]:
        yield "set by", initiator
    for row in item.detail:
        yield row.name, row.value
    for finding in _findings(audit, item):
        yield finding.rule, f"{finding.severity.value}: {finding.observation}"
