"""Whether a downloaded file is the list it should be: whole, of its format, and with something in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Final

import orjson
from pydantic import BaseModel, ValidationError

from classifiers.lists.records import ListError, ListForm

_HTML = re.compile(rb"\s*(?:<!doctype|<html|<\?xml|<head|<body)", re.IGNORECASE)
_VERSION = re.compile(r"^! Version: *(\S+)", re.MULTILINE)
_DATED = re.compile(r"^! (?:Last modified|TimeUpdated): *([^%\r\n]+)$", re.MULTILINE)
_HEADING: Final = 4096
"""Characters in which a list tells about itself."""
_BROKEN_ROWS: Final = 0.02
"""Share of rows with too few or too many columns that people's typing explains."""
COOKIE_COLUMNS: Final = ("Platform", "Category", "Cookie / Data Key name", "Domain", "Wildcard match")


class Entity(BaseModel):
    """Of third-party-web, what is of use here."""

    name: str
    company: str | None = None
    category: str | None = None
    domains: tuple[str, ...]


class Tracker(BaseModel):
    name: str | None = None
    categoryId: int | None = None  # noqa: N815  the file's own spelling
    companyId: str | None = None  # noqa: N815


class Trackers(BaseModel):
    categories: dict[str, str]
    trackers: dict[str, Tracker]
    trackerDomains: dict[str, str]  # noqa: N815
    timeUpdated: str = ""  # noqa: N815


class Company(BaseModel):
    name: str | None = None


class Companies(BaseModel):
    companies: dict[str, Company]


class TcfLinks(BaseModel):
    privacy: str | None = None


class TcfVendor(BaseModel):
    id: int
    name: str
    deletedDate: str | None = None  # noqa: N815  the file's own spelling
    deviceStorageDisclosureUrl: str | None = None  # noqa: N815
    urls: tuple[TcfLinks, ...] = ()


class TcfVendorList(BaseModel):
    vendorListVersion: int  # noqa: N815
    vendors: dict[str, TcfVendor]


def check(form: ListForm, files: Mapping[str, bytes]) -> int:
    """Entries found. Raises ListError with a clause that says what is wrong with which file."""
    for name, data in files.items():
        if _HTML.match(data):
            raise ListError(f"{name} is a web page, not a list")
        if not data.strip():
            raise ListError(f"{name} is empty")
    entries = _CHECKS[form](files)
    if entries == 0:
        raise ListError(f"{', '.join(files)} has no entries")
    return entries


def version_of(files: Mapping[str, bytes]) -> str:
    """What the list says of itself; empty: nothing."""
    for data in files.values():
        head = data[:_HEADING].decode("utf-8", "replace")
        if found := _VERSION.search(head) or _DATED.search(head):
            return found[1].strip()
        if found := re.search(r'"(?:timeUpdated|lastUpdated)": ?"([^"]+)"', head):
            return found[1]
    return ""


def text_of(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListError(f"{name} is not UTF-8 text (byte {error.start})") from error


def _whole_lines(name: str, data: bytes) -> str:
    text = text_of(name, data)
    if not text.endswith("\n"):
        raise ListError(f"{name} ends in the middle of a line")
    return text


def rules_in(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip() and line[0] not in "![")


def _filter_list(files: Mapping[str, bytes]) -> int:
    entries = 0
    for name, data in files.items():
        text = _whole_lines(name, data)
        if not text.startswith("[Adblock"):
            raise ListError(f"{name} does not begin with `[Adblock Plus …]`")
        entries += rules_in(text)
    return entries


def _cname_targets(files: Mapping[str, bytes]) -> int:
    return sum(line.startswith("||") for name, data in files.items() for line in text_of(name, data).splitlines())


def cookie_rows(text: str) -> list[dict[str, str]]:
    """Rows by column; a few broken ones are left out. Raises ListError for many, a cut end or another header."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in COOKIE_COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise ListError(f"the column `{missing[0]}` is not there; accepted: {', '.join(COOKIE_COLUMNS)}")
    whole: list[dict[str, str]] = []
    broken: list[int] = []
    try:
        for row in reader:
            if None in row or None in row.values():
                broken.append(reader.line_num)
            else:
                whole.append(row)
    except csv.Error as error:
        raise ListError(f"line {reader.line_num}: {error}") from error
    if broken and (broken[-1] == reader.line_num or len(broken) > len(whole) * _BROKEN_ROWS):
        raise ListError(f"line {broken[-1]} has not the columns of the header")
    return whole


def _cookie_database(files: Mapping[str, bytes]) -> int:
    entries = 0
    for name, data in files.items():
        try:
            entries += len(cookie_rows(_whole_lines(name, data)))
        except ListError as error:
            raise ListError(f"{name}: {error}" if name not in str(error) else str(error)) from error
    return entries


def _json(name: str, data: bytes) -> object:
    try:
        parsed: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ListError(f"{name} is not whole JSON ({error})") from error
    return parsed


def entities_of(name: str, data: bytes) -> tuple[Entity, ...]:
    raw = _json(name, data)
    if not isinstance(raw, list):
        raise ListError(f"{name} is not a list of entities")
    try:
        return tuple(Entity.model_validate(entity) for entity in raw)
    except ValidationError as error:
        raise ListError(f"{name}: {_first(error)}") from error


def trackers_of(name: str, data: bytes) -> Trackers:
    try:
        return Trackers.model_validate(_json(name, data))
    except ValidationError as error:
        raise ListError(f"{name}: {_first(error)}") from error


def companies_of(name: str, data: bytes) -> Companies:
    try:
        return Companies.model_validate(_json(name, data))
    except ValidationError as error:
        raise ListError(f"{name}: {_first(error)}") from error


def tcf_vendors_of(name: str, data: bytes) -> TcfVendorList:
    try:
        return TcfVendorList.model_validate(_json(name, data))
    except ValidationError as error:
        raise ListError(f"{name}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    return f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"


def _third_party_web(files: Mapping[str, bytes]) -> int:
    return sum(len(entities_of(name, data)) for name, data in files.items())


def _companiesdb(files: Mapping[str, bytes]) -> int:
    trackers = trackers_of("trackers.json", files["trackers.json"])
    companies_of("companies.json", files["companies.json"])
    return len(trackers.trackerDomains)


def _tcf_vendors(files: Mapping[str, bytes]) -> int:
    return sum(len(tcf_vendors_of(name, data).vendors) for name, data in files.items())


_CHECKS: Final[Mapping[ListForm, Callable[[Mapping[str, bytes]], int]]] = {
    ListForm.FILTER_LIST: _filter_list,
    ListForm.COOKIE_DATABASE: _cookie_database,
    ListForm.THIRD_PARTY_WEB: _third_party_web,
    ListForm.COMPANIESDB: _companiesdb,
    ListForm.CNAME_TARGETS: _cname_targets,
    ListForm.TCF_VENDORS: _tcf_vendors,
}
