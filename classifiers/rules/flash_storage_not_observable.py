"""SCAN-015."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import AnySighting, StorageArea, StorageSighting


class FlashStorageNotObservable(Rule):
    """Flash storage cannot be observed in this browser.

    Why it matters: no current browser runs Flash [ADOBE V2], so only what stands in pages and requests is looked at,
    not what Flash itself would store.

    Fix: none needed; remove Flash content where it is found.
    """

    id = "SCAN-015"
    severity = Severity.INFO
    states_limit = True
    by_label = False
    passed = "Nothing was visited"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if not evidence.visits:
            return
        played = {one.key for one in evidence.storage if _played(one.sighting)}
        if played:
            seen = (
                f"; {len(played)} of its shared objects were seen by playing the content in an emulator (Ruffle), "
                "which keeps them per embedding page, unlike Flash"
            )
        else:
            seen = (
                ", so Flash shared objects could be neither written nor seen; only what stands in pages and requests "
                "was looked at"
            )
        yield self.finding(
            evidence,
            subject=Subject(kind="scan", name="flash storage", domain=evidence.site),
            observation=f"This browser runs no Flash{seen}.",
        )


def _played(sighting: AnySighting) -> bool:
    if not isinstance(sighting, StorageSighting):
        return False
    return sighting.area is StorageArea.FLASH_LSO and "ruffle" in sighting.seen_in
