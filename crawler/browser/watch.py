"""One visit's listener at the tap: prepares each new target, stamps each arrival, and hands it to the collectors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import monotonic
from typing import Final, TypeVar

import orjson

from crawler.browser.cdp import Command, RawEvent, Session
from crawler.browser.collectors import COLLECTORS
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.events import Call, Event
from crawler.browser.exchanges import EVENTS as NETWORK_EVENTS
from crawler.browser.exchanges import Hop
from crawler.browser.layer_reports import LayerReports
from crawler.browser.places import place_of
from crawler.browser.probes import Probes
from crawler.browser.recorder import Place, Recorder
from crawler.browser.stacks import from_text
from crawler.observations import TargetKind
from crawler.scenarios import Scenario
from crawler.settings import VisitSettings
from crawler.visits import Problem, ProblemKind

log = logging.getLogger(__name__)

TIME_PASSED: Final = "Emulation.virtualTimeBudgetExpired"
"""The event that tells of a granted stretch of time; see `lateness`."""
_STACKS: Final = Command("Runtime.setAsyncCallStackDepth", {"maxDepth": 32})
_BUSY: Final = frozenset(
    {
        "Network.requestWillBeSent",
        "Network.responseReceived",
        "Network.loadingFinished",
        "Network.loadingFailed",
        "Runtime.bindingCalled",
    }
)
"""Events that show a page at work. Messages on open streams do not."""
_ENDS: Final = frozenset({"Network.loadingFinished", "Network.loadingFailed"})
_TURNS: Final = frozenset({"Page.loadEventFired", "Inspector.targetCrashed", TIME_PASSED})

_Collector = TypeVar("_Collector", bound=Collector)


class Watch:
    def __init__(self, scene: Scene, *, probes: Probes, scenario: Scenario, settings: VisitSettings) -> None:
        self.scene = scene
        self.recorder: Recorder = scene.recorder
        self.exchanges = scene.exchanges
        self.collectors = tuple(collector(scene) for collector in COLLECTORS)
        self.problems: list[Problem] = []
        self.layers = LayerReports()
        self.main: Session | None = None
        self.loaded = False
        self.crashed = False
        self.loaded_at: float | None = None
        """Seconds of the visit at which the page had loaded last."""
        self.expired: set[str] = set()
        """Sessions whose granted stretch of time has passed; see `lateness`."""
        self.last_activity = monotonic()
        self.stirred = asyncio.Event()
        """Set on every arrival that may end a wait. What only prolongs it is seen when the wait is over."""
        self._binding = probes.binding
        self._probe = probes.with_privacy_control if scenario.gpc else probes.plain
        self._gpc = scenario.gpc
        self._settings = settings
        self._listening: dict[str, list[Collector]] = {}
        self._hearing: dict[str, list[Collector]] = {}
        self._broken: set[str] = set()
        self.unprepared: list[str] = []
        for collector in self.collectors:
            for event in collector.events:
                self._listening.setdefault(event, []).append(collector)
            for kind in collector.hears:
                self._hearing.setdefault(kind, []).append(collector)

    def collector(self, kind: type[_Collector]) -> _Collector:
        return next(collector for collector in self.collectors if isinstance(collector, kind))

    # --- the tap calls these

    def prepare(self, session: Session) -> Sequence[Command]:
        commands = [Command("Network.enable", {"maxPostDataSize": self._settings.max_body})]
        if self._gpc:
            commands.append(Command("Network.setExtraHTTPHeaders", {"headers": {"Sec-GPC": "1"}}))
        commands.append(_STACKS)
        commands.append(Command("Runtime.addBinding", {"name": self._binding}))
        if session.is_worker:
            # Playwright does not listen to every kind of worker, and reports come only where this is on.
            commands.append(Command("Runtime.enable", {}))
            return commands
        for collector in self.collectors:
            commands.extend(collector.page_commands)
        source = {"source": self._probe, "runImmediately": True}
        commands.append(Command("Page.addScriptToEvaluateOnNewDocument", source))
        return commands

    def renew(self, session: Session) -> Sequence[Command]:
        return () if session.is_worker else (_STACKS,)

    def worker_probe(self) -> str | None:
        return self._probe

    def attached(self, session: Session) -> None:
        if self.main is None and session.kind is TargetKind.PAGE:
            self.main = session
        if not session.seen_from_start:
            self.unprepared.append(session.url)

    def detached(self, session: Session) -> None:
        self.exchanges.session_closed(session)
        self.stirred.set()

    def saw(self, event: RawEvent) -> bool:
        moment = self.recorder.now()
        method = event.method
        frame = event.params.get("frameId") if method in NETWORK_EVENTS else None
        if method == "Runtime.bindingCalled":
            self._heard(event)
        elif method == "Page.loadEventFired":
            if event.session is self.main and not self.loaded:
                self.loaded, self.loaded_at = True, self.recorder.elapsed()
        elif method == TIME_PASSED:
            self.expired.add(event.session.id)
        elif method == "Inspector.targetCrashed":
            self.crashed = True
        else:
            place = place_of(event.session, frame, page=self.page)
            if method == "Network.requestWillBeSent" and event.params.get("type") == "Document":
                place = self._place_of_navigation(event)
            shown = Event(method, event.params, event.session, moment, place)
            if method in NETWORK_EVENTS:
                self._guard("network", partial(self.exchanges.saw, shown))
            for collector in self._listening.get(method, ()):
                self._guard(collector.name, partial(collector.saw, shown))
        storage = method.startswith("DOMStorage.")
        if storage or method in _BUSY:
            self.last_activity = monotonic()
        if method in _TURNS or (method in _ENDS and self.exchanges.idle):
            self.stirred.set()
        if method in NETWORK_EVENTS:
            return self.exchanges.leaves_out(event.params.get("requestId", ""))
        return storage or (method == "Runtime.bindingCalled" and event.params["name"] == self._binding)

    def new_window(self) -> None:
        """The next page that opens is the visited one: the one before was closed."""
        self.main, self.loaded = None, False

    def document(self) -> Hop | None:
        """The last request for the visited page itself, redirects followed."""
        if self.main is None:
            return None
        mine = (self.main.main_frame, self.main.target_id)
        # `mailto:` and the like hand over to another program; the page stays where it is.
        own = [hop for hop in self.exchanges.hops if hop.navigation and hop.frame_id in mine and hop.on_the_wire]
        return own[-1] if own else None

    # --- inside

    @property
    def page(self) -> str:
        return self.main.url if self.main is not None else ""

    def _place_of_navigation(self, event: RawEvent) -> Place:
        """A document's own request belongs to the document that it brings, not to the one that it replaces."""
        url: str = event.params["documentURL"]
        session = event.session
        place = place_of(session, event.params.get("frameId"), page=self.page)
        is_top = session.parent is None and event.params.get("frameId") in (session.main_frame, session.target_id)
        if is_top:
            return Place(page=url, frame=url, target=session.kind)
        return Place(page=place.page, frame=url, target=TargetKind.IFRAME)

    def _heard(self, event: RawEvent) -> None:
        if event.params["name"] != self._binding:
            return
        href, origin, reports = orjson.loads(event.params["payload"].encode("utf-8", "surrogatepass"))
        frame = event.session.worlds.get(event.params["executionContextId"])
        place = place_of(event.session, frame, page=self.page)
        place = Place(page=place.page if place.page != "about:blank" else href, frame=href, target=place.target)
        for kind, stack, *fields in reports:
            call = Call(kind, from_text(stack), tuple(fields), origin, event.session, self.recorder.now(), place)
            if kind in LayerReports.HEARS:
                self._guard("data_layer", partial(self.layers.heard, call))
            for collector in self._hearing.get(kind, ()):
                self._guard(collector.name, partial(collector.heard, call))

    def _guard(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  # a plug-in may raise anything; it must not end the visit
            self.collector_failed(name, error)

    def collector_failed(self, name: str, error: BaseException) -> None:
        """Told once per collector: the first failure is the one that explains the others."""
        log.debug("collector %s failed", name, exc_info=error)
        if name in self._broken:
            return
        self._broken.add(name)
        sees = next((collector.sees for collector in self.collectors if collector.name == name), ())
        self.problems.append(
            Problem(
                kind=ProblemKind.COLLECTOR,
                message=f"The {name} collector failed: what it sees is incomplete ({type(error).__name__}: {error}).",
                collector=name,
                blinds=tuple(kind.kind for kind in sees),
            )
        )

    async def each(self, step: Callable[[Collector], Awaitable[None]]) -> None:
        for collector in self.collectors:
            try:
                await step(collector)
            except Exception as error:  # noqa: BLE001  # as in `_guard`
                self.collector_failed(collector.name, error)
