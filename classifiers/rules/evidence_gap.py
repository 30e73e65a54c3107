"""SCAN-012."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.reached import page_not_seen
from classifiers.rules.base import Rule
from crawler.observations import InitiatorKind
from crawler.visits import ANEW, CHOICE_FROM, ChannelState, ProblemKind

_GAPS = (ProblemKind.COLLECTOR, ProblemKind.LOST, ProblemKind.CAP)
_MOST_PLACES = 6


class EvidenceGap(Rule):
    """Some evidence is missing or incomplete.

    Why it matters: what was not recorded can be held neither for nor against the site [PRACTICE V].

    Fix: see each gap; a longer cap or a single page at a time often helps.
    """

    id = "SCAN-012"
    severity = Severity.LOW
    states_limit = True
    by_label = False
    passed = "No gap in the evidence is known"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        gaps: dict[str, int] = {}
        for visit in evidence.visits:
            if page_not_seen(visit) is not None:
                continue  # SCAN-001 says so
            for problem in visit.problems:
                if problem.kind in _GAPS:
                    gaps[problem.message] = gaps.get(problem.message, 0) + 1
            for channel in visit.channels:
                if channel.state is ChannelState.DEAD or channel.dropped:
                    what = f"channel {channel.name}: {channel.state.value}, {channel.dropped} dropped"
                    gaps[what] = gaps.get(what, 0) + 1
        for channel in evidence.scan.channels:
            if channel.state is ChannelState.DEAD:
                gaps[f"channel {channel.name}: dead at the start"] = len(evidence.visits)
        gaps |= _replayed(evidence)
        unnamed = sum(_unresolved(one.sighting.initiator) for one in evidence.seen)
        if unnamed:
            gaps[f"{unnamed} sightings whose initiator the browser did not name"] = 1
        if gaps:
            words = "; ".join(f"{gap.rstrip('.')} ({count}×)" for gap, count in sorted(gaps.items()))
            yield self.finding(
                evidence,
                subject=Subject(kind="scan", name="evidence gaps", domain=evidence.site),
                observation=f"Known gaps in the evidence: {words}.",
            )


def _replayed(evidence: Evidence) -> dict[str, int]:
    """Later pages that did not begin with the choice of another page: what they did before it was made is theirs."""
    where: dict[str, list[str]] = {}
    for visit in evidence.visits:
        how = visit.fact(CHOICE_FROM) or ""
        if how.startswith(ANEW):
            where.setdefault(how.removeprefix(ANEW), []).append(f"{visit.url} ({visit.scenario})")
    return {
        f"the choice was made anew, as {why}, on {', '.join(places[:_MOST_PLACES])}"
        f"{' and others' if len(places) > _MOST_PLACES else ''}": len(places)
        for why, places in where.items()
    }


def _unresolved(initiator: object) -> bool:
    return getattr(initiator, "kind", None) is InitiatorKind.UNRESOLVED
