"""SCAN-017."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule


class ServerSideProcessingNotObservable(Rule):
    """What servers do with the data cannot be observed.

    Why it matters: forwarding after the first hop, retention, purposes and contracts leave no trace in a browser
    [PRACTICE V].

    Fix: ask the operator for records of what is passed on.
    """

    id = "SCAN-017"
    severity = Severity.INFO
    states_limit = True
    by_label = False
    passed = "Nothing was visited"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.visits:
            yield self.finding(
                evidence,
                subject=Subject(kind="scan", name="server side", domain=evidence.site),
                observation="Forwarding after the first request, retention on servers, purposes and contracts "
                "were not observable.",
            )
