"""SCAN-016."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule


class EmailBeaconsNotObserved(Rule):
    """Beacons in e-mails were not observed, or in samples only.

    Why it matters: the policy speaks of beacons in e-mails [POLICY V], and crawling a site shows no e-mail.

    Fix: give samples of the messages that the service sends (`mails` in consentinel.yaml), each in two recipients'
    copies.
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
                observation=_told(evidence),
            )


def _told(evidence: Evidence) -> str:
    if not evidence.mails:
        return "No e-mail was looked at; beacons in e-mails are neither confirmed nor excluded."
    count = len(evidence.mails)
    which = f"{count} sample{'' if count == 1 else 's'} of e-mails {'was' if count == 1 else 'were'} looked at"
    return f"{which}, without opening them; other messages that the service sends are neither confirmed nor excluded."
