"""Storage by witnesses: the probes (who wrote), DevTools' own events (nothing missed), and snapshots (what stayed)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from crawler.browser.cdp import Command, Json
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.events import Call, Event
from crawler.browser.recorder import Moment, Place
from crawler.browser.snapshots import Item, snapshot
from crawler.browser.stacks import by_script
from crawler.observations import (
    Initiator,
    Operation,
    Sighting,
    SightingKind,
    StorageArea,
    StorageSighting,
    ValueDigest,
)
from crawler.visits import Channel, ChannelState

_OPERATIONS: Final = {
    "DOMStorage.domStorageItemAdded": Operation.WRITE,
    "DOMStorage.domStorageItemUpdated": Operation.OVERWRITE,
    "DOMStorage.domStorageItemRemoved": Operation.REMOVE,
    "DOMStorage.domStorageItemsCleared": Operation.REMOVE,
}
_AREAS: Final = tuple(area for area in StorageArea if area is not StorageArea.FLASH_LSO)
"""Flash content has a collector of its own."""
_WEB_STORAGE: Final = frozenset({StorageArea.LOCAL, StorageArea.SESSION})
HOOK, DEVTOOLS, SNAPSHOT = "hook", "dom_storage", "snapshot"

_Slot = tuple[StorageArea, str, str | None, str]
"""Area, storage key or origin, container, key."""


@dataclass(eq=False)
class _Write:
    moment: Moment
    place: Place
    area: StorageArea
    operation: Operation
    origin: str
    key: str
    size: int
    value: ValueDigest | None
    witnesses: list[str]
    storage_key: str | None = None
    container: str | None = None
    how: str | None = None
    initiator: Initiator | None = None

    @property
    def slot(self) -> _Slot:
        return self.area, self.origin, self.container, self.key


class StorageCollector(Collector):
    name: ClassVar[str] = "storage"
    sees: ClassVar[tuple[type[Sighting], ...]] = (StorageSighting,)
    events: ClassVar[frozenset[str]] = frozenset(_OPERATIONS)
    hears: ClassVar[frozenset[str]] = frozenset(
        {"storage", "indexed_db", "cache", "opfs", "service_worker", "window_name", "bucket", "shared_storage"}
    )
    page_commands: ClassVar[tuple[Command, ...]] = (Command("DOMStorage.enable", {}),)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._heard: list[_Write] = []
        self._told: list[_Write] = []
        self._found: list[_Write] = []
        self._snapshots = 0
        self._telling: dict[tuple[StorageArea, str, str], str] = {}

    def saw(self, event: Event) -> None:
        where: Json = event.params["storageId"]
        storage_key: str = where.get("storageKey") or where.get("securityOrigin", "")
        area = StorageArea.LOCAL if where["isLocalStorage"] else StorageArea.SESSION
        # One renderer may hold several targets of a storage area, each of which is told every change.
        teller = self._telling.setdefault((area, storage_key, event.session.context), event.session.id)
        if teller != event.session.id:
            if any(session.id == teller for session in self.scene.sessions()):
                return
            self._telling[area, storage_key, event.session.context] = event.session.id
        text: str | None = event.params.get("newValue")
        self._told.append(
            _Write(
                moment=event.moment,
                place=event.place,
                area=area,
                operation=_OPERATIONS[event.method],
                origin=origin_of(storage_key),
                storage_key=storage_key,
                key=event.params.get("key", "*"),
                size=0 if text is None else len(text.encode("utf-8", "surrogatepass")),
                value=None if text is None else self.scene.digester.value(text),
                witnesses=[DEVTOOLS],
            )
        )

    def heard(self, call: Call) -> None:
        write = self._from_call(call)
        write.initiator = by_script(call.stack)
        self._heard.append(write)

    def _from_call(self, call: Call) -> _Write:
        texts = [field if isinstance(field, str) else None for field in call.fields]
        if call.kind == "storage":
            area = StorageArea.SESSION if texts[0] == "session" else StorageArea.LOCAL
            return self._write(call, area, str(texts[1]), key=texts[2], text=texts[3], how=texts[4])
        if call.kind == "indexed_db":
            operation, container, key, text, how = texts[:5]
            return self._write(
                call, StorageArea.INDEXED_DB, str(operation), key=key, text=text, how=how, container=container
            )
        if call.kind in ("cache", "opfs"):
            area = StorageArea.CACHE if call.kind == "cache" else StorageArea.OPFS
            operation, container, key, how = texts[:4]
            return self._write(call, area, str(operation), key=key, text=None, how=how, container=container)
        if call.kind == "bucket":
            return self._write(call, StorageArea.BUCKET, str(texts[0]), key=texts[1], text=None, how=texts[2])
        if call.kind == "shared_storage":
            operation, key, text, how = texts[:4]
            return self._write(call, StorageArea.SHARED_STORAGE, str(operation), key=key, text=text, how=how)
        if call.kind == "service_worker":
            return self._write(call, StorageArea.SERVICE_WORKER, "write", key=texts[0], text=None, how=texts[1])
        return self._write(call, StorageArea.WINDOW_NAME, "write", key="window.name", text=texts[0], how="window.name")

    def _write(
        self,
        call: Call,
        area: StorageArea,
        operation: str,
        *,
        key: str | None,
        text: str | None,
        how: str | None,
        container: str | None = None,
    ) -> _Write:
        return _Write(
            moment=call.moment,
            place=call.place,
            area=area,
            operation=Operation(operation),
            origin=call.origin,
            container=container,
            key=key or "",
            size=0 if text is None else len(text.encode("utf-8", "surrogatepass")),
            value=None if text is None else self.scene.digester.value(text),
            witnesses=[HOOK],
            how=how,
        )

    async def phase_ends(self) -> None:
        moment = self.scene.recorder.now()
        items = await snapshot(self.scene.tap, self.scene.sessions())
        self._snapshots += 1
        self._join()
        newest: dict[_Slot, _Write] = {write.slot: write for write in [*self._found, *self._all()]}
        for item, place in items:
            self._place_item(item, place, moment, newest)

    def _place_item(self, item: Item, place: Place, moment: Moment, newest: dict[_Slot, _Write]) -> None:
        origin = origin_of(item.storage_key)
        value = None if item.text is None else self.scene.digester.value(item.text)
        known = newest.get((item.area, origin, item.container, item.key))
        same = known is not None and (
            item.area not in _WEB_STORAGE or (known.value and value and known.value.digest == value.digest)
        )
        if known is not None and same:
            if SNAPSHOT not in known.witnesses:
                known.witnesses.append(SNAPSHOT)
            known.storage_key = known.storage_key or item.storage_key
            if known.size == 0 and known.value is None:
                known.size, known.value = item.size, value
            return
        self._found.append(
            _Write(
                moment=moment,
                place=place,
                area=item.area,
                operation=Operation.PRESENT,
                origin=origin,
                storage_key=item.storage_key,
                container=item.container,
                key=item.key,
                size=item.size,
                value=value,
                witnesses=[SNAPSHOT],
            )
        )

    def _join(self) -> None:
        """Pairs each DevTools event with the probe report of the same change."""
        waiting: dict[tuple[StorageArea, str, str, str | None], list[_Write]] = {}
        for write in self._heard:
            if DEVTOOLS not in write.witnesses and write.area in _WEB_STORAGE:
                waiting.setdefault(_change(write), []).append(write)
        rest: list[_Write] = []
        for told in self._told:
            partners = waiting.get(_change(told))
            if partners:
                partner = partners.pop(0)
                partner.witnesses.append(DEVTOOLS)
                partner.storage_key = told.storage_key
                partner.moment = min(partner.moment, told.moment, key=lambda moment: moment.order)
            else:
                rest.append(told)
        self._told = rest

    def _all(self) -> list[_Write]:
        return sorted([*self._heard, *self._told], key=lambda write: write.moment.order)

    def sightings(self) -> Iterable[StorageSighting]:
        self._join()
        alive: set[_Slot] = set()
        for write in sorted([*self._all(), *self._found], key=lambda write: write.moment.order):
            if write.operation is Operation.WRITE and write.area not in _WEB_STORAGE and write.slot in alive:
                write.operation = Operation.OVERWRITE
            if write.operation is Operation.REMOVE:
                alive.discard(write.slot)
            else:
                alive.add(write.slot)
            yield StorageSighting(
                **self.scene.recorder.stamp("s", write.moment, write.place),
                initiator=write.initiator,
                area=write.area,
                operation=write.operation,
                origin=write.origin,
                storage_key=write.storage_key,
                container=write.container,
                key=write.key,
                size=write.size,
                value=write.value,
                seen_in=tuple(write.witnesses),
                how=write.how,
            )

    def channels(self) -> Iterator[Channel]:
        everything = [*self._heard, *self._told, *self._found]
        for area in _AREAS:
            count = sum(1 for write in everything if write.area is area)
            state = ChannelState.LIVE if count else ChannelState.UNTESTED
            yield Channel(name=f"storage.{area.value}", state=state, sees=SightingKind.STORAGE, events=count)
        state = ChannelState.LIVE if self._snapshots else ChannelState.DEAD
        yield Channel(name="storage.snapshot", state=state, sees=SightingKind.STORAGE, events=len(self._found))


def origin_of(storage_key: str) -> str:
    """`https://tracker.example/^0https://site.test` belongs to `https://tracker.example`."""
    return storage_key.split("^", 1)[0].rstrip("/")


def _change(write: _Write) -> tuple[StorageArea, str, str, str | None]:
    # Session storage of an opaque or inherited origin reports another origin than the realm's, so key and value decide.
    return write.area, write.origin, write.key, None if write.value is None else write.value.digest
