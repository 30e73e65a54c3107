"""From a played visit to its record."""

from __future__ import annotations

from typing import TypeVar

from crawler.browser.aftermath import named
from crawler.browser.carriers import only_stored
from crawler.browser.privacy_control import signal_channels
from crawler.browser.sources import with_sources
from crawler.browser.stage import Stage, VisitOutcome
from crawler.observations import (
    AnySighting,
    BehaviourSighting,
    CookieSighting,
    MarkupSighting,
    NameValue,
    RequestSighting,
    Sighting,
    SightingKind,
    StorageSighting,
)
from crawler.visits import PRIVACY_CONTROL, Channel, Choice, ChoiceStatus, Problem, ProblemKind, Visit, VisitStatus

_COUNTED = (SightingKind.REQUEST, SightingKind.COOKIE, SightingKind.STORAGE, SightingKind.BEHAVIOUR)
_Kind = TypeVar("_Kind", bound=Sighting)
_UNPROVED = {
    ChoiceStatus.UNCONFIRMED: (ProblemKind.UNCONFIRMED, "was played on {url}, but nothing proves that it took hold"),
    ChoiceStatus.CONTRADICTED: (ProblemKind.CONTRADICTED, "was played on {url}, but the page shows another state"),
    ChoiceStatus.NOT_OFFERED: (ProblemKind.NO_CONTROL, "could not be made on {url}: no control for it was found"),
}


def write_up(stage: Stage) -> VisitOutcome:
    watch, ask = stage.watch, stage.ask
    watch.exchanges.finish()
    seen: list[AnySighting] = []
    channels: list[Channel] = []
    for collector in watch.collectors:
        try:
            seen.extend(collector.sightings())
            channels.extend(collector.channels())
        except Exception as error:  # noqa: BLE001  # a plug-in may raise anything; the rest of the visit is kept
            watch.collector_failed(collector.name, error)
    if ask.scenario.gpc:
        readback = next((fact.value for fact in stage.facts if fact.name == PRIVACY_CONTROL), None)
        channels.extend(signal_channels(watch.exchanges.hops, readback=readback))
    seen = with_sources(only_stored(seen, watch.scene.digester), stage.maps)
    problems = [*stage.problems, *watch.problems, *_unproved(stage), *_unprepared(stage), *_dropped(stage)]
    document = stage.document or watch.document()
    visit = Visit(
        id=ask.id,
        url=ask.url,
        final_url=document.url if document is not None else ask.url,
        scenario=ask.scenario.name,
        run=ask.run,
        entry=ask.entry,
        title=stage.title,
        http_status=None if document is None else document.status,
        started=watch.recorder.started,
        duration=round(watch.recorder.elapsed(), 3),
        status=_status(stage, problems),
        problems=tuple(problems),
        phases=tuple(stage.spans),
        choices=tuple(stage.choices),
        interfaces=stage.interfaces,
        channels=tuple(channels),
        screenshots=tuple(stage.screenshots),
        facts=(*stage.facts, *_lateness(stage, seen)),
        links=stage.links,
        forms=stage.forms,
        cookies=_of(CookieSighting, seen),
        storage=_of(StorageSighting, seen),
        requests=_of(RequestSighting, seen),
        behaviours=_of(BehaviourSighting, seen),
        markup=_of(MarkupSighting, seen),
    )
    answer = (document.got or document.answer or {}) if document is not None else {}
    headers = {name.lower(): str(value) for name, value in answer.get("headers", {}).items()}
    headers.pop("set-cookie", None)  # its values are personal data, and are recorded as cookies
    return VisitOutcome(visit=visit, html=stage.html, headers=headers)


def _lateness(stage: Stage, seen: list[AnySighting]) -> list[NameValue]:
    """How long the page was watched, and how much came after each mark, without what it did on leaving."""
    late, last = stage.lateness, stage.last_order
    if late is None or last is None:
        return []
    facts = [NameValue(name="watched_seconds", value=f"{late.watched:g}")]
    for mark, order in late.marks:
        came = [one.kind for one in seen if order < one.order <= last]
        counts = " ".join(f"{kind.value}={came.count(kind)}" for kind in _COUNTED)
        facts.append(NameValue(name=f"after_{mark:g}s", value=counts))
    return facts


def _of(kind: type[_Kind], seen: list[AnySighting]) -> tuple[_Kind, ...]:
    chosen = [sighting for sighting in seen if isinstance(sighting, kind)]
    return tuple(sorted(chosen, key=lambda sighting: sighting.order))


def _status(stage: Stage, problems: list[Problem]) -> VisitStatus:
    if not stage.seen:
        return VisitStatus.FAILED
    unproved = any(choice.status is not ChoiceStatus.CONFIRMED for choice in stage.choices)
    missed = len(stage.spans) < len(stage.phases)
    blinded = any(problem.blinds for problem in problems)
    return VisitStatus.PARTIAL if unproved or missed or blinded or stage.incomplete else VisitStatus.COMPLETE


def _unproved(stage: Stage) -> list[Problem]:
    return [_unproved_choice(choice, stage.ask.url) for choice in stage.choices if choice.status in _UNPROVED]


def _unproved_choice(choice: Choice, url: str) -> Problem:
    kind, sentence = _UNPROVED[choice.status]
    if choice.status is ChoiceStatus.UNCONFIRMED and not choice.clicks:
        sentence = "could not be made on {url}"
    why = f" {choice.why}" if choice.why else ""
    clicked = f" Clicked was {named(choice)}." if choice.clicks else ""
    return Problem(kind=kind, message=f"The choice {choice.wanted.value!r} {sentence.format(url=url)}.{why}{clicked}")


def _unprepared(stage: Stage) -> list[Problem]:
    """Targets that ran before they could be watched from their first line."""
    return [
        Problem(
            kind=ProblemKind.LOST,
            message=f"{url or 'A target'} was running before it could be watched; its first events are missing.",
            blinds=(SightingKind.COOKIE, SightingKind.STORAGE, SightingKind.REQUEST),
        )
        for url in stage.watch.unprepared
    ]


def _dropped(stage: Stage) -> list[Problem]:
    exchanges = stage.watch.exchanges
    if not exchanges.dropped:
        return []
    made, dropped = len(exchanges.hops) + exchanges.dropped, exchanges.dropped
    text = f"{stage.ask.url} made at least {made} requests, of which the last {dropped} are not recorded."
    return [Problem(kind=ProblemKind.LOST, message=text, blinds=(SightingKind.REQUEST,))]
