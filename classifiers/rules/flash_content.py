"""STO-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import MarkupSighting, RequestSighting, StorageArea, StorageSighting


class FlashContent(Rule):
    """Flash content or a Flash shared object was found.

    Why it matters: no current browser runs Flash [ADOBE V2], but the policy names its shared objects as storage
    [POLICY V], and old bridges may still write.

    Fix: remove the Flash content and what loads it.
    """

    id = "STO-003"
    severity = Severity.MEDIUM
    reads = (MarkupSighting, RequestSighting, StorageSighting)
    by_label = False
    channels = ("flash",)
    passed = "No Flash artefact was found in markup, requests or storage"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        in_markup = [(visit, one) for visit, one in evidence.markup if "flash" in one.what or ".swf" in one.url]
        if in_markup:
            urls = sorted({one.url or one.what for _, one in in_markup})
            yield self.finding(
                evidence,
                visits=[visit for visit, _ in in_markup],
                subject=Subject(kind="flash", name="markup", domain=evidence.site),
                observation=f"Flash content stands in the markup of {in_markup[0][0].url}: {', '.join(urls[:5])}.",
            )
        loaded = [one for one in sent(evidence.requests) if _is_flash(one.sighting)]
        objects = [
            one
            for one in evidence.storage
            if isinstance(one.sighting, StorageSighting) and one.sighting.area is StorageArea.FLASH_LSO
        ]
        for name, seen, what in (("request", loaded, "was requested"), ("shared object", objects, "was written")):
            if seen:
                seen.sort(key=lambda one: one.place_in_time)
                yield self.finding(
                    evidence,
                    seen,
                    subject=Subject(kind="flash", name=name, domain=seen[0].key[2]),
                    observation=f"Flash content {what}: {seen[0].trace.host}{seen[0].trace.name} and "
                    f"{len(seen) - 1} more.",
                )


def _is_flash(sighting: object) -> bool:
    if not isinstance(sighting, RequestSighting):
        return False
    return sighting.mime == "application/x-shockwave-flash" or sighting.url.partition("?")[0].endswith(".swf")
