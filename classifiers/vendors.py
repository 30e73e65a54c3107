"""The vendor catalogue: whose a cookie, a storage key or a request is, and what its vendor says it is for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from classifiers.base import Purpose
from classifiers.decode_hits import Found, VendorReader, find
from classifiers.decode_payload import Payload
from classifiers.decode_records import ConsentSignal, Hit, HitParameter
from classifiers.vendor_files import CatalogueError, cache_folder, read_folders
from classifiers.vendor_index import NameIndex, RequestIndex
from classifiers.vendor_records import CookieEntry, EndpointEntry, ParameterEntry, StorageEntry, Vendor
from crawler.observations import Record

__all__ = ["PACKAGED", "Catalogue", "CatalogueError", "VendorCookie", "VendorHit", "VendorStorage", "packaged"]

PACKAGED = Path(__file__).parent / "catalogue"
_SHARED_PARAMETERS = Path(__file__).parent / "decoders" / "shared_parameters.yaml"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class VendorCookie(Record):
    vendor: Vendor
    entry: CookieEntry

    @property
    def purpose(self) -> Purpose:
        return self.entry.purpose or self.vendor.purpose

    @property
    def source(self) -> str:
        return f"catalogue:{self.vendor.id}#{self.entry.label}"


class VendorStorage(Record):
    vendor: Vendor
    entry: StorageEntry

    @property
    def purpose(self) -> Purpose:
        return self.entry.purpose or self.vendor.purpose

    @property
    def source(self) -> str:
        return f"catalogue:{self.vendor.id}#{self.entry.label}"


class VendorHit(Record):
    """A request recognised; `hits` are its decoded events, at least one."""

    vendor: Vendor
    entry: EndpointEntry
    recognised_by: str
    """`host`, or `grammar:<id>`."""
    hits: tuple[Hit, ...]

    @property
    def purpose(self) -> Purpose:
        return self.entry.purpose or self.vendor.purpose

    @property
    def source(self) -> str:
        return f"catalogue:{self.vendor.id}#{self.entry.id}"

    @property
    def account(self) -> str | None:
        return self.hits[0].account

    @property
    def event(self) -> str | None:
        return self.hits[0].event

    @property
    def page(self) -> str | None:
        return self.hits[0].page

    @property
    def parameters(self) -> tuple[HitParameter, ...]:
        return self.hits[0].parameters

    @property
    def consent(self) -> tuple[ConsentSignal, ...]:
        return self.hits[0].consent


class Catalogue:
    """All vendors, compiled. Make it with `Catalogue.load`."""

    def __init__(self, vendors: Mapping[str, Vendor], *, digest: str) -> None:
        self.vendors: Mapping[str, Vendor] = MappingProxyType(dict(vendors))
        self.digest = digest
        """SHA-256 hex over the vendor files."""
        shared = _shared_parameters()
        self._cookies = NameIndex((vendor, entry) for vendor in vendors.values() for entry in vendor.cookies)
        self._storage = NameIndex((vendor, entry) for vendor in vendors.values() for entry in vendor.storage)
        self._requests = RequestIndex()
        for vendor in vendors.values():
            self._requests.add(vendor)
        self._readers: dict[str, VendorReader] = {}
        self._shared = shared

    @classmethod
    def load(cls, *folders: Path, cached: bool = True) -> Catalogue:
        """The packaged vendors, and the user's folders over them by vendor id.

        Raises CatalogueError with file:line and key. `cached`: keep what was parsed in the user's cache folder.
        """
        vendors, digest = read_folders([PACKAGED, *folders], cache=cache_folder() if cached else None)
        return cls(vendors, digest=digest)

    def cookie(self, name: str, host: str | None) -> VendorCookie | None:
        """`host`: the cookie's domain; None where it is not known."""
        found = self._cookies.find(name, host)
        return VendorCookie(vendor=found[0], entry=found[1]) if found else None

    def storage(self, key: str, host: str | None) -> VendorStorage | None:
        found = self._storage.find(key, host)
        return VendorStorage(vendor=found[0], entry=found[1]) if found else None

    def owner(self, host: str) -> Vendor | None:
        """Whose the host is as a whole; None: nobody's, or shared by several services."""
        return self._requests.owner(host)

    def request(
        self,
        url: str,
        method: str = "GET",
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes | None = None,
    ) -> VendorHit | None:
        return self.read(Payload(url=url, method=method, headers=headers, body=body))

    def read(self, payload: Payload) -> VendorHit | None:
        """As `request`, for a payload whose body was already taken apart."""
        found = find(self._requests, payload)
        if found is None:
            return None
        return VendorHit(
            vendor=found.endpoint.vendor,
            entry=found.endpoint.entry,
            recognised_by=found.by,
            hits=self._hits(found, payload),
        )

    def hits(self, payload: Payload) -> tuple[Hit, ...]:
        """The decoded events of one request; empty: no known vendor's, or only the preflight of one."""
        if payload.method.upper() == "OPTIONS":
            return ()
        found = find(self._requests, payload)
        return self._hits(found, payload) if found else ()

    def _hits(self, found: Found, payload: Payload) -> tuple[Hit, ...]:
        vendor = found.endpoint.vendor
        if vendor.id not in self._readers:
            self._readers[vendor.id] = VendorReader(vendor, self._shared)
        return self._readers[vendor.id].hits(found, payload)


@cache
def _shared_parameters() -> tuple[ParameterEntry, ...]:
    raw: object = YAML(typ="safe", pure=True).load(_SHARED_PARAMETERS.read_text(encoding="utf-8"))
    return TypeAdapter(tuple[ParameterEntry, ...]).validate_python(raw)


@cache
def packaged() -> Catalogue:
    """The catalogue as it comes, loaded once per process."""
    return Catalogue.load()
