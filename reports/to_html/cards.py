"""Finding cards: what was observed, who caused it, the proof, and what to change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.base import Party
from classifiers.called_at import served_at
from classifiers.findings import Audit, Finding, Outcome
from classifiers.parties import registrable_domain
from reports.blame import blame, host
from reports.context import Context, RuleText
from reports.gate import GateResult
from reports.neutral import shorten
from reports.standing import Standing
from reports.to_html.lookup import Lookup
from reports.to_html.words import CONSENTS, seconds
from reports.witnessed import witnessed

_NAMED = re.compile(r"(?P<text>.*\S) \((?P<name>[^()]+)\)")
"""A link with the name of what it is: `https://… (Google Tag Manager)`."""
_CITATION = re.compile(r"\s*\[[A-Za-z0-9-]+ (?:V2?|M)\]")
"""What rests on which source: told in full below, so the key is not needed in the sentence."""
MOST_EVIDENCE = 12
MOST_PAGES = 8


@dataclass(frozen=True)
class Link:
    """One box of the blame graph."""

    text: str
    host: str
    role: str
    changes_owner: bool
    """From here on, the site differs from the one before."""
    source: str = ""
    """Place in the original sources, where a source map tells it."""

    @property
    def place(self) -> str:
        """In one line: the original place first, where there is one."""
        return f"{self.source} ({self.text})" if self.source else self.text


@dataclass(frozen=True)
class Proof:
    id: str
    at: str
    consent: str
    what: str
    detail: str
    page: str


@dataclass(frozen=True)
class Card:
    anchor: str
    finding: Finding
    gated: bool
    spared: str
    state: str
    """`new`, `known since …` or empty: no baseline."""
    waived: str
    back: str
    """Says that a waiver expired."""
    blame: tuple[Link, ...]
    proofs: tuple[Proof, ...]
    more_evidence: int
    pages: tuple[str, ...]
    more_pages: int
    consent: str
    when: str
    rule: RuleText | None
    why: str
    item: int | None


def cards(
    audit: Audit, rows: Sequence[Standing], gate: GateResult, context: Context, lookup: Lookup
) -> tuple[Card, ...]:
    failing = {finding.fingerprint for finding in gate.failing}
    spared = {row.finding.fingerprint: row.why for row in gate.spared}
    rules = {rule.id: rule for rule in context.rules}
    owners = _owners(audit)
    order = {Outcome.FAIL: 0, Outcome.REVIEW: 1, Outcome.INFORMATIONAL: 2}
    ranked = sorted(
        rows,
        key=lambda row: (
            row.waiver is not None,
            -row.finding.severity.rank,
            order[row.finding.outcome],
            row.finding.rule,
        ),
    )
    return tuple(
        _card(f"f-{number}", row, owners, failing, spared, rules, context, lookup)
        for number, row in enumerate(ranked, start=1)
    )


def _card(
    anchor: str,
    row: Standing,
    owners: dict[str, str],
    failing: set[str],
    spared: dict[str, str],
    rules: dict[str, RuleText],
    context: Context,
    lookup: Lookup,
) -> Card:
    finding = row.finding
    state = ""
    if context.baseline is not None:
        state = f"known since {row.known.first_seen}" if row.known else "new"
    return Card(
        anchor=anchor,
        finding=finding,
        gated=finding.fingerprint in failing,
        spared=spared.get(finding.fingerprint, ""),
        state=state,
        waived=f"waived until {row.waiver.expires}" if row.waiver else "",
        back=f"waiver expired {row.expired.expires}" if row.expired else "",
        blame=_links(_chain(finding, lookup), owners),
        proofs=tuple(_proof(entry, lookup) for entry in finding.evidence[:MOST_EVIDENCE]),
        more_evidence=max(finding.evidence_count, len(finding.evidence)) - min(len(finding.evidence), MOST_EVIDENCE),
        pages=finding.pages[:MOST_PAGES],
        more_pages=max(len(finding.pages) - MOST_PAGES, 0),
        consent=CONSENTS[finding.consent] if finding.consent else "",
        when=seconds(finding.first_at),
        rule=rules.get(finding.rule),
        why=_CITATION.sub("", rules[finding.rule].why) if finding.rule in rules else "",
        item=_item(finding, lookup),
    )


def _chain(finding: Finding, lookup: Lookup) -> tuple[str, ...]:
    if finding.blame or not finding.evidence:
        return finding.blame
    found = lookup.sightings.get(finding.evidence[0])
    return blame(*found) if found else ()


def _owners(audit: Audit) -> dict[str, str]:
    """Host → service or company; a vendor's cookie on the site's own domain does not make the site the vendor's."""
    third = [item for item in audit.items if item.party is Party.THIRD]
    return {item.domain: item.label.vendor or item.label.entity or "" for item in third}


def _links(chain: tuple[str, ...], owners: dict[str, str]) -> tuple[Link, ...]:
    links: list[Link] = []
    for number, link in enumerate(chain):
        source, served = served_at(link)
        named = None if source else _NAMED.fullmatch(served)
        text = named["text"] if named else served
        name = host(text)
        role = named["name"] if named else "page" if number == 0 else ""
        links.append(
            Link(
                text=shorten(text, 110),
                host=name,
                role=role or owners.get(registrable_domain(name)) or "",
                changes_owner=bool(links) and _site(links[-1].host) != _site(name),
                source=source,
            )
        )
    return tuple(links)


def _site(name: str) -> str:
    return registrable_domain(name) or name


def _proof(entry: str, lookup: Lookup) -> Proof:
    found = lookup.sightings.get(entry)
    if found is None:
        return Proof(id=entry, at="", consent="", what="kept in the scan store", detail="", page="")
    visit, sighting = found
    what, detail = witnessed(sighting)
    return Proof(
        id=entry,
        at=seconds(sighting.at),
        consent=CONSENTS[sighting.consent],
        what=what,
        detail=shorten(detail, 300),
        page=shorten(sighting.page or visit.url, 120),
    )


def _item(finding: Finding, lookup: Lookup) -> int | None:
    for entry in finding.evidence[:1]:
        found = lookup.sightings.get(entry)
        if found is not None:
            return lookup.index(*found)
    return None
