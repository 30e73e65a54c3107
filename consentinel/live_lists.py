"""Declarations taken where they are served: a page's own table, or the list behind its consent platform's dialog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bs4.dammit import EncodingDetector

from classifiers.declaration import SCHEMA, Declaration, Source
from classifiers.entities import Entities, company_key
from classifiers.importers import IMPORTERS, importer_for
from classifiers.importers.base import Imported, ListError, Material, import_declaration
from classifiers.importers.html_tables import has_item_table
from classifiers.importers.served import Served, onward, served_in_page, served_in_requests
from classifiers.importers.tcf_disclosure import TcfDisclosure
from classifiers.importers.tcf_vendor_list import ListedVendor, TcfVendorList, vendors_met
from classifiers.lists.records import ListError as FetchError
from classifiers.lists.update import download
from classifiers.parties import host_of, registrable_domain
from classifiers.vendors import Catalogue
from consentinel.config import ConfigurationError, did_you_mean
from crawler.observations import Record
from crawler.visits import Scan, Visit

_TABLE_TOO = "the page also holds a table of its own: take it with FORMAT html"
_NOTHING = (
    "holds no table of cookies and no script of Cookiebot, OneTrust or Termly; a page that fills itself by script: "
    "save it once it has loaded, or audit it and use --from-scan"
)
MOST_DISCLOSURES = 50
"""Vendors whose disclosures are fetched for one scan at most."""


class Taken(Record):
    imported: Imported
    address: str
    """Where it was served."""


def take_from_page(url: str, *, format: str, partial: bool) -> Taken:
    """The list at an address, the list behind the platform of a page, or the page's own table, in this order."""
    _check_format(format)
    page = _fetch(url, referer="")
    if not page.text.lstrip().startswith("<"):
        return Taken(imported=import_declaration(importer_for(format, page), page, partial=partial), address=url)
    served = [one for one in served_in_page(page.text, address=url) if format in ("auto", one.format)]
    if served:
        notes = [_TABLE_TOO] if has_item_table(page.text) else []
        return _noted(_take(served[0], partial=partial), notes)
    if format == "auto" and not any(kind().recognises(page) for kind in IMPORTERS):
        raise ListError([f"{url}:1: {_NOTHING}"])
    return Taken(imported=import_declaration(importer_for(format, page), page, partial=partial), address=url)


def take_from_scan(
    scan: Scan, visits: Sequence[Visit], *, format: str, partial: bool, catalogue: Catalogue
) -> tuple[Taken, ...]:
    """What the platforms that the scan met serve, fetched anew from the addresses that its pages asked."""
    _check_format(format)
    requests = [(r.url, v.final_url or v.url) for v in visits for r in v.requests if not r.refused_because]
    seen = served_in_requests(requests)
    wanted = TcfVendorList.format if format == TcfDisclosure.format else format
    served = [one for one in seen if wanted in ("auto", one.format)]
    if not served:
        known = ", ".join(dict.fromkeys(one.format for one in seen))
        fix = f"it met {known}" if known else "give the cookie page with --from-page URL, or a saved FILE"
        raise ListError([f"scan {scan.id}: met no platform that serves its list{_as(format)}; {fix}"])
    if format == TcfDisclosure.format:
        return _disclosures(served[0], requests, partial=partial, catalogue=catalogue)
    others = dict.fromkeys(one.format for one in seen if one.format != served[0].format)
    more = [f"the scan also met {name}: take it with FORMAT {name}" for name in others]
    return (_noted(_take(served[0], partial=partial), more),)


def merged(taken: Sequence[Taken], *, format: str) -> Taken:
    """Several vendors' disclosures as one declaration."""
    if len(taken) == 1:
        return taken[0]
    declarations = [one.imported.declaration for one in taken]
    categories = {category.id: category for known in declarations for category in known.categories}
    whole = Declaration.model_validate(
        {
            "schema": SCHEMA,
            "source": Source(kind="tcf_disclosure", granularity="item"),
            "categories": tuple(categories.values()),
            "items": tuple(item for known in declarations for item in known.items),
        }
    )
    imported = Imported(
        declaration=whole,
        faults=tuple(fault for one in taken for fault in one.imported.faults),
        notes=tuple(dict.fromkeys(note for one in taken for note in one.imported.notes)),
    )
    return Taken(imported=imported, address=f"{len(taken)} addresses ({format})")


