"""IAB TCF global vendor list, version 3: the vendors themselves, as recipients. It lists no items."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import Field

from classifiers.declaration import Recipient
from classifiers.entities import company_key
from classifiers.importers.base import Imported, Importer, Material
from classifiers.importers.json_text import Foreign, looks_like_json, parse_json
from classifiers.importers.rows import ItemRows
from classifiers.parties import registrable_domain


class _Links(Foreign):
    privacy: str | None = None


class ListedVendor(Foreign):
    id: int
    name: str
    deleted: str | None = Field(None, alias="deletedDate")
    disclosure_url: str | None = Field(None, alias="deviceStorageDisclosureUrl")
    urls: tuple[_Links, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """At which it speaks for itself."""
        links = (self.disclosure_url, *(link.privacy for link in self.urls))
        return tuple(link for link in links if link)


class VendorList(Foreign):
    version: int = Field(alias="vendorListVersion")
    vendors: dict[str, ListedVendor]


ACCEPTS = "a TCF global vendor list: `vendorListVersion` and `vendors.{id}.{id, name, …}`"


class TcfVendorList(Importer):
    format = "tcf-vendors"
    title = "TCF global vendor list"
    accepts = ACCEPTS

    def recognises(self, material: Material) -> bool:
        return looks_like_json(material, "vendorListVersion", "vendors")

    def read(self, material: Material) -> Imported:
        listed = parse_json(material, VendorList, accepts=ACCEPTS)
        rows = ItemRows(material, kind="tcf_disclosure")
        for key, vendor in listed.vendors.items():
            if key != str(vendor.id):
                rows.fault(f"vendors.{key}.id", f"is {vendor.id}; accepted: the number it is listed under")
        current = [vendor for vendor in listed.vendors.values() if vendor.deleted is None]
        rows.note(
            f"vendor list {listed.version}: {len(current)} vendors as recipients; what each stores stands in its own "
            "disclosure (deviceStorageDisclosureUrl)"
        )
        names = tuple(dict.fromkeys(vendor.name for vendor in current))
        return rows.done(recipients=[Recipient(id="tcf_vendors", entities=names)] if names else ())


def vendor_of(material: Material, url: str) -> str | None:
    """Name of the vendor that publishes its disclosure at `url`. Raises ListError for a file that is no list."""
    listed = parse_json(material, VendorList, accepts=ACCEPTS)
    return next((vendor.name for vendor in listed.vendors.values() if vendor.disclosure_url == url), None)


def vendors_met(
    material: Material, *, domains: Collection[str], companies: Collection[str]
) -> tuple[ListedVendor, ...]:
    """Vendors that disclose what they store, and that a scan met: by registrable domain, or by company key."""
    listed = parse_json(material, VendorList, accepts=ACCEPTS)
    return tuple(
        vendor
        for vendor in listed.vendors.values()
        if vendor.disclosure_url is not None
        and vendor.deleted is None
        and (company_key(vendor.name) in companies or any(registrable_domain(a) in domains for a in vendor.addresses))
    )
