"""The words of a page as one digest: equal for equal words, whatever markup carries them.

How it is made, so that others can make it too:

1. Read the rendered page (its serialised DOM; shadow trees and frames are documents of their own and not in it).
2. Leave out `head`, `script`, `style`, `template`, `noscript`, `iframe`, `object`, `svg` and `textarea`; what has the
   attribute `hidden` (unless `until-found`) or an own `style` of `display: none` or `visibility: hidden`; each `dialog`
   that is not `open`; comments. What only a style sheet hides is not known to be hidden, and stays.
3. Join the text that is left, in document order. Apply Unicode case folding, then NFKC.
4. Drop all white space and all format characters (general category Cf, such as soft hyphens): where words are parted
   depends on the markup between them.
5. SHA-256 of the UTF-8 octets, in lower-case hexadecimal digits.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import Final

from bs4 import BeautifulSoup, Tag

_UNREAD: Final = frozenset(("head", "script", "style", "template", "noscript", "iframe", "object", "svg", "textarea"))
_HIDING: Final = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)


def text_digest(html: str) -> str | None:
    """SHA-256 as hexadecimal digits; None for a page without a word, which says nothing about any text."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(_is_unread):
        tag.extract()
    folded = unicodedata.normalize("NFKC", soup.get_text().casefold())
    words = "".join(one for one in folded if not one.isspace() and unicodedata.category(one) != "Cf")
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest() if words else None


def _is_unread(tag: Tag) -> bool:
    if tag.name in _UNREAD or (tag.name == "dialog" and not tag.has_attr("open")):
        return True
    if tag.has_attr("hidden") and str(tag["hidden"]).strip().lower() != "until-found":
        return True
    return _HIDING.search(str(tag.get("style") or "")) is not None
