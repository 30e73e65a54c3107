"""One witnessed write of a cookie, while what all witnesses say about it is being put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.browser.cdp import Json
from crawler.browser.cookie_lines import AskedCookie
from crawler.browser.events import Call
from crawler.browser.exchanges import Extra, Hop
from crawler.browser.netlog import LoggedAnswer
from crawler.browser.recorder import Moment, Place
from crawler.browser.values import aware
from crawler.observations import CookieWitness, Initiator, Operation, ValueDigest

Slot = tuple[str, str, str]
"""Name, domain, path."""


@dataclass(eq=False)
class CookieWrite:
    """A write, or a find in the jar."""

    moment: Moment
    place: Place
    asked: AskedCookie
    value: ValueDigest
    witnesses: list[CookieWitness]
    url: str
    initiator: Initiator | None = None
    extra: Extra | None = None
    partition_key: str | None = None
    refused: tuple[str, ...] = ()
    kept: float | None = None
    stored: bool | None = None
    operation: Operation = Operation.WRITE
    missing: bool = False
    ever_in_jar: bool = field(default=False)
    logged: LoggedAnswer | None = None
    """The answer that carried it, where only the browser's network log tells."""

    @property
    def key(self) -> Slot:
        return self.asked.name, self.asked.domain, self.asked.path

    @property
    def deletes(self) -> bool:
        return self.asked.lifetime is not None and self.asked.lifetime <= 0

    def operation_after(self, before: CookieWrite | None) -> Operation:
        if self.operation is Operation.PRESENT:
            return Operation.PRESENT
        if self.deletes:
            return Operation.REMOVE
        return Operation.WRITE if before is None else Operation.OVERWRITE


def partition_of(key: Json | str | None) -> str | None:
    if key is None or isinstance(key, str):
        return key
    site: str | None = key.get("topLevelSite")
    return site


def place_of_domain(hops: Sequence[Hop], domain: str) -> Place:
    """For a cookie that nobody saw being written: where its host was spoken to last."""
    for hop in reversed(hops):
        host = urlsplit(hop.url).hostname or ""
        if host == domain or host.endswith("." + domain):
            return Place(page=hop.place.page, frame=hop.place.frame, target=hop.place.target)
    return hops[0].place


def hop_at(hops: Iterable[Hop], url: str) -> Hop | None:
    return next((hop for hop in hops if hop.url == url), None)


def place_of_call(call: Call) -> Place:
    """A frame's setter may be called on the page's document: what is written to decides."""
    place, document = call.place, call.text(0)
    if call.kind == "cookie" and document != place.frame and document == place.page:
        return Place(page=place.page, frame=document, target=call.session.top.kind)
    return place


def store_line(call: Call) -> str:
    """A CookieStore call as the `Set-Cookie` line that asks the same; its defaults are Path=/ and SameSite=Strict."""
    name, value, domain, path, expires, same_site, partitioned = call.fields[:7]
    folder = str(path or "/")
    parts = [f"{name or ''}={'' if value is None else value}", f"Path={folder.rstrip('/')}/", "Secure"]
    if isinstance(domain, str) and domain:
        parts.append(f"Domain={domain}")
    if call.kind == "cookie_store.delete":
        parts.append("Max-Age=0")
    elif isinstance(expires, (int, float)):
        parts.append(f"Expires={aware(expires / 1000):%a, %d %b %Y %H:%M:%S GMT}")
    parts.append(f"SameSite={str(same_site or 'strict').capitalize()}")
    if partitioned:
        parts.append("Partitioned")
    return "; ".join(parts)
