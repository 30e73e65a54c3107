"""Where a consent platform serves the list that its dialog shows: told by a page's scripts or by recorded requests.

Addresses are known by their paths, because sites proxy platforms through hosts of their own; what comes back is
checked by its importer. Some addresses answer with the place of the list instead of the list: `onward` reads those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from bs4 import Tag
from pydantic import Field

from classifiers.importers.base import Importer, ListError, Material
from classifiers.importers.cookiebot_script import CookiebotScript
from classifiers.importers.grid import soup_of
from classifiers.importers.json_text import Foreign, parse_json
from classifiers.importers.onetrust_json import OneTrustJson
from classifiers.importers.tcf_vendor_list import TcfVendorList
from classifiers.importers.termly import Termly
from classifiers.parties import host_of
from crawler.observations import Record

_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_COOKIEBOT_LIST = re.compile(rf"/{_UUID}/cc\.js")
_COOKIEBOT_PAGE = re.compile(rf"/(?P<id>{_UUID})/cd\.js")
_COOKIEBOT_ID = re.compile(rf"[?&]cbid=(?P<id>{_UUID})")
_ONETRUST_LIST = re.compile(rf"(?P<base>.*/consent/{_UUID}[\w-]*)/[\w-]+/[A-Za-z]{{2,3}}(?:-[A-Za-z0-9]+)*\.json")
_ONETRUST_INDEX = re.compile(rf"(?P<base>.*/consent/(?P<id>{_UUID}[\w-]*))/(?P=id)\.json")
_TERMLY_LIST = re.compile(rf"(?P<base>.*/api/v1/snippets/websites/{_UUID})/documents/{_UUID}/cookies")
_TERMLY_INDEX = re.compile(rf".*/api/v1/snippets/websites/{_UUID}")
_TERMLY_SCRIPT = re.compile(rf"/resource-blocker/(?P<id>{_UUID})|/embed\.min\.js")
_VENDOR_LIST = re.compile(r"/(?:v\d/)?(?:archives/)?vendor-list(?:-v\d+)?\.json")


class Served(Record):
    """An address at which a list, or the way to it, is served."""

    format: str
    """The importer's word."""
    address: str
    index: bool = False
    """It answers with the list's place."""
    referer: str = ""
    """Page that asks for it; Cookiebot answers only for pages of the registered site."""


class Onward(Record):
    served: Served
    notes: tuple[str, ...] = ()


def served_in_requests(requests: Iterable[tuple[str, str]]) -> tuple[Served, ...]:
    """`requests`: URL and page. What a platform was asked for counts more than an address made from its id."""
    found = [served for url, page in requests if (served := _of_request(url, page))]
    direct = {_site_of(served) for served in found if not served.index}
    kept = [served for served in found if not served.index or _site_of(served) not in direct]
    return tuple(sorted({served.address: served for served in reversed(kept)}.values(), key=_rank))


def served_in_page(html: str, *, address: str) -> tuple[Served, ...]:
    """By the platform's script as it stands in the markup."""
    found = [
        served
        for script in soup_of(html).find_all("script")
        if isinstance(script, Tag) and (served := _of_script(script, address))
    ]
    return tuple(sorted({served.address: served for served in found}.values(), key=_rank))


def onward(served: Served, material: Material) -> Onward:
    """Raises ListError where the index names no list."""
    if served.format == OneTrustJson.format:
        return _onetrust_onward(served, material)
    return _termly_onward(served, material)


_ORDER: Final[tuple[type[Importer], ...]] = (CookiebotScript, OneTrustJson, Termly, TcfVendorList)
"""A site's own list before the list of all the vendors there are."""


def _rank(served: Served) -> tuple[int, bool]:
    return [importer.format for importer in _ORDER].index(served.format), served.index


def _site_of(served: Served) -> tuple[str, str]:
    """Lists and indexes of one site share it."""
    for pattern in (_ONETRUST_LIST, _ONETRUST_INDEX, _TERMLY_LIST):
        if found := pattern.fullmatch(served.address.partition("?")[0]):
            return served.format, found["base"]
    return served.format, served.address.partition("?")[0]


