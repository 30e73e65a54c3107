"""One item on the terminal with the whole chain behind it: who says what, when it was seen, who brought it in."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from classifiers.base import Purpose
from classifiers.called_at import called_at
from classifiers.evidence import Evidence
from classifiers.explained import Explained, Sight, declared_words, explain_item
from classifiers.findings import Audit, Finding, Item
from crawler.observations import AnySighting
from reports.differences import lifetime
from reports.neutral import shorten
from reports.to_html.lookup import Lookup
from reports.to_html.words import CONSENTS, count
from reports.witnessed import witnessed

Line = tuple[str, str]
MOST_PAGES = 6
MOST_FRAMES = 8
LONGEST_DETAIL = 400


def print_card(console: Console, audit: Audit, evidence: Evidence, item: Item) -> None:
    why = explain_item(evidence, item)
    title = f"{item.kind.replace('_', ' ')} {item.name}"
    console.print(Text.assemble((title, "bold"), (f" of {item.domain}", "quiet")))
    blocks = (
        ("What it is", [*_label(evidence, item), *_sources(item, why), *_shape(item)]),
        ("Where it went", [*_traffic(item, why)]),
        ("Where it was seen", [*_seen(item), *_evidence(audit, why)]),
        ("What was found", [*_found(audit, item)]),
    )
    for heading, lines in blocks:
        if lines:
            console.print(Padding(Text(heading, style="bold"), (0, 0, 0, 2)))
            console.print(Padding(_table(lines), (0, 0, 0, 4)))
    console.print()


def findings_about(audit: Audit, item: Item) -> list[Finding]:
    """The worst first."""
    evidence = set(item.evidence)
    found = [
        finding
        for finding in audit.findings
        if evidence.intersection(finding.evidence)
        or (finding.subject.name == item.name and finding.subject.domain == item.domain)
    ]
    return sorted(found, key=lambda finding: -finding.severity.rank)


def _table(lines: list[Line]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="quiet", no_wrap=True, min_width=11)
    table.add_column(overflow="fold")
    last = ""
    for name, told in lines:
        table.add_row("" if name == last else name, Text(told))
        last = name
    return table


def _label(evidence: Evidence, item: Item) -> Iterator[Line]:
    label = item.label
    sure = "" if label.purpose is Purpose.UNCLASSIFIED else f", {label.confidence:.0%} sure"
    yield "purpose", f"{_words(label.purpose)}{sure}"
    yield "because", label.reason
    yield "vendor", " · ".join(part for part in (label.vendor, label.entity, label.country) if part) or "not known"
    yield "party", f"{_words(label.party)} ({item.domain})"
    yield "declared", declared_words(evidence, item)


def _sources(item: Item, why: Explained) -> Iterator[Line]:
    """What each says when it is asked alone; the label above is what follows from all of them."""
    for opinion in why.opinions:
        if opinion.purpose is not None:
            yield "sources", f"{_words(opinion.source)}: {_words(opinion.purpose)}: {opinion.reason}"
    if silent := [_words(opinion.source) for opinion in why.opinions if opinion.purpose is None]:
        yield "sources", f"nothing known to: {', '.join(silent)}"
    for vote in item.label.votes:
        entry = vote.evidence.removeprefix(f"{vote.source}:")
        yield "tracks?", f"{'yes' if vote.tracker else 'no'}, by the {_words(vote.source)}: {entry}"


def _shape(item: Item) -> Iterator[Line]:
    if item.kind == "cookie":
        yield "lifetime", f"asked {lifetime(item.lifetime_asked)}, kept {lifetime(item.lifetime_kept)}"
    if item.refused_because:
        yield "refused", f"by the browser: {', '.join(item.refused_because)}"
    if item.kind not in ("request", "beacon", "behaviour"):
        yield "identifier", "its value looks like one" if item.label.identifier else "its value does not look like one"
    for row in item.detail:
        yield _words(row.name), row.value


def _traffic(item: Item, why: Explained) -> Iterator[Line]:
    for told in why.told:
        yield "tells", told
    for flow in why.went:
        yield "sent" if item.kind not in ("request", "beacon") else "carries", flow


def _seen(item: Item) -> Iterator[Line]:
    pages = count(len(item.pages), "page")
    yield "seen", f"{count(item.count, 'time')} on {pages} under {', '.join(item.scenarios)}"
    for page in item.pages[:MOST_PAGES]:
        yield "pages", page
    if len(item.pages) > MOST_PAGES:
        yield "pages", f"and {len(item.pages) - MOST_PAGES} more"
    for initiator in item.initiators:
        yield "done by", initiator


def _evidence(audit: Audit, why: Explained) -> Iterator[Line]:
    """A chain that is the same as the one above it is not told again."""
    sightings = Lookup(audit).sightings
    last: list[str] = []
    for number, sight in enumerate(why.sights, start=1):
        name = f"evidence {number}" if len(why.sights) > 1 else "evidence"
        yield name, f"{_when(sight)} on {sight.page}"
        chain = [*_chain(sight)]
        if sight.id in sightings:
            _, sighting = sightings[sight.id]
            what, detail = witnessed(sighting)
            yield name, f"{what}: {shorten(detail, LONGEST_DETAIL)}" if detail else what
            chain += _stack(sighting)
        yield name, f"kept as {sight.id}"
        yield from ((name, line) for line in (["brought in as above"] if chain == last else chain))
        last = chain


def _when(sight: Sight) -> str:
    return f"{sight.scenario}, run {sight.run}, {CONSENTS[sight.consent]}, {sight.at:.1f} s (phase {sight.phase})"


def _chain(sight: Sight) -> Iterator[str]:
    """The page first, the call last."""
    for depth, link in enumerate(sight.chain):
        yield f"brought in by {link}" if depth == 0 else f"{'  ' * depth}→ {link}"


def _stack(sighting: AnySighting) -> Iterator[str]:
    """The calls that led to the last one, innermost first; one alone stands in the chain already."""
    frames = sighting.initiator.stack if sighting.initiator else ()
    for frame in frames[1 : MOST_FRAMES + 1]:
        across = f", across {frame.across}" if frame.across else ""
        yield f"the call came from {called_at(frame, named=True)}{across}"
    if len(frames) > MOST_FRAMES + 1:
        yield f"and {len(frames) - MOST_FRAMES - 1} calls further out"


def _found(audit: Audit, item: Item) -> Iterator[Line]:
    found = findings_about(audit, item)
    for finding in found:
        yield finding.rule, f"{finding.severity.value}: {finding.observation}"
    if not found:
        yield "findings", "none"


def _words(name: str) -> str:
    return name.replace("_", " ")
