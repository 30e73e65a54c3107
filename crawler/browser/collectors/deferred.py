"""Requests that a page leaves behind for the time after it (`fetchLater`): DevTools then tells nothing of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar

from crawler.browser.bodies import fields_of
from crawler.browser.carriers import candidates
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.events import Call
from crawler.browser.stacks import by_script
from crawler.observations import RequestSighting, Sighting, SightingKind
from crawler.visits import Channel, ChannelState

FETCH_LATER = "fetchLater"


class DeferredCollector(Collector):
    """Stands behind the network collector, which by then has marked those that left while the page was watched."""

    name: ClassVar[str] = "deferred"
    sees: ClassVar[tuple[type[Sighting], ...]] = (RequestSighting,)
    hears: ClassVar[frozenset[str]] = frozenset({"outlasting", "outlasting_cancelled"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._asked: list[Call] = []
        self._cancelled: Counter[tuple[str, str]] = Counter()
        self._left = 0

    def heard(self, call: Call) -> None:
        if call.text(0) != FETCH_LATER:
            return
        if call.kind == "outlasting":
            self._asked.append(call)
        else:
            self._cancelled[_key(call)] += 1

    def sightings(self) -> Iterable[RequestSighting]:
        seen = self._cancelled + Counter(
            (hop.url.partition("#")[0], hop.method.upper())
            for hop in self.scene.exchanges.hops
            if hop.outlasts == FETCH_LATER
        )
        for call in self._asked:
            key = _key(call)
            if seen[key] > 0:
                seen[key] -= 1
                continue
            self._left += 1
            yield self._sighting(call, *key)

    def _sighting(self, call: Call, url: str, method: str) -> RequestSighting:
        text = call.fields[3]
        body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else None
        digester = self.scene.digester
        return RequestSighting(
            **self.scene.recorder.stamp("r", call.moment, call.place),
            initiator=by_script(call.stack),
            url=url,
            method=method,
            resource_type="fetch",
            body_size=len(body or b""),
            body_digest=digester.digest(body) if body else None,
            body_fields=fields_of(body, content_type="", digester=digester) if body else (),
            beacon=(FETCH_LATER,),
            carries=candidates(url=url, headers={}, body=body, content_type="", digester=digester),
        )

    def channels(self) -> Iterator[Channel]:
        state = ChannelState.LIVE if self._asked else ChannelState.UNTESTED
        yield Channel(name="request.deferred", state=state, sees=SightingKind.REQUEST, events=self._left)


def _key(call: Call) -> tuple[str, str]:
    return call.text(1).partition("#")[0], call.text(2).upper()
