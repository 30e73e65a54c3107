"""Which number in the TCF a recipient has: by its company, or by the domain where it publishes its terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from classifiers.entities import company_key
from classifiers.lists.formats import TcfVendorList
from classifiers.parties import registrable_domain


class TcfVendor(NamedTuple):
    id: int
    name: str


class TcfVendors:
    def __init__(
        self, *, by_company: Mapping[str, TcfVendor], by_domain: Mapping[str, TcfVendor], by_id: Mapping[int, TcfVendor]
    ) -> None:
        self._by_company = by_company
        self._by_domain = by_domain
        self._by_id = by_id

    @classmethod
    def of(cls, lists: Iterable[TcfVendorList]) -> TcfVendors:
        """A domain that several vendors publish under (a file host's) tells nobody apart, and is left out."""
        by_company: dict[str, TcfVendor] = {}
        by_domain: dict[str, set[TcfVendor]] = {}
        by_id: dict[int, TcfVendor] = {}
        for listed in lists:
            for entry in listed.vendors.values():
                if entry.deletedDate is not None:
                    continue
                vendor = TcfVendor(entry.id, entry.name.strip())
                by_id[vendor.id] = vendor
                by_company.setdefault(company_key(vendor.name), vendor)
                places = (entry.deviceStorageDisclosureUrl, *(link.privacy for link in entry.urls))
                for domain in {registrable_domain(place) for place in places if place}:
                    by_domain.setdefault(domain, set()).add(vendor)
        alone = {domain: next(iter(vendors)) for domain, vendors in by_domain.items() if len(vendors) == 1}
        return cls(by_company=by_company, by_domain=alone, by_id=by_id)

    def find(self, *, number: int | None, companies: Iterable[str], domain: str) -> TcfVendor | None:
        """`number`: the catalogue's own word, which decides."""
        if number is not None:
            return self._by_id.get(number)
        for company in companies:
            if vendor := self._by_company.get(company_key(company)):
                return vendor
        return self._by_domain.get(domain)