def _take(served: Served, *, partial: bool) -> Taken:
    material = _fetch(served.address, referer=served.referer)
    notes: tuple[str, ...] = ()
    if served.index:
        way = onward(served, material)
        served, notes = way.served, way.notes
        material = _fetch(served.address, referer=served.referer)
    imported = import_declaration(importer_for(served.format, material), material, partial=partial)
    return _noted(Taken(imported=imported, address=served.address), notes)


def _disclosures(
    listed: Served, requests: Sequence[tuple[str, str]], *, partial: bool, catalogue: Catalogue
) -> tuple[Taken, ...]:
    """Of the vendors that the scan met: what each says that it stores."""
    material = _fetch(listed.address, referer=listed.referer)
    hosts = {host_of(url) for url, _ in requests}
    companies = {company_key(name) for name in map(Entities(catalogue).name, hosts) if name}
    met = vendors_met(material, domains={registrable_domain(host) for host in hosts}, companies=companies)
    if not met:
        raise ListError([f"{listed.address}: lists no vendor that the scan met and that discloses what it stores"])
    if len(met) > MOST_DISCLOSURES:
        raise ListError([f"{listed.address}: {len(met)} of its vendors were met; accepted: {MOST_DISCLOSURES} at most"])
    taken: list[Taken] = []
    faults: list[str] = []
    for vendor in met:
        try:
            taken.append(_disclosure(vendor, partial=partial))
        except ListError as error:
            faults += [f"{vendor.name}: {fault}" for fault in error.faults]
    if faults and (not partial or not taken):
        raise ListError(faults)
    if faults:
        first = taken[0].imported
        taken[0] = taken[0].model_copy(
            update={"imported": first.model_copy(update={"faults": (*first.faults, *faults)})}
        )
    return tuple(taken)


def _disclosure(vendor: ListedVendor, *, partial: bool) -> Taken:
    address = vendor.disclosure_url or ""
    material = _fetch(address, referer="")
    imported = import_declaration(TcfDisclosure(), material, partial=partial)
    items = tuple(item.model_copy(update={"provider": vendor.name}) for item in imported.declaration.items)
    declaration = imported.declaration.model_copy(update={"items": items})
    return Taken(imported=imported.model_copy(update={"declaration": declaration}), address=address)


def _fetch(address: str, *, referer: str) -> Material:
    headers = {"User-Agent": "Mozilla/5.0 (compatible; consentinel)", **({"Referer": referer} if referer else {})}
    try:
        data = download(address, headers=headers)
    except (OSError, FetchError) as error:
        raise ListError([str(error)]) from error
    return Material(name=address, text=_decoded(address, data), url=address)


def _decoded(address: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        declared = EncodingDetector.find_declared_encoding(data, is_html=True, search_entire_document=False)
        if declared is None:
            raise ListError([f"{address}: is neither UTF-8 text nor says what it is ({error.reason})"]) from error
    try:
        return data.decode(declared)
    except (LookupError, UnicodeDecodeError) as error:
        raise ListError([f"{address}: says that it is {declared} text, and is not"]) from error


def _as(format: str) -> str:
    return "" if format == "auto" else f" of the format {format}"


def _check_format(format: str) -> None:
    known = ["auto", *(importer.format for importer in IMPORTERS)]
    if format not in known:
        raise ConfigurationError([f"there is no format called {format!r}{did_you_mean(format, known)}"])


def _noted(taken: Taken, notes: Iterable[str]) -> Taken:
    imported = taken.imported
    return taken.model_copy(update={"imported": imported.model_copy(update={"notes": (*imported.notes, *notes)})})
