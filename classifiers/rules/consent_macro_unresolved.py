"""TAG-015."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import macros
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import RequestSighting


class ConsentMacroUnresolved(Rule):
    """A request carries a consent placeholder that nobody replaced.

    Why it matters: the recipient gets no consent signal, only the template's placeholder [TCFS V].

    Fix: let the consent platform or tag manager replace the macro before the request is sent.
    """

    id = "TAG-015"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    by_label = False
    passed = "No unreplaced consent placeholder was observed in requests"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        found = [o for o in sent(evidence.requests) if isinstance(o.sighting, RequestSighting) and macros(o.sighting)]
        for (domain,), seen in by_domain(found):
            names = sorted({n for o in seen if isinstance(o.sighting, RequestSighting) for n in macros(o.sighting)})
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name=", ".join(names), domain=domain),
                observation=f"Unreplaced consent placeholders ({', '.join(names)}) were sent in {requests_to(seen)} "
                f"{spread(evidence, seen, None)}.",
            )
