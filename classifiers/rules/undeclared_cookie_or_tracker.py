"""DECL-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.by_declaration import TRACKING
from classifiers.describe import actor, classed, requests_to, spread, thing
from classifiers.evidence import Evidence, by_domain, by_item, sent, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule, domain_subject
from classifiers.undeclared import NO_DECLARATION, is_undeclared, list_at, severity_at
from crawler.observations import CookieSighting, RequestSighting


class UndeclaredCookieOrTracker(Rule):
    """A cookie or tracker is in no declared entry.

    Why it matters: people must be told what is stored, why and for how long [GDPR V2] [P49 V2]; one study found
    undeclared cookies on 82.5 % of sites [B22 V].

    Fix: remove it, or declare it: add it to the lock file and to the published cookie list.
    """

    id = "DECL-001"
    severity = Severity.HIGH
    reads = (CookieSighting, RequestSighting)
    passed = "Every cookie and every tracker that was observed is declared,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_DECLARATION if evidence.declaration is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        cookies = [one for one in stored(evidence.cookies) if is_undeclared(evidence, one)]
        for _, seen in by_item(cookies):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                purpose=first.label.purpose,
                severity=severity_at(evidence, self.severity),
                observation=f"In no entry of {list_at(evidence)}: {thing(first)}, stored by {actor(first)} "
                f"{spread(evidence, seen, None)}; {classed(first.label)}.",
                declared_at=evidence.declaration.place if evidence.declaration else None,
            )
        trackers = [
            one
            for one in sent(evidence.requests)
            if one.label.purpose in TRACKING
            and not (isinstance(one.sighting, RequestSighting) and one.sighting.beacon)  # BCN-001 reports those
            and is_undeclared(evidence, one)
            and evidence.index.covers_host(one.trace.host) is None
        ]
        for _, seen in by_domain(trackers):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(first),
                purpose=first.label.purpose,
                severity=severity_at(evidence, self.severity),
                observation=f"In no entry of {list_at(evidence)}: {requests_to(seen)} "
                f"{spread(evidence, seen, None)}; {classed(first.label)}.",
                declared_at=evidence.declaration.place if evidence.declaration else None,
            )
