"""TAG-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence, Seen, grouped, sent
from classifiers.findings import Finding, Severity, Subject, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.records import FaultKind
from classifiers.tagplan.telling import tell
from classifiers.vendor_records import EndpointKind
from crawler.observations import RequestSighting

_EVENTS = (EndpointKind.COLLECT, EndpointKind.PIXEL, EndpointKind.CONVERSION)
_ONCE = frozenset({"page_view", "pageview", "PageView", "view", "purchase", "conversion"})
"""Events of which one page view has one."""


class TagFiredTwice(Rule):
    """A tag reports the same event more than once on a page view.

    Why it matters: visits and conversions are counted twice, and twice the data leaves [PRACTICE V].

    Fix: look for two containers or snippets with the same account; the blame chain names who sent the first.
    """

    id = "TAG-003"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    passed = "No page view or conversion was observed to be reported twice by one tag"

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        if evidence.tags is not None:  # the plan says how often is right
            yield from tell(self, evidence, FaultKind.DUPLICATE)
        events: dict[tuple[str, ...], list[Seen]] = {}
        for one in sent(evidence.requests):
            for account, event in _events(evidence, one):
                key = (one.visit.id, one.sighting.phase, one.label.vendor_id or "", account, event)
                events.setdefault(key, []).append(one)
        planned = _planned(evidence)
        double = {key: seen for key, seen in events.items() if len(seen) > 1 and seen[0].id not in planned}
        by_tag = {seen[0].id: key[2:] for key, seen in double.items()}
        firsts = [seen[0] for seen in double.values()]
        for (vendor, account, event), seen in grouped(firsts, lambda one: _tag(by_tag[one.id])):
            times = max(len(found) for key, found in double.items() if key[2:] == (vendor, account, event))
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="tag", name=f"{account} {event}", domain=seen[0].key[2], vendor=vendor),
                observation=f"{seen[0].label.vendor or vendor} ({account or 'no account'}) reported {event} up to "
                f"{times} times on one page view, on {len({one.visit.url for one in seen})} pages.",
            )


def _planned(evidence: Evidence) -> set[str]:
    """Requests of which the tag plan says how often is right."""
    steps = evidence.tags.steps if evidence.tags else ()
    return {hit.evidence for step in steps for hit in step.hits if hit.limited}


def _tag(key: tuple[str, ...]) -> tuple[str, str, str]:
    return key[0], key[1], key[2]


def _events(evidence: Evidence, seen: Seen) -> list[tuple[str, str]]:
    hit = evidence.hit(seen)
    if hit is None or hit.entry.kind not in _EVENTS:
        return []
    return [(one.account or "", one.event) for one in hit.hits if one.event in _ONCE]
