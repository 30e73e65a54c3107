"""CONSENT-002."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, by_domain
from classifiers.findings import Finding, Outcome, Severity
from classifiers.rules.base import Rule, domain_subject
from classifiers.states import SILENT
from classifiers.tracking import exemption_doubts, tracking_requests
from crawler.observations import RequestSighting


class TrackingRequestBeforeChoice(Rule):
    """A tracking request was sent before any choice was made.

    Why it matters: delivering a pixel and collecting what comes back counts as storing and reading on the device
    [ePD-5-3 V2] [G2-23 V2], and a site that embeds a third party's code shares the responsibility [FID V2].

    Fix: load the vendor's code only after consent; the blame chain names who loads it now.
    """

    id = "CONSENT-002"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    scenarios = (SILENT,)
    passed = "No request of a tracking purpose that carries data was observed before a choice"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for _, seen in by_domain(tracking_requests(evidence.before_choice(evidence.requests))):
            first = seen[0]
            doubts = exemption_doubts(first, profile=evidence.profile)
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(first),
                state=SILENT,
                purpose=first.label.purpose,
                outcome=Outcome.REVIEW if doubts else Outcome.FAIL,
                severity=Severity.MEDIUM if doubts else None,
                observation=f"Before any choice, {requests_to(seen)} carried data {spread(evidence, seen, SILENT)}; "
                f"{classed(first.label)}.",
                declared_at=first.match.place,
                explanations=doubts,
            )
