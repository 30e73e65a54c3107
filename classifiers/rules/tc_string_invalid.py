"""TAG-013."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from classifiers.carried import tc_strings
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, grouped
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import RequestSighting
from crawler.signals import TcString

_DISCLOSED_SINCE = datetime(2026, 2, 28, tzinfo=UTC)
"""From then on strings must carry the segment of disclosed vendors (TCF 2.3)."""


class TcStringInvalid(Rule):
    """A TC string is invalid or outdated.

    Why it matters: vendors must treat such a string as no consent [TCFS V].

    Fix: update the consent platform, and pass its string on unchanged.
    """

    id = "TAG-013"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "No invalid or outdated TC string was observed in requests"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return None if any(True for _ in tc_strings(evidence.requests)) or not evidence.visits else _NONE

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        faults = {one.id: _fault(tc, one) for one, _, tc in tc_strings(evidence.requests)}
        faulty = [one for one, _, _ in tc_strings(evidence.requests) if faults[one.id]]
        for (domain, fault), seen in grouped(faulty, lambda one: (one.key[2], faults[one.id] or "")):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name=f"gdpr_consent: {fault}", domain=domain),
                observation=f"A TC string with a fault ({fault}) was sent in {requests_to(seen)} "
                f"{spread(evidence, seen, None)}.",
            )


_NONE = "No TC string was observed in requests."


def _fault(tc: TcString | None, seen: Seen) -> str | None:
    if tc is None:
        return "cannot be decoded as version 2"
    if tc.policy_version < 4:
        return "policy version below 4"
    if not tc.service_specific:
        return "not service-specific"
    if tc.disclosed_vendors is None and seen.sighting.wall >= _DISCLOSED_SINCE:
        return "no segment of disclosed vendors"
    return None
