"""The ten-second answer: what ran without consent, who put it there, what to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.findings import Audit, Outcome, Severity, Subject
from crawler.observations import Consent
from reports.neutral import shorten
from reports.to_html.cards import Card, Link
from reports.to_html.words import CONSENTS, seconds

_OPEN = {Consent.UNDECIDED, Consent.REJECTED, Consent.WITHDRAWN}


@dataclass(frozen=True)
class FirstLook:
    """What ran without consent, who put it there, what to change: one row per service."""

    owner: str
    things: tuple[str, ...]
    when: str
    severity: str
    who: str
    through: str
    """What brought it in; empty: the page itself, or not known."""
    fix: str
    cards: tuple[tuple[str, str], ...]
    """Rule and anchor of the findings about it."""


def first_look(deck: Sequence[Card], audit: Audit) -> tuple[FirstLook, ...]:
    """The worst first, of all that was seen while no acceptance was in force."""
    groups: dict[str, list[Card]] = {}
    for card in deck:
        finding, subject = card.finding, card.finding.subject
        urgent = finding.outcome is Outcome.FAIL and finding.severity.rank >= Severity.HIGH.rank
        exempt = card.item is not None and audit.items[card.item].purpose.needs_consent is False
        if urgent and not exempt and finding.consent in _OPEN and subject.kind not in _NO_TECHNOLOGY:
            own = f"{subject.domain} {subject.name}"  # the site's own technologies have no common owner to ask
            owner = subject.vendor or subject.entity or (own if subject.domain.endswith(audit.site) else subject.domain)
            groups.setdefault(owner, []).append(card)
    return tuple(_look(group) for group in groups.values())


def _look(group: list[Card]) -> FirstLook:
    worst = group[0].finding
    times = [card.finding.first_at for card in group if card.finding.first_at is not None]
    anchors: dict[str, str] = {}
    for card in group:
        anchors.setdefault(card.finding.rule, card.anchor)  # the worst about each rule
    causes = next((card.blame for card in group if card.blame), (_NOBODY,))
    foreign = [number for number, link in enumerate(causes) if link.changes_owner]
    last = foreign[-1] if foreign else len(causes) - 1
    consents = {card.finding.consent for card in group}
    return FirstLook(
        owner=worst.subject.vendor or worst.subject.entity or worst.subject.domain,
        things=tuple(dict.fromkeys(_thing(card.finding.subject) for card in group)),
        when=", ".join(CONSENTS[consent] for consent in CONSENTS if consent in consents)
        + (f", first at {seconds(min(times))}" if times else ""),
        severity=worst.severity.value,
        who=causes[last].place,
        through=causes[last - 1].place if last > 1 else "",
        fix=worst.fix,
        cards=tuple(anchors.items()),
    )


def _thing(subject: Subject) -> str:
    kind = subject.kind.replace("_", " ")
    if subject.kind == "third_party":
        return "contact"
    return _plural(kind) if subject.name == "*" else f"{kind} {shorten(subject.name, 60)}"


_NO_TECHNOLOGY = {"page", "scan", "policy", "scenario"}
_NOBODY = Link(text="no script was recorded", host="", role="", changes_owner=False)


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
