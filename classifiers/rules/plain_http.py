"""SEC-014."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity
from classifiers.parties import is_loopback
from classifiers.rules.base import Rule, domain_subject
from crawler.observations import RequestSighting


class PlainHttp(Rule):
    """A page or another resource is loaded over plain HTTP.

    Why it matters: anyone on the way reads and can change it [GDPR V2] [WEC V].

    Fix: serve it over HTTPS and redirect the plain address.
    """

    id = "SEC-014"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    by_label = False
    passed = "No request over plain HTTP to another host than this machine was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        plain = [one for one in sent(evidence.requests) if _plain(one.sighting) and not is_loopback(one.trace.host)]
        for _, seen in by_domain(plain):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(first),
                observation=f"Over plain HTTP: {requests_to(seen)} {spread(evidence, seen, None)}; "
                f"{classed(first.label)}.",
                explanations=("A first request that only redirects to HTTPS counts too.",),
            )


def _plain(sighting: object) -> bool:
    return isinstance(sighting, RequestSighting) and sighting.url.startswith(("http://", "ws://"))
