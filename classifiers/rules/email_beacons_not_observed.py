"""SCAN-016."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule


class EmailBeaconsNotObserved(Rule):
    """Beacons in e-mails were not observed.

    Why it matters: the policy speaks of beacons in e-mails [POLICY V], and crawling a site shows no e-mail.

    Fix: check samples of the messages that the service sends.
    """

    id = "SCAN-016"
    severity = Severity.INFO
    states_limit = True
    by_label = False
    passed = "Nothing was visited"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.visits:
            yield self.finding(
                evidence,
                subject=Subject(kind="scan", name="e-mail beacons", domain=evidence.site),
                observation="No e-mail was looked at; beacons in e-mails are neither confirmed nor excluded.",
            )
