"""What was asked beside what was seen, and whether that is enough to say anything."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.findings import Coverage
from classifiers.reached import page_not_seen
from classifiers.tagplan.har import told_from_outside
from crawler.scenarios import SCENARIOS
from crawler.visits import ChannelState, ChoiceStatus, ProblemKind, Scan, Visit, VisitStatus

_MOST_REASONS = 20


def cover(scan: Scan, visits: Sequence[Visit]) -> Coverage:
    """Not enough: an entry page unseen, a required choice unproved, a dead channel, or a scan that did not end."""
    pages = {visit.url for visit in visits} | set(scan.urls)
    seen = {visit.url for visit in visits if page_not_seen(visit) is None}
    why_not = tuple(dict.fromkeys(_reasons(scan, visits)))
    status = [visit.status for visit in visits]
    return Coverage(
        pages_asked=len(pages),
        pages_seen=len(seen),
        visits_asked=max(len(visits), sum(_pages_of(name, visits, len(pages)) for name in scan.scenarios) * scan.runs),
        visits_complete=status.count(VisitStatus.COMPLETE),
        visits_partial=status.count(VisitStatus.PARTIAL),
        visits_failed=status.count(VisitStatus.FAILED),
        enough=not why_not,
        why_not=why_not[:_MOST_REASONS],
    )


def _pages_of(scenario: str, visits: Sequence[Visit], pages: int) -> int:
    """Journeys begin at start pages only."""
    mine = {visit.url: visit.entry for visit in visits if visit.scenario == scenario}
    journey = scenario not in SCENARIOS and bool(mine) and all(mine.values())
    return len(mine) if journey else pages


def _reasons(scan: Scan, visits: Sequence[Visit]) -> list[str]:
    reasons = []
    if not visits:
        reasons.append("No page was visited.")
    if scan.finished is None:
        reasons.append("The scan did not finish.")
    entries = [visit for visit in visits if visit.entry]
    visited = {visit.url for visit in visits}
    reasons.extend(f"{url} was not visited." for url in scan.urls if visits and url not in visited)
    for visit in entries or visits:
        not_seen = page_not_seen(visit)
        if not_seen:
            reasons.append(f"{visit.url} under `{visit.scenario}`: {not_seen}")
    reasons.extend(
        problem.message for visit in visits for problem in visit.problems if problem.kind is ProblemKind.STEP
    )
    run = {visit.scenario for visit in visits}
    reasons.extend(f"The scenario `{name}` was not run." for name in scan.scenarios if visits and name not in run)
    reasons.extend(_unproved(entries or visits))
    reasons.extend(
        f"The channel {channel.name} was dead{': ' + channel.note if channel.note else ''}."
        for channel in scan.channels
        if channel.state is ChannelState.DEAD
    )
    return reasons


def _unproved(visits: Sequence[Visit]) -> list[str]:
    """Choices that a scenario is about and that were not proved on an entry page."""
    reasons = []
    for visit in visits:
        if page_not_seen(visit) is not None or told_from_outside(visit):
            continue
        scenario = SCENARIOS.get(visit.scenario)
        proved = {choice.wanted for choice in visit.choices if choice.status is ChoiceStatus.CONFIRMED}
        tried = {choice.wanted: choice for choice in visit.choices}
        for wanted in scenario.choices if scenario else tuple(tried):
            if wanted not in proved:
                how = tried[wanted].status.value.replace("_", " ") if wanted in tried else "not tried"
                reasons.append(f"{visit.url} under `{visit.scenario}`: the choice `{wanted.value}` was {how}.")
    return reasons
