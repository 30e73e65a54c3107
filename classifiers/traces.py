"""The three facts that declarations and identities go by: technology, name and owner of a sighting."""

from __future__ import annotations

from typing import NamedTuple

from classifiers.declaration import Technology
from classifiers.normalise import normalise, normalise_path, path_of
from classifiers.parties import host_of, registrable_domain
from crawler.observations import (
    AnySighting,
    BehaviourSighting,
    CookieSighting,
    MarkupSighting,
    RequestSighting,
    StorageArea,
    StorageSighting,
)

TECHNOLOGY_OF_AREA = {
    StorageArea.LOCAL: Technology.LOCAL_STORAGE,
    StorageArea.SESSION: Technology.SESSION_STORAGE,
    StorageArea.INDEXED_DB: Technology.INDEXED_DB,
    StorageArea.CACHE: Technology.CACHE_STORAGE,
    StorageArea.OPFS: Technology.OPFS,
    StorageArea.SERVICE_WORKER: Technology.SERVICE_WORKER,
    StorageArea.WINDOW_NAME: Technology.WINDOW_NAME,
    StorageArea.SHARED_STORAGE: Technology.SHARED_STORAGE,
    StorageArea.BUCKET: Technology.STORAGE_BUCKET,
    StorageArea.FLASH_LSO: Technology.FLASH_LSO,
}
WORDS = {
    Technology.COOKIE: "cookie",
    Technology.LOCAL_STORAGE: "local storage key",
    Technology.SESSION_STORAGE: "session storage key",
    Technology.INDEXED_DB: "IndexedDB store",
    Technology.CACHE_STORAGE: "cache",
    Technology.OPFS: "private file",
    Technology.SERVICE_WORKER: "service worker",
    Technology.WINDOW_NAME: "window name",
    Technology.SHARED_STORAGE: "shared storage key",
    Technology.STORAGE_BUCKET: "storage bucket",
    Technology.FLASH_LSO: "Flash shared object",
    Technology.BEACON: "beacon",
    Technology.REQUEST: "request",
    Technology.FINGERPRINTING: "fingerprinting call",
}


class Trace(NamedTuple):
    technology: Technology
    name: str
    """As seen: cookie name, storage key or container, path, behaviour."""
    host: str
    """Who owns it: cookie domain, storage host, request host, host of the script."""
    url: str = ""
    """Of a request; empty otherwise."""

    @property
    def normal_name(self) -> str:
        return normalise_path(self.url) if self.url else normalise(self.name)

    @property
    def key(self) -> tuple[str, str, str]:
        """Identity of the item: kind, normalised name, registrable domain of the owner."""
        return (kind_of(self.technology), self.normal_name, registrable_domain(self.host))


def kind_of(technology: Technology) -> str:
    """As `Subject.kind` and `Item.kind` say it."""
    match technology:
        case Technology.COOKIE:
            return "cookie"
        case Technology.LOCAL_STORAGE:
            return "local_storage"
        case Technology.FINGERPRINTING:
            return "behaviour"
        case _:
            return technology.value


def trace_of(sighting: AnySighting) -> Trace | None:
    """None for markup: what stands in a page and may never run is no technology in use."""
    match sighting:
        case CookieSighting():
            return Trace(Technology.COOKIE, sighting.name, host_of(sighting.domain) or sighting.domain)
        case StorageSighting():
            technology = TECHNOLOGY_OF_AREA[sighting.area]
            return Trace(technology, sighting.container or sighting.key, host_of(sighting.origin))
        case RequestSighting():
            technology = Technology.BEACON if sighting.beacon else Technology.REQUEST
            return Trace(technology, path_of(sighting.url), host_of(sighting.url), sighting.url)
        case BehaviourSighting():
            script = sighting.initiator.url if sighting.initiator and sighting.initiator.url else sighting.frame
            return Trace(Technology.FINGERPRINTING, sighting.behaviour, host_of(script))
        case MarkupSighting():
            return None
