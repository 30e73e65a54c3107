"""`consentinel declare import`: a published list as our YAML, from a file, a page, or what a scan met."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifiers.declaration import Declaration
from classifiers.exports.to_yaml import declaration_yaml
from classifiers.importers import IMPORTERS, importer_for
from classifiers.importers.base import Material, import_declaration
from classifiers.importers.tcf_vendor_list import vendor_of
from classifiers.vendors import Catalogue
from consentinel import options
from consentinel.config import ConfigurationError, configured
from consentinel.judging import store_path
from consentinel.live_lists import Taken, merged, take_from_page, take_from_scan
from consentinel.terminal import note, working
from consentinel.text_files import text_of, write_new
from crawler.store import Store

FORMATS = f"auto, {', '.join(importer.format for importer in IMPORTERS)}."


def import_(
    format: Annotated[str | None, typer.Argument(metavar="[FORMAT]", help=FORMATS, show_default=False)] = None,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A saved file of that format.", show_default=False)
    ] = None,
    from_page: Annotated[
        str | None,
        typer.Option(
            "--from-page",
            metavar="URL",
            help="Fetch the list that a page's consent platform serves, or else the page's own table.",
        ),
    ] = None,
    from_scan: Annotated[
        Path | None,
        typer.Option(
            "--from-scan",
            metavar="STORE",
            help="Fetch the list of the platform that a stored scan met, as its pages did.",
        ),
    ] = None,
    output: options.TextFile = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Take what can be read and list what cannot; otherwise all or nothing.")
    ] = False,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Whose items these are, where the list is silent.")
    ] = None,
    service: Annotated[str | None, typer.Option("--service", metavar="NAME", help="What the list is about.")] = None,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Where the file was published.")] = None,
    vendor_list: Annotated[
        Path | None,
        typer.Option("--vendor-list", metavar="FILE", help="TCF vendor list; names whose disclosure --url is."),
    ] = None,
    scan: options.ScanId = None,
    force: options.Force = False,
) -> None:
    """Turn the list of a consent platform, a cookie page or a database into our YAML.

    Give a saved FILE, or let it be fetched: with --from-page from the page that visitors see, with --from-scan from
    the addresses that the scanned pages asked for it. Nothing is sent but the request for the list.
    """
    format, file = _what(format, file, live=from_page is not None or from_scan is not None)
    given = [name for name, value in (("FILE", file), ("--from-page", from_page), ("--from-scan", from_scan)) if value]
    if len(given) != 1:
        told = f"{' and '.join(given)} were given" if given else "nothing to import was given"
        raise ConfigurationError([f"{told}; accepted: one of FILE, --from-page URL and --from-scan STORE"])
    if file is not None:
        material = Material(name=str(file), text=text_of(file), url=url)
        imported = import_declaration(importer_for(format, material), material, partial=partial)
        taken = Taken(imported=imported, address=str(file))
    else:
        with working("Fetching the list …", quiet=output is None):
            taken = _live(from_page, from_scan, scan=scan, format=format, partial=partial)
    if vendor_list is not None:
        provider = _vendor(vendor_list, url) or provider
    declaration = _completed(taken.imported.declaration, provider=provider, service=service)
    write_new(declaration_yaml(declaration), output, force=force)
    for sentence in (*taken.imported.notes, *(f"left out: {fault}" for fault in taken.imported.faults)):
        note(sentence)
    note(f"{len(declaration.items)} items, {len(declaration.categories)} categories read from {taken.address}.")


def _what(format: str | None, file: Path | None, *, live: bool) -> tuple[str, Path | None]:
    """`declare import FILE` means `auto`."""
    named = {"auto", *(importer.format for importer in IMPORTERS)}
    if format is not None and file is None and not live and format not in named:
        return "auto", Path(format)
    return format or "auto", file


def _live(page: str | None, store: Path | None, *, scan: str | None, format: str, partial: bool) -> Taken:
    if page is not None:
        return take_from_page(page, format=format, partial=partial)
    assert store is not None, "one of both was given"
    with Store.open(store_path(store)) as opened:
        found = opened.scan(scan)
        visits = tuple(opened.visits(found.id))
    catalogue = Catalogue.load(*configured(None, top={}).catalogue)
    return merged(take_from_scan(found, visits, format=format, partial=partial, catalogue=catalogue), format=format)


def _vendor(vendor_list: Path, url: str | None) -> str | None:
    if url is None:
        raise ConfigurationError(["--vendor-list: needs --url, the address that the vendor list names for the file"])
    found = vendor_of(Material(name=str(vendor_list), text=text_of(vendor_list)), url)
    if found is None:
        raise ConfigurationError([f"{vendor_list}: no vendor publishes its disclosure at {url}"])
    return found


def _completed(declaration: Declaration, *, provider: str | None, service: str | None) -> Declaration:
    items = tuple(
        item.model_copy(update={"provider": provider}) if provider and item.provider is None else item
        for item in declaration.items
    )
    return declaration.model_copy(update={"items": items, "service": service or declaration.service})
