"""TP-009."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject, Undecided
from classifiers.flows import by_route, flows, not_looked_for, same_company
from classifiers.rules.base import Rule
from crawler.observations import Consent, CookieSighting, RequestSighting, StorageSighting


class IdentifierSynchronised(Rule):
    """An identifier of one third party is sent to another.

    Why it matters: two companies that exchange identifiers can put together what each of them saw [P21 V2] [GDPR V2].

    Fix: load neither before consent, and name both; the blame chain names who started the exchange.
    """

    id = "TP-009"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, RequestSighting)
    by_label = False
    passed = "No identifier of one third party was observed in requests to another"

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        synced = [
            flow
            for flow in flows(evidence)
            if flow.request.label.party is Party.THIRD
            and flow.holder.label.party is Party.THIRD
            and flow.holder.key[2] != flow.request.key[2]
            and not same_company(flow.holder.label, flow.request.label)
        ]
        for (giver, taker), told in by_route(synced, lambda flow: flow.holder.key[2]):
            flow, seen = told[0], [flow.request for flow in told]
            without = any(one.sighting.consent in (Consent.UNDECIDED, Consent.REJECTED) for one in seen)
            redirected = isinstance(seen[0].sighting, RequestSighting) and seen[0].sighting.redirected_from
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="identifier", name=giver, domain=taker, entity=flow.request.label.entity),
                severity=Severity.CRITICAL if without else None,
                observation=f"An identifier of {giver} was sent to {taker} ({flow.words}"
                f"{', by a redirect' if redirected else ''}): {requests_to(seen)} {spread(evidence, seen, None)}.",
            )
        yield from not_looked_for(evidence, self.id)
