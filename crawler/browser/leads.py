"""Where a rendered page leads: its links and forms, read from its markup and not by asking its scripts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup, SoupStrainer, Tag

from crawler.visits import Form, Link

_MOST: Final = 500
"""Of each kind: a page may hold any number."""
_LONGEST: Final = 2000
_TEXT: Final = 120
_WANTED: Final = SoupStrainer(["a", "form", "base"])


def leads_of(html: str, *, url: str) -> tuple[tuple[Link, ...], tuple[Form, ...]]:
    """`url`: of the page, to which relative addresses belong."""
    soup = BeautifulSoup(html, "lxml", parse_only=_WANTED)
    named = soup.find("base", href=True)
    base = _joined(url, str(named["href"])) if isinstance(named, Tag) else url
    links: dict[str, Link] = {}
    for link in _links(soup, base or url):
        links.setdefault(link.url, link)
        if len(links) == _MOST:
            break
    forms = dict.fromkeys(islice(_forms(soup, base or url, page=url), _MOST))
    return tuple(links.values()), tuple(forms)


def _links(soup: BeautifulSoup, base: str) -> Iterator[Link]:
    for tag in soup.find_all("a", href=True):
        address = _joined(base, str(tag["href"]))
        if address.startswith(("http://", "https://")):
            yield Link(url=address, text=" ".join(tag.get_text().split())[:_TEXT])


def _forms(soup: BeautifulSoup, base: str, *, page: str) -> Iterator[Form]:
    for tag in soup.find_all("form"):
        action = str(tag.get("action") or "").strip()
        yield Form(
            id=str(tag.get("id") or "")[:_TEXT],
            action=_joined(base, action) if action else urldefrag(page).url[:_LONGEST],
            method=str(tag.get("method") or "get").lower()[:10],
        )


def _joined(base: str, address: str) -> str:
    """Empty for what is no address."""
    try:
        return urldefrag(urljoin(base, address.strip())).url[:_LONGEST]
    except ValueError:
        return ""