def _of_request(url: str, page: str) -> Served | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    bare = url.partition("#")[0].partition("?")[0]
    if _COOKIEBOT_LIST.fullmatch(parts.path):
        return Served(format=CookiebotScript.format, address=url, referer=page)
    if found := _COOKIEBOT_PAGE.fullmatch(parts.path) or (
        _COOKIEBOT_ID.search(url) if parts.path.endswith("/uc.js") else None
    ):
        return _cookiebot(url, found["id"], page)
    if _ONETRUST_LIST.fullmatch(bare):
        return Served(format=OneTrustJson.format, address=url, referer=page)
    if _ONETRUST_INDEX.fullmatch(bare):
        return Served(format=OneTrustJson.format, address=url, index=True, referer=page)
    if _TERMLY_LIST.fullmatch(bare):
        return Served(format=Termly.format, address=url, referer=page)
    if _TERMLY_INDEX.fullmatch(bare):
        return Served(format=Termly.format, address=bare, index=True, referer=page)
    if (found := _TERMLY_SCRIPT.match(parts.path)) and found["id"]:
        return _termly(url, found["id"], page)
    if _VENDOR_LIST.search(parts.path):
        return Served(format=TcfVendorList.format, address=url, referer=page)
    return None


def _of_script(script: Tag, page: str) -> Served | None:
    source = _absolute(str(script.get("src", "")), page)
    if not source:
        return None
    if (id := _uuid(script, "data-cbid")) is not None:
        return _cookiebot(source, id, page)
    if (id := str(script.get("data-domain-script", ""))) and re.match(_UUID, id):
        root = re.sub(r"/(?:scripttemplates|consent)/.*", "", source.partition("?")[0])
        return Served(format=OneTrustJson.format, address=f"{root}/consent/{id}/{id}.json", index=True, referer=page)
    if _TERMLY_SCRIPT.search(source):
        for attribute in ("data-website-uuid", "id"):
            if (id := _uuid(script, attribute)) is not None:
                return _termly(source, id, page)
    return _of_request(source, page)


def _absolute(source: str, page: str) -> str:
    if source.startswith("//"):
        return f"{page.partition(':')[0]}:{source}"
    if source.startswith("/"):
        return _origin(page) + source
    return source if source.startswith(("http://", "https://")) else ""


def _uuid(script: Tag, attribute: str) -> str | None:
    written = str(script.get(attribute, ""))
    return written if re.fullmatch(_UUID, written) else None


def _cookiebot(source: str, id: str, page: str) -> Served:
    address = f"{_origin(source)}/{id}/cc.js?referer={host_of(page)}"
    return Served(format=CookiebotScript.format, address=address, referer=page)


def _termly(source: str, id: str, page: str) -> Served:
    address = f"{_origin(source)}/api/v1/snippets/websites/{id}"
    return Served(format=Termly.format, address=address, index=True, referer=page)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class _RuleSet(Foreign):
    id: str = Field(alias="Id")
    name: str = Field("", alias="Name")
    default: bool = Field(False, alias="Default")
    languages: dict[str, str] = Field(alias="LanguageSwitcherPlaceholder")


class _RuleSets(Foreign):
    sets: tuple[_RuleSet, ...] = Field(alias="RuleSet")


def _onetrust_onward(served: Served, material: Material) -> Onward:
    accepts = "OneTrust's index: `RuleSet[].{Id, LanguageSwitcherPlaceholder}`"
    sets = parse_json(material, _RuleSets, accepts=accepts).sets
    usable = [one for one in sets if one.languages]
    if not usable:
        raise ListError([f"{material.name}: RuleSet: names no rule set with a language; accepted: {accepts}"])
    chosen = next((one for one in usable if one.default), usable[0])
    language = chosen.languages.get("default") or next(iter(chosen.languages.values()))
    base = served.address.partition("?")[0].rpartition("/")[0]
    notes = []
    if len(usable) > 1:
        which = chosen.name or chosen.id
        notes.append(
            f"{len(usable)} rule sets for different regions are served; this is {which!r}. A scan (--from-scan) "
            "tells which one a visitor there gets"
        )
    address = f"{base}/{chosen.id}/{language}.json"
    return Onward(served=served.model_copy(update={"address": address, "index": False}), notes=tuple(notes))


class _Document(Foreign):
    name: str = ""
    uuid: str


class _Website(Foreign):
    documents: tuple[_Document, ...]


def _termly_onward(served: Served, material: Material) -> Onward:
    accepts = "Termly's website: `documents[].{name, uuid}` with a document `Cookie Policy`"
    documents = parse_json(material, _Website, accepts=accepts).documents
    found = next((one for one in documents if one.name == "Cookie Policy" and re.fullmatch(_UUID, one.uuid)), None)
    if found is None:
        raise ListError([f"{material.name}: documents: hold no Cookie Policy; accepted: {accepts}"])
    address = f"{served.address}/documents/{found.uuid}/cookies"
    return Onward(served=served.model_copy(update={"address": address, "index": False}))
