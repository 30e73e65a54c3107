"""TAG-012."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import parameters
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import GPC
from classifiers.vendor_records import EndpointKind
from crawler.observations import RequestSighting
from crawler.signals.meta import MetaDataProcessing, decode_meta

_EVENTS = (EndpointKind.COLLECT, EndpointKind.PIXEL, EndpointKind.CONVERSION)


class LimitedDataUseNotSet(Rule):
    """Meta's Limited Data Use was not set although the browser sends Global Privacy Control.

    Why it matters: Limited Data Use is how a site tells Meta to restrict processing for visitors who opted out in the
    states where that is the law [META V2]; the signal must be treated as such a request [CCR7025 V2].

    Fix: call `fbq('dataProcessingOptions', ['LDU'], 0, 0)` before `init` where `navigator.globalPrivacyControl` is set.
    """

    id = "TAG-012"
    severity = Severity.INFO
    reads = (RequestSighting,)
    scenarios = (GPC,)
    passed = "Every report of the Meta pixel under the signal was observed to ask for Limited Data Use"

    def not_applicable(self, evidence: Evidence) -> str | None:
        there = any(_is_event(evidence, one) for one in evidence.requests)
        return None if there or not evidence.visits else "No report of the Meta pixel was observed."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        under = sent(evidence.in_state(evidence.requests, GPC))
        without = [one for one in under if _is_event(evidence, one) and not _limited(one)]
        for (domain,), seen in by_domain(without):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="tag", name="Limited Data Use", domain=domain, vendor=seen[0].label.vendor),
                state=GPC,
                observation=f"With the signal, Limited Data Use (`dpo=LDU`) is not asked for in {requests_to(seen)} "
                f"{spread(evidence, seen, GPC)}.",
                explanations=("Whether a site must react can depend on the country of the visitor.",),
            )


def _is_event(evidence: Evidence, seen: Seen) -> bool:
    hit = evidence.hit(seen) if seen.label.vendor_id == "meta" else None
    return hit is not None and hit.entry.kind in _EVENTS


def _limited(seen: Seen) -> bool:
    if not isinstance(seen.sighting, RequestSighting):
        return False
    told = decode_meta(parameters(seen.sighting))
    return isinstance(told, MetaDataProcessing) and told.limited_data_use
