"""Cookies by witnesses: response headers with the browser's verdict, script writes with stack, and the jar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import urlsplit

from crawler.browser.cdp import Json
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.cookie_lines import SAME_SITE, AskedCookie, read_line, settle, unstored_reasons
from crawler.browser.events import Call, Event
from crawler.browser.exchanges import Extra, Hop
from crawler.browser.netlog import Logged, LoggedAnswer, LoggedCookie, NetLogSilent
from crawler.browser.recorder import Moment, Place
from crawler.browser.stacks import by_script
from crawler.browser.values import aware
from crawler.observations import (
    CookieSighting,
    CookieWitness,
    Initiator,
    InitiatorKind,
    Operation,
    Sighting,
    SightingKind,
    ValueDigest,
)
from crawler.visits import Channel, ChannelState

_CROWDED: Final = 150
"""Cookies of one host from which on absence proves nothing: the browser throws old ones out (its limit is 180)."""

_TICK: Final = 0.002
"""The log counts in whole milliseconds."""


@dataclass(eq=False)
class _Write:
    """One witnessed write, or a find in the jar."""

    moment: Moment
    place: Place
    asked: AskedCookie
    value: ValueDigest
    witnesses: list[CookieWitness]
    url: str
    initiator: Initiator | None = None
    extra: Extra | None = None
    partition_key: str | None = None
    refused: tuple[str, ...] = ()
    kept: float | None = None
    stored: bool | None = None
    operation: Operation = Operation.WRITE
    missing: bool = False
    ever_in_jar: bool = field(default=False)
    logged: LoggedAnswer | None = None
    """The answer that carried it, where only the browser's network log tells."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.asked.name, self.asked.domain, self.asked.path

    @property
    def deletes(self) -> bool:
        return self.asked.lifetime is not None and self.asked.lifetime <= 0


