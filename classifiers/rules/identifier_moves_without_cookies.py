"""CONSENT-026."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from classifiers.carried import query
from classifiers.describe import actor, requests_to, spread, thing
from classifiers.evidence import Evidence, Seen, by_item, sent, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule, subject_of
from classifiers.states import COOKIES_OFF, SILENT
from crawler.observations import BehaviourSighting, CookieSighting, RequestSighting, StorageSighting

_IDENTIFIER = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=.*[0-9])(?=.*[a-z])[0-9a-z]{16,64}", re.IGNORECASE
)
"""A UUID, or 16 and more letters and digits in a mix."""


class IdentifierMovesWithoutCookies(Rule):
    """With cookies disabled, an identifier is kept or sent in another way, or fingerprinting starts.

    Why it matters: the policy offers disabling cookies as a choice [POLICY V]; other ways of telling browsers apart
    fall under the same rule as cookies [G2-23 V2].

    Fix: treat disabled cookies as a refusal of every technology with the same purpose.
    """

    id = "CONSENT-026"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, BehaviourSighting, RequestSighting)
    scenarios = (SILENT, COOKIES_OFF)
    by_label = False
    passed = (
        "With cookies disabled, no identifier in other storage or in an address and no new fingerprinting was observed"
    )

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        usual = {one.key for one in evidence.in_state(evidence.seen, SILENT)}
        off = evidence.in_state(evidence.seen, COOKIES_OFF)
        kept = [
            one
            for one in stored(off)
            if isinstance(one.sighting, StorageSighting) and one.label.identifier and one.key not in usual
        ]
        started = [one for one in off if isinstance(one.sighting, BehaviourSighting) and one.key not in usual]
        yield from self._in_addresses(evidence, sent(off))
        for _, seen in by_item([*kept, *started]):
            yield self.finding(
                evidence,
                seen,
                state=COOKIES_OFF,
                observation=f"With cookies disabled and not otherwise, {thing(seen[0])} was observed, by "
                f"{actor(seen[0])} {spread(evidence, seen, COOKIES_OFF)}.",
            )

    def _in_addresses(self, evidence: Evidence, off: Sequence[Seen]) -> Iterator[Finding]:
        usual = {(one.key, name) for one in evidence.in_state(evidence.requests, SILENT) for name in _identifying(one)}
        moved = [one for one in off if any((one.key, name) not in usual for name in _identifying(one))]
        for _, seen in by_item(moved):
            names = sorted({name for one in seen for name in _identifying(one) if (one.key, name) not in usual})
            yield self.finding(
                evidence,
                seen,
                subject=subject_of(seen[0]).model_copy(update={"kind": "address_parameter"}),
                state=COOKIES_OFF,
                observation=f"With cookies disabled and not otherwise, what looks like an identifier went along in "
                f"{', '.join(names)} of {requests_to(seen)} {spread(evidence, seen, COOKIES_OFF)}.",
                explanations=("It may be new for each request, and then tell no browser from another.",),
            )


def _identifying(seen: Seen) -> tuple[str, ...]:
    """Parameters of the address whose value looks like an identifier."""
    request = seen.sighting
    if not isinstance(request, RequestSighting):
        return ()
    return tuple(name for name, value in query(request.url) if _IDENTIFIER.fullmatch(value))
