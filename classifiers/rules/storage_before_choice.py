"""CONSENT-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity
from classifiers.kept_before_choice import kept_before_choice
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from crawler.observations import StorageSighting


class StorageBeforeChoice(Rule):
    """Storage other than cookies that needs consent was written before any choice was made.

    Why it matters: local storage, IndexedDB, caches and service workers store on the device just as cookies do
    [ePD-5-3 V2] [G2-23 V2].

    Fix: let the script that writes wait for the consent platform's signal; the blame chain names it.
    """

    id = "CONSENT-003"
    severity = Severity.HIGH
    reads = (StorageSighting,)
    scenarios = (SILENT,)
    passed = "No storage of a consent-requiring purpose was observed to be written before a choice"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        yield from kept_before_choice(self, evidence, evidence.storage, how="written")
