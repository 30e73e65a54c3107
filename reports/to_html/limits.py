"""What the scan could not see: told before any finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from classifiers.findings import Audit, VerdictKind
from crawler.visits import Channel, ChannelState
from reports.neutral import shorten

MOST_PLACES = 6
ABOUT_THE_SCAN = "SCAN-"
"""Rules of this group tell what a scan could not see."""


@dataclass(frozen=True)
class OpenQuestion:
    """Rules that could not be decided for one reason."""

    why: str
    rules: tuple[str, ...]
    scenarios: tuple[str, ...]
    places: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class Trouble:
    kind: str
    message: str
    visits: int
    places: tuple[str, ...]


@dataclass(frozen=True)
class DeadChannel:
    name: str
    state: str
    dropped: int
    note: str
    visits: int


def open_questions(audit: Audit) -> tuple[OpenQuestion, ...]:
    rules: dict[str, set[str]] = defaultdict(set)
    scenarios: dict[str, dict[str, None]] = defaultdict(dict)
    places: dict[str, dict[str, None]] = defaultdict(dict)
    told: set[tuple[str, str | None]] = set()
    for entry in audit.undecided:
        rules[entry.why].add(entry.rule)
        told.add((entry.rule, entry.scenario))
        if entry.scenario:
            scenarios[entry.why][entry.scenario] = None
        if entry.page:
            places[entry.why][entry.page] = None
    for row in audit.verdicts:
        if row.kind is VerdictKind.UNDECIDED and (row.rule, row.scenario) not in told:
            rules[row.sentence].add(row.rule)
            if row.scenario:
                scenarios[row.sentence][row.scenario] = None
    return tuple(
        OpenQuestion(
            why=why,
            rules=tuple(sorted(names)),
            scenarios=tuple(scenarios[why]),
            places=tuple(list(places[why])[:MOST_PLACES]),
            more=max(len(places[why]) - MOST_PLACES, 0),
        )
        for why, names in sorted(rules.items(), key=lambda entry: -len(entry[1]))
    )


def troubles(audit: Audit) -> tuple[Trouble, ...]:
    """Problems of visits, one line per kind and message."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for visit in audit.visits:
        for problem in visit.problems:
            groups[problem.kind.value, problem.message].append(f"{visit.scenario}: {visit.url}")
    return tuple(
        Trouble(
            kind=kind,
            message=message,
            visits=len(places),
            places=tuple(shorten(place, 120) for place in places[:MOST_PLACES]),
        )
        for (kind, message), places in sorted(groups.items(), key=lambda entry: -len(entry[1]))
    )


def dead_channels(audit: Audit) -> tuple[DeadChannel, ...]:
    """Channels of the coverage ledgers that were dead, or lost events."""
    return _channels(audit, lambda channel: channel.state is ChannelState.DEAD or channel.dropped > 0)


def silent_channels(audit: Audit) -> tuple[DeadChannel, ...]:
    """Those on which nothing came: it was not shown on that visit that they work, nor that they do not."""
    return _channels(audit, lambda channel: channel.state is ChannelState.UNTESTED and not channel.dropped)


def _channels(audit: Audit, wanted: Callable[[Channel], bool]) -> tuple[DeadChannel, ...]:
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for visit in audit.visits:
        for channel in filter(wanted, visit.channels):
            groups[channel.name, channel.state.value, channel.note or ""].append(channel.dropped)
    for channel in filter(wanted, audit.scan.channels):
        groups[channel.name, f"{channel.state.value} at the start", channel.note or ""].append(channel.dropped)
    return tuple(
        DeadChannel(name=name, state=state, dropped=sum(dropped), note=note, visits=len(dropped))
        for (name, state, note), dropped in sorted(groups.items())
    )
