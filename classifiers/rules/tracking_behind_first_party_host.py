"""TP-008."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party
from classifiers.by_declaration import TRACKING
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, grouped, sent
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import RequestSighting


class TrackingBehindFirstPartyHost(Rule):
    """A host of the site receives what a tracking service's own script sends.

    Why it matters: the browser sees the site alone, so the service behind it, and where the data goes from there,
    stay out of sight; server-side tagging works so [G2-23 V2].

    Fix: declare the service as a recipient, and let its requests wait for consent as if they went to its own host.
    """

    id = "TP-008"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    passed = "No request to a host of the site had the payload of a known tracking service"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        own = [one for one in sent(evidence.requests) if one.label.party is not Party.THIRD and _proxied(evidence, one)]
        for (host, service), seen in grouped(own, lambda one: (one.trace.host, one.label.vendor or "")):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="host", name=host, domain=seen[0].key[2], entity=seen[0].label.entity),
                observation=f"{requests_to(seen)} {spread(evidence, seen, None)} had the payload of {service} "
                f"({seen[0].label.purpose.value}); what the host does with it was not observable.",
                outcome=Outcome.REVIEW,
            )


def _proxied(evidence: Evidence, one: Seen) -> bool:
    """By payload alone: hosts that the DNS gives away are told by TP-007, software that the site runs is no proxy."""
    disguise = evidence.disguises.get(one.trace.host)
    if one.label.purpose not in TRACKING or (disguise is not None and disguise.tracks):
        return False
    hit = evidence.hit(one)
    return hit is not None and hit.recognised_by.startswith("grammar:") and not hit.vendor.self_hosted
