"""Importers of declarations: who exists. `base.py` says what to write."""

from __future__ import annotations

from classifiers.importers.base import Importer, ListError, Material
from classifiers.importers.cookiebot_script import CookiebotScript
from classifiers.importers.cookiebot_table import CookiebotTable
from classifiers.importers.csv_list import CsvList
from classifiers.importers.html_tables import HtmlTables
from classifiers.importers.onetrust_json import OneTrustJson
from classifiers.importers.onetrust_table import OneTrustTable
from classifiers.importers.open_cookie_database import OpenCookieDatabase
from classifiers.importers.own_yaml import OwnYaml
from classifiers.importers.tcf_disclosure import TcfDisclosure
from classifiers.importers.tcf_vendor_list import TcfVendorList
from classifiers.importers.termly import Termly

IMPORTERS: tuple[type[Importer], ...] = (
    OwnYaml,
    CookiebotScript,
    CookiebotTable,
    OneTrustJson,
    OneTrustTable,
    Termly,
    TcfDisclosure,
    TcfVendorList,
    OpenCookieDatabase,
    HtmlTables,
    CsvList,
)
"""Special structures before general ones: the first that recognises a file is the one meant."""


def importer_for(format: str, material: Material) -> Importer:
    """By its name, or with `auto` the first that recognises the file. Raises ListError."""
    known = {importer.format: importer for importer in IMPORTERS}
    if format in known:
        return known[format]()
    if format != "auto":
        raise ListError([f"there is no format called {format!r}; accepted: auto, {', '.join(known)}"])
    for importer in IMPORTERS:
        if importer().recognises(material):
            return importer()
    forms = "; ".join(f"{importer.format}: {importer.accepts}" for importer in IMPORTERS)
    raise ListError([f"{material.name}:1: is of no known structure; accepted: {forms}"])
