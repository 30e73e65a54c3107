"""`consentinel explain`: everything known about one cookie, storage key, request or rule."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from classifiers.audit import gather
from classifiers.evidence import Evidence
from classifiers.explained import declared_words, explain_item
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
    yardstick = read_yardstick(configuration)
    judged, _ = judge(store_path(store or configuration.output), yardstick, scan_id=scan)
    found = [known for known in judged.items if _meant(item, known)]
    if not found:
        names = sorted({known.name for known in judged.items})
        raise ConfigurationError([f"this scan has no item {item!r}{_near(item, names)}"])
    evidence = gather(
        judged.scan,
        judged.visits,
        declaration=yardstick.declaration,
        catalogue=yardstick.catalogue,
        profile=configuration.profile,
        lists=yardstick.lists,
        judged_at=judged.judged_at,
    )
    if as_json:
        plain = [
            {
                "item": known.model_dump(mode="json"),
                "why": explain_item(evidence, known).model_dump(mode="json"),
                "findings": [row.fingerprint for row in _findings(judged, known)],
            }
            for known in found
        ]
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
        raise typer.Exit(ExitCode.PASSED)
    for known in found:
        out.print(_card(judged, evidence, known))
        out.print()


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


def _card(audit: Audit, evidence: Evidence, item: Item) -> Table:
    card = Table(box=None, show_header=False, pad_edge=False, title_justify="left", title_style="bold")
    card.title = escape(f"{item.kind.replace('_', ' ')} {item.name}")
    card.add_column(style="quiet", no_wrap=True)
    card.add_column(overflow="fold")
    last = ""
    for name, told in _lines(audit, evidence, item):
        card.add_row("" if name == last else name, escape(told))
        last = name
    return card


def _lines(audit: Audit, evidence: Evidence, item: Item) -> Iterator[tuple[str, str]]:
    label, why = item.label, explain_item(evidence, item)
    yield "purpose", f"{label.purpose.value.replace('_', ' ')}, {label.confidence:.0%} sure"
    yield "because", label.reason
    yield "vendor", " · ".join(part for part in (label.vendor, label.entity, label.country) if part) or "not known"
    yield "party", f"{label.party.value.replace('_', ' ')} ({item.domain})"
    yield "declared", declared_words(evidence, item)
    for opinion in why.opinions:
        if opinion.purpose is not None:
            said = opinion.purpose.value.replace("_", " ")
            yield "sources", f"{opinion.source.replace('_', ' ')}: {said}: {opinion.reason}"
    if silent := [opinion.source.replace("_", " ") for opinion in why.opinions if opinion.purpose is None]:
        yield "sources", f"nothing known to: {', '.join(silent)}"
    for vote in label.votes:
        yield "tracks?", f"{'yes' if vote.tracker else 'no'}, {vote.source.replace('_', ' ')}: {vote.evidence}"
    if item.kind == "cookie":
        yield "lifetime", f"asked {lifetime(item.lifetime_asked)}, kept {lifetime(item.lifetime_kept)}"
    if item.kind not in ("request", "beacon", "behaviour"):
        yield "identifier", "its value looks like one" if label.identifier else "its value does not look like one"
    for row in item.detail:
        yield row.name.replace("_", " "), row.value
    for told in why.told:
        yield "tells", told
    for flow in why.went:
        yield "sent" if item.kind not in ("request", "beacon") else "carries", flow
    yield "seen", f"{_many(item.count, 'time')} on {_many(len(item.pages), 'page')} under {', '.join(item.scenarios)}"
    for sight in why.sights:
        when = f"{sight.scenario}, run {sight.run}, {sight.phase} ({sight.consent.value}), {sight.at:.1f} s"
        yield "evidence", f"{when} on {sight.page}: {sight.id}\n  by {' ← '.join(reversed(sight.chain))}"
    found = _findings(audit, item)
    for finding in found:
        yield finding.rule, f"{finding.severity.value}: {finding.observation}"
    if not found:
        yield "findings", "none"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