class CookieCollector(Collector):
    name: ClassVar[str] = "cookies"
    sees: ClassVar[tuple[type[Sighting], ...]] = (CookieSighting,)
    events: ClassVar[frozenset[str]] = frozenset({"Network.responseReceivedExtraInfo"})
    hears: ClassVar[frozenset[str]] = frozenset({"cookie", "cookie_store.set", "cookie_store.delete"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._writes: list[_Write] = []
        self._wiped: list[Moment] = []
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
                _Write(
                    moment=event.moment,
                    place=event.place,
                    asked=asked,
                    value=self.scene.digester.value(asked.value),
                    witnesses=[CookieWitness.HEADER],
                    url="",
                    extra=Extra(event.params, event.moment, event.place),
                    partition_key=_partition(partition) if asked.partitioned else None,
                    refused=refused.get(line, ()),
                )
            )

    def heard(self, call: Call) -> None:
        now = self.scene.recorder.wall(call.moment.at)
        document = call.text(0) if call.kind == "cookie" else call.place.frame
        # about:blank and srcdoc have their creator's origin, and their cookies go there
        url = document if document.startswith("http") else f"{call.origin}/"
        line = call.text(1) if call.kind == "cookie" else _store_line(call)
        asked = read_line(line, url=url, now=now)
        witness = CookieWitness.SCRIPT if call.kind == "cookie" else CookieWitness.COOKIE_STORE
        self._writes.append(
            _Write(
                moment=call.moment,
                place=call.place,
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
        self._join_log(logged)

    def _join_log(self, logged: Logged) -> None:
        """The oracle: what the cookie store took in, and nobody else saw being written, gets a record of its own."""
        claimed: set[int] = set()
        for cookie in logged.cookies:
            write = self._known(cookie, claimed)
            if write is None:
                write = self._from_log(cookie, logged)
                self._writes.append(write)
            elif write.operation is Operation.PRESENT:
                self._replace(write, self._from_log(cookie, logged))
            claimed.add(id(write))
            write.witnesses.append(CookieWitness.NETLOG)

    def _known(self, cookie: LoggedCookie, claimed: set[int]) -> _Write | None:
        digest = self.scene.digester.value(cookie.value).digest
        for write in self._writes:
            same = write.asked.name == cookie.name and write.value.digest == digest
            if same and id(write) not in claimed and write.asked.domain == cookie.domain.lstrip("."):
                return write
        return None

    def _from_log(self, cookie: LoggedCookie, logged: Logged) -> _Write:
        moment = self.scene.recorder.moment_at(cookie.at)
        now = self.scene.recorder.wall(moment.at)
        answer, asked = _answer_of(cookie, logged, now) or (None, _as_logged(cookie))
        url = "" if answer is None else answer.url
        hop = next((hop for hop in self.scene.exchanges.hops if hop.url == url), None)
        return _Write(
            moment=moment,
            place=self._any_place(asked.domain) if hop is None else hop.place,
            asked=asked,
            value=self.scene.digester.value(cookie.value),
            witnesses=[],
            url=url,
            logged=answer,
            stored=True,
        )

    def _replace(self, found: _Write, told: _Write) -> None:
        """A find in the jar turns out to be this write."""
        found.moment, found.place, found.asked, found.url = told.moment, told.place, told.asked, told.url
        found.logged, found.operation = told.logged, Operation.WRITE

    async def _read_jar(self) -> None:
        before = self.scene.recorder.now()
        answer = await self.scene.tap.command("Storage.getCookies", {"browserContextId": self.scene.context})
        self._resolve()
        self._jar_reads += 1
        self._jar_cookies = len(answer["cookies"])
        self._compare(answer["cookies"], before)

    # --- joining

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

    def _compare(self, jar: list[Json], before: Moment) -> None:
        found: set[int] = set()
        by_host: dict[str, int] = {}
        for cookie in jar:
            domain = cookie["domain"].lstrip(".")
            by_host[domain] = by_host.get(domain, 0) + 1
            write = self._author(cookie)
            if write is None:
                write = self._unwitnessed(cookie, before)
            found.add(id(write))
            if CookieWitness.JAR not in write.witnesses:
                write.witnesses.append(CookieWitness.JAR)
            write.ever_in_jar, write.stored = True, True
            written = self.scene.recorder.wall(write.moment.at).timestamp()
            write.kept = None if cookie["expires"] < 0 else round(cookie["expires"] - written, 3)
            write.partition_key = _partition(cookie.get("partitionKey")) or write.partition_key
        for history in self._histories(before).values():
            newest = history[-1]
            if id(newest) in found or newest.deletes or newest.ever_in_jar or not newest.url:
                continue
            expired = newest.asked.lifetime is not None and newest.asked.lifetime <= before.at - newest.moment.at
            wiped = any(moment.order > newest.moment.order for moment in self._wiped)
            if expired or wiped or by_host.get(newest.asked.domain, 0) >= _CROWDED:
                continue
            for write in reversed(history):  # had an earlier one been kept, its value would be in the jar
                if write.deletes or write.ever_in_jar:
                    break
                write.missing = True

    def _author(self, cookie: Json) -> _Write | None:
        """The newest write that could have left this cookie with this value."""
        domain = cookie["domain"].lstrip(".")
        value = self.scene.digester.value(cookie["value"]).digest
        for write in reversed(self._writes):
            asked = write.asked
            if asked.name != cookie["name"] or write.refused or write.deletes or write.value.digest != value:
                continue
            if asked.domain == domain and _same_path(write, cookie["path"]):
                return write
        return None

    def _unwitnessed(self, cookie: Json, before: Moment) -> _Write:
        """In the jar, but nobody saw it being written: by a channel that DevTools does not show."""
        domain: str = cookie["domain"]
        asked = AskedCookie(
            name=cookie["name"],
            value="",
            domain=domain.lstrip("."),
            path=cookie["path"],
            host_only=not domain.startswith("."),
            secure=cookie["secure"],
            http_only=cookie["httpOnly"],
            same_site=cookie.get("sameSite"),
            partitioned="partitionKey" in cookie,
            lifetime=None
            if cookie["expires"] < 0
            else cookie["expires"] - self.scene.recorder.wall(before.at).timestamp(),
            redacted=f"{cookie['name']}=…",
        )
        page = self._any_place(asked.domain)
        write = _Write(
            moment=before,
            place=page,
            asked=asked,
            value=self.scene.digester.value(cookie["value"]),
            witnesses=[CookieWitness.JAR],
            url="",
            operation=Operation.PRESENT,
        )
        self._writes.append(write)
        return write

    def _any_place(self, domain: str) -> Place:
        for hop in reversed(self.scene.exchanges.hops):
            host = urlsplit(hop.url).hostname or ""
            if host == domain or host.endswith("." + domain):
                return Place(page=hop.place.page, frame=hop.place.frame, target=hop.place.target)
        hops = self.scene.exchanges.hops
        return hops[0].place

    def _histories(self, before: Moment) -> dict[tuple[str, str, str], list[_Write]]:
        """Writes that were not refused, by cookie, oldest first."""
        histories: dict[tuple[str, str, str], list[_Write]] = {}
        for write in self._writes:
            if write.moment.order < before.order and not write.refused:
                histories.setdefault(write.key, []).append(write)
        return histories

    # --- telling

    def sightings(self) -> Iterable[CookieSighting]:
        self._resolve()
        self._writes.sort(key=lambda write: write.moment.order)
        alive: dict[tuple[str, str, str], _Write] = {}
        for write in self._writes:
            if write.operation is not Operation.PRESENT:
                write.operation = _operation(write, alive.get(write.key))
            if write.missing:
                explained = unstored_reasons(
                    write.asked, url=write.url, page=write.place.page, script=write.extra is None
                )
                write.refused = ("NotStored", *explained)
            if not write.refused:
                if write.deletes:
                    alive.pop(write.key, None)
                else:
                    alive[write.key] = write
            yield self._sighting(write)

    def _sighting(self, write: _Write) -> CookieSighting:
        hop = self._hop(write.extra) if write.extra else None
        asked, recorder = write.asked, self.scene.recorder
        initiator = write.initiator
        if write.logged is not None:
            hop = next((hop for hop in self.scene.exchanges.hops if hop.url == write.url), None)
        by_server = write.extra is not None or write.logged is not None
        if by_server:
            initiator = Initiator(
                kind=InitiatorKind.SERVER, url=write.url or None, request=hop.sighting if hop else None
            )
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
            partition_key=write.partition_key,
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


def _answer_of(cookie: LoggedCookie, logged: Logged, now: datetime) -> tuple[LoggedAnswer, AskedCookie] | None:
    """The newest answer before it that has a line for it."""
    for answer in reversed(logged.answers):
        if answer.at > cookie.at + _TICK:
            continue
        for line in answer.lines:
            asked = read_line(line, url=answer.url, now=now)
            if asked.name == cookie.name and asked.value == cookie.value and asked.domain == cookie.domain.lstrip("."):
                return answer, asked
    return None


def _as_logged(cookie: LoggedCookie) -> AskedCookie:
    """The log tells whether a cookie is kept, but not how long."""
    return AskedCookie(
        name=cookie.name,
        value=cookie.value,
        domain=cookie.domain.lstrip("."),
        path=cookie.path,
        host_only=not cookie.domain.startswith("."),
        secure=cookie.secure,
        http_only=cookie.http_only,
        same_site=SAME_SITE.get(cookie.same_site),
        partitioned=False,
        lifetime=None,
        redacted=f"{cookie.name}=…",
    )


def _operation(write: _Write, before: _Write | None) -> Operation:
    if write.deletes:
        return Operation.REMOVE
    return Operation.WRITE if before is None else Operation.OVERWRITE


def _same_path(write: _Write, path: str) -> bool:
    # The default path of about:blank and srcdoc documents is their creator's, which a script write does not tell.
    return write.asked.path == path or (write.extra is None and "path=" not in write.asked.redacted.lower())


def _partition(key: Json | str | None) -> str | None:
    if key is None or isinstance(key, str):
        return key
    site: str | None = key.get("topLevelSite")
    return site


def _store_line(call: Call) -> str:
    """A CookieStore call as the `Set-Cookie` line that asks the same; its defaults are Path=/ and SameSite=Strict."""
    name, value, domain, path, expires, same_site, partitioned = call.fields[:7]
    parts = [f"{name or ''}={'' if value is None else value}", f"Path={path or '/'}", "Secure"]
    if isinstance(domain, str) and domain:
        parts.append(f"Domain={domain}")
    if call.kind == "cookie_store.delete":
        parts.append("Max-Age=0")
    elif isinstance(expires, (int, float)):
        parts.append(f"Expires={aware(expires / 1000):%a, %d %b %Y %H:%M:%S GMT}")
    parts.append(f"SameSite={str(same_site or 'strict').capitalize()}")
    if partitioned:
        parts.append("Partitioned")
    return "; ".join(parts)
