"""STO-009."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from classifiers.states import COOKIES_OFF
from crawler.observations import CookieSighting, StorageSighting


class StorageUsedWithCookiesDisabled(Rule):
    """Something is still stored when cookies are disabled in the browser.

    Why it matters: the policy names browser settings as the way to refuse [POLICY V]. In Chromium the setting blocks
    web storage, databases and service workers as well [MEASURED V].

    Fix: do not store without asking where cookies are disabled.
    """

    id = "STO-009"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting)
    scenarios = (COOKIES_OFF,)
    by_label = False
    passed = "With cookies disabled, the browser let nothing be stored"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for _, seen in by_item(stored(evidence.in_state(evidence.seen, COOKIES_OFF))):
            yield self.finding(
                evidence,
                seen,
                state=COOKIES_OFF,
                observation=f"With cookies disabled in the browser, {thing(seen[0])} was stored by {actor(seen[0])} "
                f"{spread(evidence, seen, COOKIES_OFF)}.",
                explanations=("If it is a cookie of the site itself, the setting did not take hold: check the scan.",),
            )
