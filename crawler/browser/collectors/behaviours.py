"""What scripts do that tells a device or a person apart: reads that fingerprint, listeners that record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.events import Call
from crawler.browser.heuristics import HEURISTICS, KEYSTROKES, RECORDING
from crawler.browser.sent_on import batches, callers, leaks
from crawler.browser.stacks import by_script
from crawler.observations import BehaviourSighting, Consent, NameValue, Sighting, SightingKind
from crawler.visits import Channel, ChannelState

TYPED_TEXT_SENT: Final = "typed_text_sent"
"""An address that the crawler typed, and did not submit, left all the same."""

_Group = tuple[str, str, Consent, str]
"""Behaviour, script, consent and phase: what a script did before the choice is no excuse for what it does after."""


class BehaviourCollector(Collector):
    name: ClassVar[str] = "behaviours"
    sees: ClassVar[tuple[type[Sighting], ...]] = (BehaviourSighting,)
    hears: ClassVar[frozenset[str]] = frozenset().union(*(heuristic.hears for heuristic in HEURISTICS))

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._calls: dict[_Group, list[Call]] = {}
        self._heard: Counter[str] = Counter()
        self._leaks = 0

    def heard(self, call: Call) -> None:
        if call.place.frame.startswith("chrome-error:"):
            return  # the browser's own error page listens for keys too
        script = next((frame.url for frame in call.stack if frame.url), call.place.frame)
        for heuristic in HEURISTICS:
            if call.kind in heuristic.hears:
                group = (heuristic.behaviour, script, call.moment.consent, call.moment.phase)
                self._calls.setdefault(group, []).append(call)
                self._heard[heuristic.behaviour] += 1

    def sightings(self) -> Iterable[BehaviourSighting]:
        hops = self.scene.exchanges.hops
        for heuristic in HEURISTICS:
            for (behaviour, script, _, _), calls in self._calls.items():
                numbers = heuristic.met(calls) if behaviour == heuristic.behaviour else None
                if numbers is None:
                    continue
                yield BehaviourSighting(
                    **self.scene.recorder.stamp("b", calls[0].moment, calls[0].place),
                    initiator=by_script(calls[0].stack),
                    behaviour=behaviour,
                    calls=len(calls),
                    detail=(
                        *(NameValue(name=name, value=value) for name, value in numbers),
                        *(batches(script, hops) if behaviour == RECORDING else ()),
                    ),
                )
        for leak in leaks(hops, self.scene.digester):
            self._leaks += 1
            yield BehaviourSighting(
                **self.scene.recorder.stamp("b", leak.first.moment, leak.first.place),
                initiator=by_script(callers(leak.first)),
                behaviour=TYPED_TEXT_SENT,
                calls=leak.count,
                detail=(*leak.detail, NameValue(name="listens to keys", value=self._listens(leak.script))),
            )

    def _listens(self, script: str) -> str:
        listeners = {group[1] for group in self._calls if group[0] == KEYSTROKES}
        return "yes" if script in listeners else "no, another script does" if listeners else "no"

    def channels(self) -> Iterator[Channel]:
        for heuristic in HEURISTICS:
            count = self._heard[heuristic.behaviour]
            state = ChannelState.LIVE if count else ChannelState.UNTESTED
            yield Channel(
                name=f"behaviour.{heuristic.behaviour}", state=state, sees=SightingKind.BEHAVIOUR, events=count
            )
        state = ChannelState.LIVE if self._leaks else ChannelState.UNTESTED
        note = None if self.scene.digester.addresses else "nothing was typed"
        yield Channel(
            name=f"behaviour.{TYPED_TEXT_SENT}", state=state, sees=SightingKind.BEHAVIOUR, events=self._leaks, note=note
        )
