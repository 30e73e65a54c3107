"""IAB TCF global vendor list, version 3: the vendors themselves, as recipients. It lists no items."""

from __future__ import annotations

from pydantic import Field

from classifiers.declaration import Recipient
from classifiers.importers.base import Imported, Importer, Material
from classifiers.importers.json_text import Foreign, looks_like_json, parse_json
from classifiers.importers.rows import ItemRows


class _Vendor(Foreign):
    id: int
    name: str
    deleted: str | None = Field(None, alias="deletedDate")
    disclosure_url: str | None = Field(None, alias="deviceStorageDisclosureUrl")


class VendorList(Foreign):
    version: int = Field(alias="vendorListVersion")
    vendors: dict[str, _Vendor]


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
