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
                f"{evidence.catalogue.digest[:12]}) that came with tool version {evidence.scan.tool_version}, "
                f"and with {_told(evidence)}.",
            )
        for version in evidence.old_lists if evidence.visits else ():
            days = version.age(evidence.judged_at).days
            yield self.finding(
                evidence,
                subject=Subject(kind="scan", name=version.title, domain=evidence.site),
                observation=f"{version.title} {version.version} was {days} days old when it judged this scan: what has "
                "changed since then is told as it was.",
                fix=f"Run `consentinel lists update {version.id}` and judge the stored scan again.",
                severity=Severity.LOW,
            )


def _told(evidence: Evidence) -> str:
    """Name, version and date of each list."""
    if not evidence.lists:
        return "no public list"
    told = ", ".join(f"{one.title} {one.version} of {one.dated.date()}" for one in evidence.lists)
    return f"{len(evidence.lists)} public list{'' if len(evidence.lists) == 1 else 's'}: {told}"
