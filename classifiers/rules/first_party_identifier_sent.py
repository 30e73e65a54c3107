"""TP-010."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party
from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence
from classifiers.findings import Finding, Outcome, Severity, Subject, Undecided
from classifiers.flows import by_route, flows, not_looked_for, same_company
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting, RequestSighting, StorageSighting


class FirstPartyIdentifierSent(Rule):
    """An identifier of the site's own cookies or storage is sent to a third party.

    Why it matters: the policy speaks of reading cookies that the site itself has set [POLICY V]; a first-party
    identifier lets a third party recognise the browser without a cookie of its own [P21 V2].

    Fix: keep the identifier out of what the named script sends, or load the script only after consent and declare it.
    """

    id = "TP-010"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, RequestSighting)
    by_label = False
    passed = "No identifier of the site's own cookies or storage was observed in third-party requests"

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        leaks = [
            flow
            for flow in flows(evidence)
            if flow.request.label.party is Party.THIRD and flow.holder.label.party is not Party.THIRD
        ]
        for (name, domain), told in by_route(leaks, lambda flow: flow.holder.trace.normal_name):
            flow, seen = told[0], [flow.request for flow in told]
            own = same_company(flow.holder.label, flow.request.label)
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="identifier", name=name, domain=domain, entity=flow.request.label.entity),
                outcome=Outcome.REVIEW if own else Outcome.FAIL,
                observation=f"An identifier of the site's own storage was sent to {domain} ({flow.words}): "
                f"{requests_to(seen)} {spread(evidence, seen, None)}; {classed(flow.request.label)}.",
                declared_at=flow.holder.match.place,
                explanations=("The same service set the identifier and received it.",) if own else (),
            )
        yield from not_looked_for(evidence, self.id)
