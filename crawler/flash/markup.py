"""Where a page embeds Flash: object and embed elements, and scripts that would make them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from crawler.observations import Record

OBJECT, EMBED, SCRIPT = "flash_object", "flash_embed", "flash_script"
CONTENT_TYPES: Final = frozenset({"application/x-shockwave-flash", "application/futuresplash"})
CLASS_ID: Final = "d27cdb6e-ae6d-11cf-96b8-444553540000"
"""The ActiveX class of Flash, with which object elements name it."""

_EXCERPT: Final = 300
_MOST: Final = 50
_HINTS: Final = (".swf", "shockwave-flash", "futuresplash", "swfobject", "swf-object", CLASS_ID)
_LIBRARY = re.compile(r"swf-?object[\w.-]*\.js", re.I)
_LITERAL = re.compile(r"""(["'])([^"'<>\s]{1,500}\.swf(?:\?[^"'<>\s]{0,500})?)\1""", re.I)


class FlashMarkup(Record):
    what: str
    url: str
    """Of the film, absolute; of the library where only that is named; empty: the markup names neither."""
    excerpt: str


def flash_in(html: str, *, base: str) -> Iterator[FlashMarkup]:
    """Most pages hold none, so they cost a few plain searches; a pattern would be far slower."""
    lowered = html.lower()
    if not any(hint in lowered for hint in _HINTS):
        return
    found = 0
    for tag in BeautifulSoup(html, "html.parser").find_all(["object", "embed", "script"]):
        for what, address in _embedded(tag):
            yield FlashMarkup(what=what, url=_absolute(base, address), excerpt=str(tag)[:_EXCERPT])
            found += 1
            if found == _MOST:
                return


def is_film(url: str) -> bool:
    try:
        return urlsplit(url).path.lower().endswith(".swf")
    except ValueError:  # `http://[` and the like
        return False


def _embedded(tag: Tag) -> Iterator[tuple[str, str]]:
    if tag.name == "script":
        source = _attribute(tag, "src")
        if _LIBRARY.search(source):
            yield SCRIPT, source
        for address in dict.fromkeys(match[2] for match in _LITERAL.finditer(tag.get_text())):
            yield SCRIPT, address.replace("\\/", "/")
        return
    addresses = [_attribute(tag, "data" if tag.name == "object" else "src")]
    if tag.name == "object":
        params = [one for one in tag.find_all("param") if _attribute(one, "name").lower() in ("movie", "src")]
        addresses.extend(_attribute(one, "value") for one in params)
    film = next((address for address in addresses if is_film(address)), None)
    if film is None and not _says_flash(tag):
        return
    address = film or next(filter(None, addresses), "")
    yield (OBJECT if tag.name == "object" else EMBED), address


def _says_flash(tag: Tag) -> bool:
    named = _attribute(tag, "type").partition(";")[0].strip().lower() in CONTENT_TYPES
    return named or CLASS_ID in _attribute(tag, "classid").lower()


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return value.strip() if isinstance(value, str) else ""


def _absolute(base: str, address: str) -> str:
    if not address:
        return ""
    try:
        return urljoin(base, address)
    except ValueError:  # `http://[` and the like
        return address
