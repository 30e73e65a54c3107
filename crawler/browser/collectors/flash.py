"""Flash: where pages embed it, the programs that arrive, and the shared objects that a player writes."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import urlsplit

from crawler.browser.cdp import CommandError
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.collectors.storage import DEVTOOLS, HOOK, origin_of
from crawler.browser.events import Call, Event
from crawler.browser.exchanges import Hop
from crawler.browser.recorder import Moment, Place
from crawler.flash.markup import CONTENT_TYPES, flash_in, is_film
from crawler.flash.sol import SolEntry, SolFile, from_base64, read_sol
from crawler.flash.swf import SwfFile, is_swf, read_swf
from crawler.observations import (
    Initiator,
    InitiatorKind,
    MarkupSighting,
    Operation,
    Sighting,
    SightingKind,
    StorageArea,
    StorageSighting,
)
from crawler.visits import Channel, ChannelState

FILE, SHARED_OBJECT, REQUEST = "flash_file", "flash_shared_object", "flash_request"
"""`MarkupSighting.what` of a program that arrived, of a call in it that asks for a shared object, and of a request that
it makes when it is played: none of that happens in a browser without Flash, so it is no storage and no request."""
RUFFLE: Final = "ruffle"
"""Witness of shared objects that a player wrote; only Ruffle keeps them in local storage, in this form."""
_ANYTHING: Final = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-download", ""})
_FETCHED: Final = frozenset({"fetch", "xhr", "other", "object", "document"})
_LARGEST: Final = 16_000_000
"""Encoded bytes of a program that is read."""


_Slot = tuple[str, str, str]
"""Frame, kind and address."""
_Found = tuple[Moment, Place, str]
"""When, where, and the markup's beginning."""


@dataclass(eq=False)
class _Lso:
    moment: Moment
    place: Place
    origin: str
    key: str
    file: SolFile
    witnesses: list[str]
    storage_key: str | None = None


@dataclass(frozen=True)
class Film:
    """A program that arrived. `file` is what was read of it."""

    url: str
    file: SwfFile
    moment: Moment
    place: Place


@dataclass(eq=False)
class Played:
    """What came of playing the films in a second look. `second` is that look's own collector."""

    second: FlashCollector | None = None
    requests: tuple[Hop, ...] = ()
    """Asked for by films."""
    players: int = 0
    address: str = ""
    """Below which the player's files were served."""
    note: str | None = None
    """What kept it from playing all; None: nothing did."""


