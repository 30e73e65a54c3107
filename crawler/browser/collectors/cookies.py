"""Cookies by witnesses: response headers with the browser's verdict, script writes with stack, the jar, and the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from crawler.browser.cdp import Json
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.cookie_jar import JarReader
from crawler.browser.cookie_lines import read_line, settle, unstored_reasons
from crawler.browser.cookie_log import LogReader
from crawler.browser.cookie_writes import CookieWrite, Slot, hop_at, partition_of, place_of_call, store_line
from crawler.browser.events import Call, Event
from crawler.browser.exchanges import Extra, Hop
from crawler.browser.netlog import NetLogSilent
from crawler.browser.recorder import Moment
from crawler.browser.stacks import by_script
from crawler.observations import CookieSighting, CookieWitness, Initiator, InitiatorKind, Sighting, SightingKind
from crawler.visits import Channel, ChannelState


class CookieCollector(Collector):
    name: ClassVar[str] = "cookies"
    sees: ClassVar[tuple[type[Sighting], ...]] = (CookieSighting,)
    events: ClassVar[frozenset[str]] = frozenset({"Network.responseReceivedExtraInfo"})
    hears: ClassVar[frozenset[str]] = frozenset({"cookie", "cookie_store.set", "cookie_store.delete"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._writes: list[CookieWrite] = []
        self._wiped: list[Moment] = []
        self._jar = JarReader(self._writes, recorder=scene.recorder, digester=scene.digester)
        self._log = LogReader(self._writes, recorder=scene.recorder, digester=scene.digester)
        self._jar_reads = 0
        self._jar_cookies = 0
        self._logged: int | None = None
        self._silent = ""
        if scene.netlog is not None:
            scene.netlog.begin(scene.context)

    # --- witnesses

    def saw(self, event: Event) -> None:
        headers: Json = event.params["headers"]
        names = {name.lower(): name for name in headers}
        if "clear-site-data" in names:
            self._wiped.append(event.moment)
        if "set-cookie" not in names:
            return
        refused = {entry["cookieLine"]: tuple(entry["blockedReasons"]) for entry in event.params["blockedCookies"]}
        partition = event.params.get("cookiePartitionKey")
        now = self.scene.recorder.wall(event.moment.at)
        for line in headers[names["set-cookie"]].split("\n"):
            # The address is filled in at the end, when it is known which hop of a redirect this answer belongs to.
            asked = read_line(line, url="", now=now)
            self._writes.append(
                CookieWrite(
                    moment=event.moment,
                    place=event.place,
                    asked=asked,
                    value=self.scene.digester.value(asked.value),
                    witnesses=[CookieWitness.HEADER],
                    url="",
                    extra=Extra(event.params, event.moment, event.place),
                    partition_key=partition_of(partition) if asked.partitioned else None,
                    refused=refused.get(line, ()),
                )
            )

    def heard(self, call: Call) -> None:
        now = self.scene.recorder.wall(call.moment.at)
        document = call.text(0) if call.kind == "cookie" else call.place.frame
        # about:blank and srcdoc have their creator's origin, and their cookies go there
        url = document if document.startswith("http") else f"{call.origin}/"
        line = call.text(1) if call.kind == "cookie" else store_line(call)
        asked = read_line(line, url=url, now=now)
        witness = CookieWitness.SCRIPT if call.kind == "cookie" else CookieWitness.COOKIE_STORE
        self._writes.append(
            CookieWrite(
                moment=call.moment,
                place=place_of_call(call),
                asked=asked,
                value=self.scene.digester.value(asked.value),
                witnesses=[witness],
                url=url,
                initiator=by_script(call.stack),
            )
        )

    async def phase_ends(self) -> None:
        await self._read_jar()

    async def visit_ends(self) -> None:
        await self._read_jar()
        if self.scene.netlog is None:
            return
        try:
            logged = await self.scene.netlog.told(self.scene.tap, self.scene.context)
        except NetLogSilent as silent:
            self._silent = str(silent)  # told by the channel
            return
        self._logged = len(logged.cookies)
        self._log.join(logged, hops=self.scene.exchanges.hops)

    async def _read_jar(self) -> None:
        before = self.scene.recorder.now()
        answer = await self.scene.tap.command("Storage.getCookies", {"browserContextId": self.scene.context})
        self._resolve()
        self._jar_reads += 1
        self._jar_cookies = len(answer["cookies"])
        self._jar.compare(answer["cookies"], before, wiped=self._wiped, hops=self.scene.exchanges.hops)

    def _resolve(self) -> None:
        """Gives header writes the address of the answer that carried them."""
        self.scene.exchanges.finish()
        for write in self._writes:
            if write.extra is None or write.url:
                continue
            hop = self._hop(write.extra)
            if hop is None:
                continue
            write.url, write.place = hop.url, hop.place
            write.asked = settle(write.asked, url=hop.url)

    def _hop(self, extra: Extra) -> Hop | None:
        chain = self.scene.exchanges.chain(extra.params["requestId"])
        return next((hop for hop in chain if hop.got is extra.params), None)

    # --- telling

    def sightings(self) -> Iterable[CookieSighting]:
        self._resolve()
        self._writes.sort(key=lambda write: write.moment.order)
        alive: dict[Slot, CookieWrite] = {}
        for write in self._writes:
            write.operation = write.operation_after(alive.get(write.key))
            if write.missing:
                script = write.extra is None
                explained = unstored_reasons(write.asked, url=write.url, page=write.place.page, script=script)
                write.refused = ("NotStored", *explained)
            if not write.refused:
                if write.deletes:
                    alive.pop(write.key, None)
                else:
                    alive[write.key] = write
            yield self._sighting(write)

    def _sighting(self, write: CookieWrite) -> CookieSighting:
        hop = self._hop(write.extra) if write.extra else None
        asked, recorder = write.asked, self.scene.recorder
        initiator = write.initiator
        if write.logged is not None:
            hop = hop_at(self.scene.exchanges.hops, write.url)
        by_server = write.extra is not None or write.logged is not None
        if by_server:
            request = hop.sighting if hop else None
            initiator = Initiator(kind=InitiatorKind.SERVER, url=write.url or None, request=request)
        return CookieSighting(
            **recorder.stamp("c", write.moment, write.place),
            in_flight=hop is not None and recorder.spans_choice(hop.moment, write.moment),
            initiator=initiator,
            operation=write.operation,
            name=asked.name,
            domain=asked.domain,
            path=asked.path,
            host_only=asked.host_only,
            secure=asked.secure,
            http_only=asked.http_only,
            same_site=asked.same_site,
            partitioned=asked.partitioned,
            partition_key=None if write.refused else write.partition_key,
            lifetime_asked=None if asked.lifetime is None else round(asked.lifetime, 3),
            lifetime_kept=write.kept,
            value=write.value,
            raw=asked.redacted,
            seen_in=tuple(write.witnesses),
            stored=not write.refused,
            refused_because=write.refused,
            set_by=(write.url or None) if by_server else None,
            request=hop.sighting if hop else None,
        )

    def channels(self) -> Iterator[Channel]:
        for witness in (CookieWitness.HEADER, CookieWitness.SCRIPT, CookieWitness.COOKIE_STORE):
            count = sum(1 for write in self._writes if witness in write.witnesses)
            state = ChannelState.LIVE if count else ChannelState.UNTESTED
            yield Channel(name=f"cookie.{witness.value}", state=state, sees=SightingKind.COOKIE, events=count)
        state = ChannelState.LIVE if self._jar_reads else ChannelState.DEAD
        yield Channel(name="cookie.jar", state=state, sees=SightingKind.COOKIE, events=self._jar_cookies)
        if self.scene.netlog is not None:
            state = ChannelState.UNTESTED if self._logged is None else ChannelState.LIVE
            yield Channel(
                name="cookie.netlog",
                state=state,
                sees=SightingKind.COOKIE,
                events=self._logged or 0,
                note=self._silent or None,
            )
