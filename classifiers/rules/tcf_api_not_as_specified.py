"""TAG-014."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.tagplan.commands import tcf_apis_of
from crawler.observations import RequestSighting
from crawler.tag_facts import TcfApi
from crawler.visits import Visit, VisitStatus

_SAYS = {
    "late": "the function `__tcfapi` was not there when the markup had been read, and came later",
    "gone": "the function `__tcfapi` was there when the markup had been read, and is none any more",
    "locator": "there is a function `__tcfapi` and no frame `__tcfapiLocator`",
}


class TcfApiNotAsSpecified(Rule):
    """The TCF function is late, or is not offered as specified.

    Why it matters: `__tcfapi` must be a function from the start, and frames of other sites find it by a frame called
    `__tcfapiLocator` [TCFS V]; a tag that asks too early gets no answer and may act without one.

    Fix: put the platform's stub in the head, before any other script.
    """

    id = "TAG-014"
    severity = Severity.LOW
    reads = (RequestSighting,)
    by_label = False
    passed = "The TCF function was observed to be there in time, with its locator frame"

    def not_applicable(self, evidence: Evidence) -> str | None:
        looked_at = [visit for visit in evidence.visits if visit.status is not VisitStatus.FAILED]
        there = any(True for visit in looked_at for _ in tcf_apis_of(visit))
        return None if there or not looked_at else "No function `__tcfapi` was observed."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        found: dict[str, list[Visit]] = {}
        for visit in evidence.visits:
            for fault in {fault for api in tcf_apis_of(visit) for fault in _faults(api)}:
                found.setdefault(fault, []).append(visit)
        for fault, visits in sorted(found.items()):
            pages = len({visit.url for visit in visits})
            yield self.finding(
                evidence,
                subject=Subject(kind="consent_interface", name=f"__tcfapi: {fault}", domain=evidence.site),
                visits=visits,
                observation=f"On {pages} page{'' if pages == 1 else 's'} {_SAYS[fault]}.",
            )


def _faults(api: TcfApi) -> Iterator[str]:
    if api.function and api.in_time is False:
        yield "late"
    if not api.function and api.in_time:
        yield "gone"
    if api.function and not api.locator:
        yield "locator"