class FlashCollector(Collector):
    name: ClassVar[str] = "flash"
    sees: ClassVar[tuple[type[Sighting], ...]] = (MarkupSighting, StorageSighting)
    events: ClassVar[frozenset[str]] = frozenset(
        {"Network.loadingFinished", "DOMStorage.domStorageItemAdded", "DOMStorage.domStorageItemUpdated"}
    )
    hears: ClassVar[frozenset[str]] = frozenset({"flash", "storage"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._embedded: dict[_Slot, _Found] = {}
        self._scanned: set[str] = set()
        self.films: dict[str, Film] = {}
        """By address."""
        self.played: Played | None = None
        """None: there was nothing to play."""
        self._objects: list[_Lso] = []
        self._unread = 0

    def saw(self, event: Event) -> None:
        if event.method == "Network.loadingFinished":
            chain = self.scene.exchanges.chain(event.params["requestId"])
            if chain and _may_be_film(chain[-1]):
                self.start(self._read(chain[-1], event))
            return
        data = from_base64(event.params["newValue"])
        if data is None or not event.params["storageId"]["isLocalStorage"]:
            return
        storage_key: str = event.params["storageId"].get("storageKey", "")
        self._objects.append(
            _Lso(
                moment=event.moment,
                place=event.place,
                origin=origin_of(storage_key),
                key=event.params["key"],
                file=read_sol(data),
                witnesses=[DEVTOOLS],
                storage_key=storage_key,
            )
        )

    def heard(self, call: Call) -> None:
        if call.kind == "flash":
            self._note(call.text(0), call.moment, call.place)
        elif call.text(0) == "local" and (data := from_base64(call.text(3))) is not None:
            self._objects.append(
                _Lso(
                    moment=call.moment,
                    place=call.place,
                    origin=call.origin,
                    key=call.text(2),
                    file=read_sol(data),
                    witnesses=[HOOK],
                )
            )

    def _note(self, html: str, moment: Moment, place: Place) -> None:
        base = place.frame if place.frame.startswith("http") else place.page
        for found in flash_in(html, base=base):
            self._embedded.setdefault((place.frame, found.what, found.url), (moment, place, found.excerpt))

    async def _read(self, hop: Hop, event: Event) -> None:
        try:
            got = await self.scene.tap.command(
                "Network.getResponseBody", {"requestId": hop.request}, session=event.session
            )
        except CommandError:
            self._unread += _is_named_film(hop)  # what is not named so is most likely something else
            return
        body = base64.b64decode(got["body"]) if got["base64Encoded"] else got["body"].encode()
        self.take_film(hop.url, body, event.moment, event.place)

    def take_film(self, url: str, body: bytes, moment: Moment, place: Place) -> None:
        if is_swf(body):
            self.films.setdefault(url, Film(url, read_swf(body), moment, place))

    async def phase_ends(self) -> None:
        await self.settle()
        self._scan()

    async def visit_ends(self) -> None:
        await self.settle()
        self._scan()

    def _scan(self) -> None:
        """The markup as it was sent: all there is where scripts are off."""
        for url, html in self.scene.documents.items():
            if url not in self._scanned:
                self._scanned.add(url)
                hop = next((hop for hop in self.scene.exchanges.hops if hop.url == url), None)
                if hop is not None:
                    self._note(html, hop.moment, hop.place)

    # --- for the second pass

    @property
    def found(self) -> bool:
        return bool(self._embedded or self.films)

    def film_addresses(self) -> frozenset[str]:
        """Of all programs that the pages name or that arrived."""
        return frozenset(self.films).union(url for _, _, url in self._embedded if is_film(url))

    def sightings(self) -> Iterable[MarkupSighting | StorageSighting]:
        second = self.played.second if self.played is not None else None
        embedded, films = dict(self._embedded), dict(self.films)
        if second is not None:  # what the page shows only to those who have a player
            embedded = {**second._embedded, **embedded}
            films = {**second.films, **films}
        yield from self._markup(embedded)
        yield from self._programs(films.values())
        yield from self.written()
        if self.played is not None:
            yield from self._requests(self.played.requests)
        if second is not None:
            yield from second.written()

    def _markup(self, embedded: Mapping[_Slot, _Found]) -> Iterator[MarkupSighting]:
        for (_, what, url), (moment, place, excerpt) in embedded.items():
            stamp = self.scene.recorder.stamp("m", moment, place)
            yield MarkupSighting(**stamp, what=what, url=url, excerpt=excerpt)

    def _requests(self, hops: Iterable[Hop]) -> Iterator[MarkupSighting]:
        for hop in hops:
            stamp = self.scene.recorder.stamp("m", hop.moment, hop.place)
            yield MarkupSighting(**stamp, what=REQUEST, url=hop.url, excerpt=f"{hop.method}, when played by Ruffle")

    def _programs(self, films: Iterable[Film]) -> Iterator[MarkupSighting]:
        """What is in the programs without running them."""
        for film in films:
            texts = [(FILE, _described(film.file)), *((SHARED_OBJECT, str(c)) for c in film.file.shared_objects)]
            for what, excerpt in texts:
                stamp = self.scene.recorder.stamp("m", film.moment, film.place)
                yield MarkupSighting(**stamp, what=what, url=film.url, excerpt=excerpt)

    def written(self) -> Iterator[StorageSighting]:
        """One sighting for each value in each shared object, each time that it was written."""
        known: dict[tuple[str, str, str], str] = {}
        for write in self._joined():
            for entry in write.file.entries or (_unreadable(write.file),):
                digest = self.scene.digester.value(entry.text)
                slot = (write.origin, write.key, entry.name)
                if known.get(slot) == digest.digest:
                    continue  # each change of one value writes the whole object anew
                operation = Operation.OVERWRITE if slot in known else Operation.WRITE
                known[slot] = digest.digest
                film = self._film_of(write)
                yield StorageSighting(
                    **self.scene.recorder.stamp("s", write.moment, write.place),
                    initiator=film and Initiator(kind=InitiatorKind.SCRIPT, url=film),
                    area=StorageArea.FLASH_LSO,
                    operation=operation,
                    origin=_owner(write, film),
                    storage_key=write.storage_key,
                    container=write.key,
                    key=entry.name,
                    size=entry.size,
                    value=digest,
                    seen_in=(RUFFLE, *write.witnesses),
                    how=_how(write.file),
                )

    def _film_of(self, write: _Lso) -> str | None:
        """The program that wrote; None: several may have. The stack shows only the player."""
        host = write.key.partition("/")[0]
        of_host = [url for url in self.film_addresses() if urlsplit(url).hostname == host]
        return of_host[0] if len(of_host) == 1 else None

    def _joined(self) -> list[_Lso]:
        """Pairs the probe's reports with what DevTools told of the same writes."""
        heard: dict[tuple[str, SolFile], list[_Lso]] = {}
        for write in self._objects:
            if HOOK in write.witnesses:
                heard.setdefault((write.key, write.file), []).append(write)
        alone: list[_Lso] = []
        used: Counter[tuple[str, SolFile]] = Counter()
        for write in self._objects:
            if HOOK in write.witnesses:
                continue
            same = (write.key, write.file)
            partners = heard.get(same, [])
            if used[same] < len(partners):
                partner = partners[used[same]]
                used[same] += 1
                if DEVTOOLS not in partner.witnesses:
                    partner.witnesses.append(DEVTOOLS)
                partner.storage_key = write.storage_key
            else:
                alone.append(write)
        together = [*alone, *(write for writes in heard.values() for write in writes)]
        return sorted(together, key=lambda write: write.moment.order)

    def channels(self) -> Iterator[Channel]:
        watched = bool(self._scanned)
        yield Channel(
            name="flash.markup",
            state=ChannelState.LIVE if watched else ChannelState.DEAD,
            sees=SightingKind.MARKUP,
            events=len(self._embedded),
        )
        films = {**self.films, **(self.played.second.films if self.played and self.played.second else {})}
        yield Channel(
            name="flash.file",
            state=ChannelState.LIVE if films else ChannelState.UNTESTED,
            sees=SightingKind.MARKUP,
            events=len(films),
            dropped=self._unread,
        )
        yield self._lso_channel()

    def _lso_channel(self) -> Channel:
        """Never dead: browsers without Flash write none, and rules on storage must not be held up by that."""
        played = self.played or Played()
        writes = [*self._joined(), *(played.second._joined() if played.second is not None else ())]
        note = None
        if self.played is not None:
            note = played.note or f"{played.players} Flash films were played by Ruffle in a second look"
        live = writes or played.players
        return Channel(
            name="flash.lso",
            state=ChannelState.LIVE if live else ChannelState.UNTESTED,
            sees=SightingKind.STORAGE,
            events=len(writes),
            note=note,
        )


def _owner(write: _Lso, film: str | None) -> str:
    """Flash keeps shared objects for the film's own host; Ruffle does so below the page that embeds it."""
    if film is not None:
        parts = urlsplit(film)
        return f"{parts.scheme}://{parts.netloc}"
    return f"{urlsplit(write.origin).scheme}://{write.key.partition('/')[0]}"


def _is_named_film(hop: Hop) -> bool:
    mime = str((hop.answer or {}).get("mimeType", "")).lower()
    return mime in CONTENT_TYPES or is_film(hop.url)


def _may_be_film(hop: Hop) -> bool:
    if (hop.encoded or 0) > _LARGEST or hop.status != 200:
        return False
    mime = str((hop.answer or {}).get("mimeType", "")).lower()
    return _is_named_film(hop) or (hop.kind in _FETCHED and mime in _ANYTHING)


def _described(film: SwfFile) -> str:
    language = f"ActionScript {film.actionscript}" if film.actionscript else "no code found"
    problem = f"; not read to its end: {film.problem}" if film.problem else ""
    return f"Flash {film.version}, {film.size} bytes, {language}{problem}"


def _unreadable(file: SolFile) -> SolEntry:
    """Stands for an object without any value that could be read."""
    return SolEntry(name="", text="", size=file.size)


def _how(file: SolFile) -> str:
    encoding = "" if file.encoding is None else f" (AMF{file.encoding})"
    problem = f"; not read to its end: {file.problem}" if file.problem else ""
    return f"SharedObject{encoding}{problem}"
