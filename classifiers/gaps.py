"""Why a rule cannot be decided: what was not run, not reached, not proved or not recorded."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Undecided
from classifiers.reached import page_not_seen
from classifiers.rules.base import Rule
from classifiers.states import CONSENT_OF, GPC
from crawler.observations import Consent, SightingKind
from crawler.visits import SIGNAL, Channel, ChannelState, Visit

_BASIC = {SightingKind.COOKIE, SightingKind.STORAGE, SightingKind.REQUEST}


def gaps(rule: Rule, evidence: Evidence) -> Iterator[Undecided]:
    """All reasons why `rule` cannot pass; empty: everything it needs was seen."""
    for state in rule.scenarios or (None,):
        visits = evidence.visits_in(state)
        if not visits:
            what = f"the scenario `{state}` was not run" if state else "no page was visited"
            yield Undecided(rule=rule.id, scenario=state, visit=None, page=None, why=f"{_start(what)}.")
        for visit in visits:
            why = _why(rule, state, visit, evidence)
            if why:
                yield Undecided(rule=rule.id, scenario=state, visit=visit.id, page=visit.url, why=why)


def _why(rule: Rule, state: str | None, visit: Visit, evidence: Evidence) -> str | None:
    if not_seen := page_not_seen(visit):
        return not_seen
    kinds = {sighting.kind for sighting in rule.reads}
    for problem in visit.problems:
        blinded = kinds.intersection(problem.blinds)
        if blinded:
            return f"Sightings of {_words(blinded)} are incomplete: {problem.message}"
    for channel in (*evidence.scan.channels, *visit.channels):
        if channel.sees in kinds and _concerns(channel, state) and (fault := _fault(channel)):
            return fault
    if unseen := _unseen(rule, visit, evidence, kinds):
        return unseen
    needed = CONSENT_OF.get(state or "")
    if needed is not None and evidence.confirmed(visit, needed) is None:
        return f"The choice `{needed.value}` was not proved on this visit{_tried(visit, needed)}."
    return None


def _unseen(rule: Rule, visit: Visit, evidence: Evidence, kinds: set[SightingKind]) -> str | None:
    """What no channel of this visit looked at. Visits without any ledger are trusted for the three basic kinds only."""
    channels = (*evidence.scan.channels, *visit.channels)
    watched = {channel.sees for channel in channels} or _BASIC
    if missing := kinds - watched:
        return f"Nothing recorded {_words(missing)} sightings on this visit."
    names = [channel.name for channel in channels]
    absent = [wanted for wanted in rule.channels if not any(name.startswith(wanted) for name in names)]
    return f"Nothing looked for {', '.join(absent)} on this visit." if absent else None


def _concerns(channel: Channel, state: str | None) -> bool:
    """That a signal went along everywhere matters to the rules about the signal, not to what was seen."""
    return state == GPC or not channel.name.startswith(SIGNAL)


def _fault(channel: Channel) -> str | None:
    if channel.state is ChannelState.DEAD:
        return f"The channel {channel.name} was dead{': ' + channel.note if channel.note else ''}."
    if channel.dropped:
        return f"The channel {channel.name} dropped {channel.dropped} events."
    return None


def _tried(visit: Visit, wanted: Consent) -> str:
    for choice in visit.choices:
        if choice.wanted is wanted:
            return f" ({choice.status.value.replace('_', ' ')}{': ' + choice.why if choice.why else ''})"
    return " (it was not tried)"


def _words(kinds: set[SightingKind]) -> str:
    return ", ".join(sorted(kind.value for kind in kinds))


def _start(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
