"""CONSENT-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity
from classifiers.kept_before_choice import kept_before_choice
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from crawler.observations import CookieSighting


class CookieBeforeChoice(Rule):
    """A cookie that needs consent was stored before any choice was made.

    Why it matters: storing or reading on a device without consent is limited to what the service strictly needs
    [ePD-5-3 V2] [P49 V2] [W194 V2]; 69.7 % of sites in one study stored such cookies before a choice [B22 V].

    Fix: let the script that sets the cookie wait for the consent platform's signal; the blame chain names the script
    and who loaded it.
    """

    id = "CONSENT-001"
    severity = Severity.HIGH
    reads = (CookieSighting,)
    scenarios = (SILENT,)
    passed = "No cookie of a consent-requiring purpose was observed to be stored before a choice"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        yield from kept_before_choice(self, evidence, evidence.cookies, how="stored")
