"""What CONSENT-001 and CONSENT-003 share: something that needs consent is kept before any choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from classifiers.describe import actor, classed, spread, thing
from classifiers.evidence import Evidence, Seen, by_item, stored
from classifiers.findings import Finding, Outcome, Severity
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from classifiers.tracking import (
    BY_EMULATOR,
    consent_requiring,
    exemption_doubts,
    kept_by_emulator,
    unknown_identifiers,
)


def kept_before_choice(rule: Rule, evidence: Evidence, seen: Iterable[Seen], *, how: str) -> Iterator[Finding]:
    """`how`: what was done to it, `stored` or `written`."""
    early = stored(evidence.before_choice(seen))
    for _, kept in by_item(consent_requiring(early)):
        first = kept[0]
        doubts = exemption_doubts(first, profile=evidence.profile)
        doubts += (BY_EMULATOR,) if all(map(kept_by_emulator, kept)) else ()
        yield rule.finding(
            evidence,
            kept,
            state=SILENT,
            purpose=first.label.purpose,
            outcome=Outcome.REVIEW if doubts else Outcome.FAIL,
            severity=Severity.MEDIUM if doubts else None,
            observation=f"Before any choice, {thing(first)} was {how} by {actor(first)} "
            f"{spread(evidence, kept, SILENT)}; {classed(first.label)}.",
            declared_at=first.match.place,
            explanations=doubts,
        )
    for _, kept in by_item(unknown_identifiers(early)):
        first = kept[0]
        yield rule.finding(
            evidence,
            kept,
            state=SILENT,
            outcome=Outcome.REVIEW,
            severity=Severity.MEDIUM,
            observation=f"Before any choice, {thing(first)} was {how} by {actor(first)} "
            f"{spread(evidence, kept, SILENT)}; {first.label.reason}",
            explanations=("It may be needed for the service; nobody has said what it is for.",),
        )
