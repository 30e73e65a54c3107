"""SCAN-020."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule


class ReferenceDataAge(Rule):
    """What things are is told from reference data of a certain state.

    Why it matters: vendors change names and hosts, and data that is old or small leaves more unclassified [D22 V2].

    Fix: keep the tool and its lists up to date; add vendor files of your own.
    """

    id = "SCAN-020"
    severity = Severity.INFO
    states_limit = True
    by_label = False
    passed = "Nothing was visited"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.visits:
            yield self.finding(
                evidence,
                subject=Subject(kind="scan", name="reference data", domain=evidence.site),
                observation=f"Judged with a catalogue of {len(evidence.catalogue.vendors)} vendors (digest "
                f"{evidence.catalogue.digest[:12]}) that came with tool version {evidence.scan.tool_version}.",
            )
