"""FP-007."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.vendor_records import Category
from crawler.observations import RequestSighting

_SECURITY = frozenset({Category.BOT_PROTECTION, Category.PAYMENTS})
_CODE = frozenset({"script", "document"})
"""What runs: a vendor's frame as well as its script."""


class KnownFingerprintingScript(Rule):
    """A script that is known to recognise devices by their properties was loaded.

    Why it matters: recognising a device by its properties is access to information on it [G2-23 V2] [W9-14 M], also
    where the calls themselves meet no heuristic.

    Fix: let it wait for consent, or write down why the service strictly needs it, for a person to judge.
    """

    id = "FP-007"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    passed = "No script that the catalogue or a list knows to recognise devices was observed to be loaded"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        scripts = [
            one
            for one in sent(evidence.requests)
            if isinstance(one.sighting, RequestSighting)
            and one.sighting.resource_type in _CODE
            and not one.sighting.navigation
        ]
        known = {one.id: why for one in scripts if (why := _known(evidence, one))}
        for (domain,), seen in by_domain(one for one in scripts if one.id in known):
            first = seen[0]
            vendor = evidence.catalogue.vendors.get(first.label.vendor_id or "")
            security = vendor is not None and vendor.category in _SECURITY
            yield self.finding(
                evidence,
                seen,
                subject=Subject(
                    kind="script", name="*", domain=domain, entity=first.label.entity, vendor=first.label.vendor
                ),
                outcome=Outcome.REVIEW if security else Outcome.FAIL,
                observation=f"A script that is known to recognise devices ({known[first.id]}) was loaded: "
                f"{requests_to(seen)} {spread(evidence, seen, None)}.",
                declared_at=first.match.place,
                explanations=("It may serve the detection of bots or fraud; whether that is exempt is for a person.",),
            )


def _known(evidence: Evidence, seen: Seen) -> str | None:
    """Who knows it, and by what; None: nobody."""
    vendor = evidence.catalogue.vendors.get(seen.label.vendor_id or "")
    if vendor is not None and vendor.recognises_devices:
        return f"{vendor.name}, by the catalogue"
    return next(
        (
            f"{vote.source}: {vote.evidence}"
            for vote in seen.label.votes
            if vote.tracker and "fingerprint" in vote.evidence.casefold()
        ),
        None,
    )
