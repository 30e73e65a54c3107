"""What a page of the torture site does, as its `truth.yaml` says, and what a visit recorded, in the same words.

Everything is compared both ways, and as often as it was done. What only some facts are asked for (`sends`, `blames`)
is looked up in the recording for exactly those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from crawler.observations import (
    CookieSighting,
    CookieWitness,
    Initiator,
    Operation,
    Record,
    RequestSighting,
    StorageSighting,
)
from crawler.visits import Visit
from tests.site_server import SITES

HOSTS: Final = {
    "www": "www.torture.localhost",
    "one": "pixels.torture-one.localhost",
    "two": "sync.torture-two.localhost",
    "plain": "plain.torture.test",
}
"""The site, two third parties, and an origin that is no secure context."""
START: Final = "www"
EITHER: Final = "either"


class Request(Record):
    url: str
    type: str = "image"
    status: int | Literal["either"] | None = 200
    """`either`: it depends on whether the answer or the end of its window comes first."""
    method: str = "GET"
    target: str = "page"
    by: str = "script"
    """`either`: the browser may or may not have kept who asked."""
    beacon: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    hops: int = 0
    frames: tuple[int, int] | None = None


class Cookie(Record):
    name: str
    domain: str = "www"
    by: str = "script"
    """`either`: DevTools or the network log, whichever is there when the answer comes."""
    operation: str = "write"
    target: str = "page"
    asked: float | None = None
    """Minutes; None: a session cookie."""
    kept: float | None = None
    """Minutes, as the jar had it."""
    because: tuple[str, ...] = ()
    """Why it was refused; empty: it was stored."""
    partitioned: bool = False
    set_by: str | None = None


class Stored(Record):
    key: str
    area: str = "local_storage"
    host: str = "www"
    container: str | None = None
    operation: str = "write"
    target: str = "page"
    how: str | None = None
    partitioned: bool = False
    size: int | None = None


class Mark(Record):
    what: str
    url: str


class Behaviour(Record):
    behaviour: str
    target: str = "page"
    says: str = ""
    """One detail of it, `name: value`."""


class Sends(Record):
    """Which cookies went along with a request, and which were held back."""

    url: str
    sent: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    """`name: reason reason`."""


class Blame(Record):
    """Who did it: the innermost script with its line, and the boundaries crossed on the way."""

    what: str
    script: str
    across: tuple[str, ...] = ()


Fact = Request | Cookie | Stored | Mark | Behaviour | Sends | Blame


class Truth(Record):
    """One page. A fact with `times: n` is done n times, `{n}` in its texts counting from 0, or from `from`."""

    title: str
    channel: str
    """Heading under which recall is told."""
    path: str = ""
    """Below the folder."""
    kept: bool = True
    """False: what the jar kept is not compared."""
    requests: tuple[Request, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    storage: tuple[Stored, ...] = ()
    markup: tuple[Mark, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    sends: tuple[Sends, ...] = ()
    blames: tuple[Blame, ...] = ()
    distinct: int = 0
    """Facts as written, each counted once however often it is done."""


@dataclass(frozen=True)
class TorturePage:
    host: str
    path: str
    truth: Truth

    @property
    def facts(self) -> Counter[Fact]:
        return Counter(_facts(self.truth))


_LISTS: Final = ("requests", "cookies", "storage", "markup", "behaviours", "sends", "blames")


def torture_pages(sites: Path = SITES) -> tuple[TorturePage, ...]:
    pages = []
    for name in (START, "plain"):
        folder = sites / HOSTS[name]
        for path in sorted(folder.rglob("truth.yaml")):
            truth = read_truth(path)
            at = path.parent.relative_to(folder).as_posix()
            pages.append(TorturePage(HOSTS[name], f"/{'' if at == '.' else at + '/'}{truth.path}", truth))
    return tuple(pages)


def read_truth(path: Path) -> Truth:
    written = YAML(typ="safe").load(path.read_text("utf-8"))
    distinct = 0
    for name in _LISTS:
        entries = written.get(name, ())
        distinct += len(entries)
        written[name] = [one for entry in entries for one in _times(entry)]
    return TypeAdapter(Truth).validate_python({**written, "distinct": distinct}, strict=False)


def _times(entry: dict[str, object]) -> Iterator[dict[str, object]]:
    times, first = entry.pop("times", 1), entry.pop("from", 0)
    assert isinstance(times, int)
    assert isinstance(first, int)
    for n in range(first, first + times):
        yield {key: value.replace("{n}", str(n)) if isinstance(value, str) else value for key, value in entry.items()}


def _facts(truth: Truth) -> Iterator[Fact]:
    for name in _LISTS:
        yield from getattr(truth, name)


# --- the recording in the same words


def recorded(visit: Visit, truth: Truth) -> Counter[Fact]:
    watched = {one.url for one in truth.sends}
    blamed = {one.what for one in truth.blames}
    asked = {one.url: one for one in truth.requests}
    set_either = {one.name for one in truth.cookies if one.by == EITHER}
    facts: list[Fact] = []
    for request in visit.requests:
        facts.append(_request(request, asked.get(short(request.url))))
        if short(request.url) in watched:
            facts.append(_sends(request))
        if short(request.url) in blamed:
            facts.append(_blame(short(request.url), request.initiator))
    for cookie in visit.cookies:
        facts.append(_cookie(cookie, kept=truth.kept, either=cookie.name in set_either))
        if cookie.name in blamed:
            facts.append(_blame(cookie.name, cookie.initiator))
    for item in visit.storage:
        facts.append(_stored(item, sized=any(one.size is not None and one.key == item.key for one in truth.storage)))
        if item.key in blamed:
            facts.append(_blame(item.key, item.initiator))
    facts += [Mark(what=mark.what, url=short(mark.url)) for mark in visit.markup]
    for seen in visit.behaviours:
        wanted = {one.says.partition(":")[0] for one in truth.behaviours if one.behaviour == seen.behaviour}
        says = next((f"{part.name}: {part.value}" for part in seen.detail if part.name in wanted), "")
        facts.append(Behaviour(behaviour=seen.behaviour, target=seen.target.value, says=says))
    return Counter(facts)


def short(url: str) -> str:
    """`www/path?query` for an address of the site; other addresses stay, without a port."""
    parts = urlsplit(url)
    name = next((name for name, host in HOSTS.items() if host == parts.hostname), None)
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    if name is not None and parts.scheme in ("http", "https", "ws"):
        return name + rest
    return url if parts.port is None else f"{parts.scheme}://{parts.hostname}{rest}"


def _host(domain: str) -> str:
    return next((name for name, host in HOSTS.items() if host == domain), domain)


def _request(request: RequestSighting, asked: Request | None) -> Request:
    raced = asked is not None and asked.status == EITHER
    by = request.initiator.kind.value if request.initiator else "nobody"
    return Request(
        url=short(request.url),
        type=request.resource_type,
        status=EITHER if raced else request.status,
        method=request.method,
        target=request.target.value,
        by=EITHER if asked and asked.by == EITHER else by,
        beacon=() if raced and request.resource_type == "image" else request.beacon,
        refused=request.refused_because,
        hops=len(request.redirect_chain),
        frames=request.messages,
    )


def _cookie(cookie: CookieSighting, *, kept: bool, either: bool) -> Cookie:
    witnesses = (CookieWitness.HEADER, CookieWitness.COOKIE_STORE, CookieWitness.SCRIPT, CookieWitness.NETLOG)
    by = next((witness.value for witness in witnesses if witness in cookie.seen_in), "nobody")
    removes = cookie.operation is Operation.REMOVE
    return Cookie(
        name=cookie.name,
        domain=_host(cookie.domain),
        by=EITHER if either else by,
        operation=cookie.operation.value,
        target=cookie.target.value,
        asked=0 if removes else _minutes(cookie.lifetime_asked),
        kept=_minutes(cookie.lifetime_kept) if kept else None,
        because=() if cookie.stored else cookie.refused_because,
        partitioned=cookie.partition_key is not None,
        set_by=short(cookie.set_by) if cookie.set_by else None,
    )


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60)


def _stored(item: StorageSighting, *, sized: bool) -> Stored:
    host = urlsplit(item.origin).hostname or item.origin
    key = short(item.key) if item.key.startswith("http") else item.key
    return Stored(
        key=key,
        area=item.area.value,
        host=_host(host),
        container=item.container,
        operation=item.operation.value,
        target=item.target.value,
        how=item.how,
        partitioned="^" in (item.storage_key or ""),
        size=item.size if sized else None,
    )


def _sends(request: RequestSighting) -> Sends:
    held = [f"{one.name}: {' '.join(one.withheld_because)}" for one in request.cookies if one.withheld_because]
    sent = [one.name for one in request.cookies if not one.withheld_because]
    return Sends(url=short(request.url), sent=tuple(sorted(sent)), withheld=tuple(sorted(held)))


def _blame(what: str, initiator: Initiator | None) -> Blame:
    frames = initiator.stack if initiator else ()
    caller = next((frame for frame in frames if frame.url), None)
    script = "nobody" if caller is None else f"{short(caller.url)}:{caller.line}"
    return Blame(what=what, script=script, across=tuple(frame.across for frame in frames if frame.across))


def words(fact: Fact) -> str:
    return f"{type(fact).__name__.lower()} {fact.model_dump(exclude_defaults=True)}"
