"""What the demo's pages do, computed from their `truth.json` manifests: the yardstick that recordings are held against.

A manifest says for each host what it *can* do (`items`), in which order it does it (`parts`), and for a site which
parts its pages use and when. From that follows, for one page under one scenario, every cookie write, storage write and
request by phase. Nothing here looks at a recording except `recorded`, which brings a visit into the same form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from classifiers.base import Purpose
from crawler.observations import Consent, CookieSighting, CookieWitness, Operation
from crawler.scenarios import MADE_BY, SCENARIOS, Action, Scenario
from crawler.visits import Visit
from tests.manifests import (
    MOMENTS,
    CookieItem,
    Manifest,
    Moment,
    Page,
    Policy,
    RequestItem,
    Step,
    StorageItem,
    Vendor,
    When,
)
from tests.site_server import SITES


class PageId(NamedTuple):
    host: str
    path: str


class RequestKey(NamedTuple):
    phase: str
    method: str
    host: str
    path: str
    type: str
    status: int | None


class CookieKey(NamedTuple):
    phase: str
    name: str
    domain: str
    path: str
    by: str
    lifetime: int | None
    """Whole minutes: a script's `expires` lies some milliseconds short."""
    secure: bool
    http_only: bool
    same_site: str | None
    removes: bool
    stored: bool


class StorageKey(NamedTuple):
    phase: str
    area: str
    host: str
    container: str | None
    key: str
    operation: str


@dataclass(frozen=True)
class Deed:
    """One thing done: which item of which host, on which page, in which phase, under which consent."""

    page: PageId
    scenario: str
    phase: str
    consent: Consent
    host: str
    item: RequestItem | CookieItem | StorageItem
    vendor: Vendor | None
    repeated: bool
    """Done before in this visit: an overwrite."""

    @property
    def purpose(self) -> Purpose:
        return self.item.purpose or (self.vendor.purpose if self.vendor else Purpose.NECESSARY)

    @property
    def key(self) -> RequestKey | CookieKey | StorageKey:
        item = self.item
        if isinstance(item, RequestItem):
            return RequestKey(self.phase, item.method, self.host, item.path, item.type, item.status)
        if isinstance(item, CookieItem):
            return CookieKey(
                self.phase, item.name, self.owner, "/", item.by, _minutes(item.lifetime), item.secure, item.http_only,
                item.same_site, item.removes, item.refused is None,
            )  # fmt: skip
        operation = Operation.OVERWRITE if self.repeated else Operation.WRITE
        return StorageKey(self.phase, item.area, self.owner, item.container, item.key, operation)

    @property
    def owner(self) -> str:
        """Domain of a cookie, host of a storage origin, host of a request."""
        if isinstance(self.item, CookieItem) and self.item.domain == "page-site":
            return site_of(self.page.host)
        if isinstance(self.item, StorageItem) and self.item.origin == "page":
            return self.page.host
        return self.host


@dataclass(frozen=True)
class Done:
    """Multisets, so that a thing done twice must be recorded twice."""

    requests: Counter[RequestKey] = field(default_factory=Counter)
    cookies: Counter[CookieKey] = field(default_factory=Counter)
    storage: Counter[StorageKey] = field(default_factory=Counter)

    def differences(self, seen: Done) -> list[str]:
        """`missing` and `extra` lines; empty: equal."""
        lines = []
        for done, found in (
            (self.requests, seen.requests),
            (self.cookies, seen.cookies),
            (self.storage, seen.storage),
        ):
            lines += [f"missing {count} × {key}" for key, count in (Counter(done) - Counter(found)).items()]
            lines += [f"extra   {count} × {key}" for key, count in (Counter(found) - Counter(done)).items()]
        return lines

    def __len__(self) -> int:
        return self.requests.total() + self.cookies.total() + self.storage.total()


class Truth:
    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self.manifests = {manifest.host: manifest for manifest in manifests}

    @classmethod
    def load(cls, sites: Path = SITES, *, of: str = "business.localhost") -> Truth:
        """All manifests that the pages of the site `of` can reach."""
        found = {path.parent.name: path for path in sorted(sites.glob("*/truth.json"))}
        wanted = [host for host in found if site_of(host) == of]
        read: dict[str, Manifest] = {}
        while wanted:
            host = wanted.pop()
            if host in read:
                continue
            read[host] = manifest = Manifest.model_validate_json(found[host].read_text())
            steps = [step for part in manifest.parts.values() for step in part]
            steps += [step for page in manifest.pages.values() for step in page.does]
            wanted += [
                step.part.partition("#")[0]
                for step in steps
                if isinstance(step, Step) and step.part and "#" in step.part
            ]
        return cls(read.values())

    @property
    def pages(self) -> tuple[PageId, ...]:
        return tuple(PageId(host, path) for host, manifest in self.manifests.items() for path in manifest.pages)

    @property
    def entry(self) -> PageId:
        return next(PageId(host, manifest.entry) for host, manifest in self.manifests.items() if manifest.entry)

    @property
    def policies(self) -> Iterator[tuple[PageId, Policy]]:
        for host, manifest in self.manifests.items():
            if manifest.policy:
                yield PageId(host, manifest.policy.page), manifest.policy

    def page(self, page: PageId) -> Page:
        return self.manifests[page.host].pages[page.path]

    def deeds(self, page: PageId, scenario: Scenario | str, *, carried: bool = False) -> tuple[Deed, ...]:
        """In the order of the manifests. A page without a bar cannot be given a choice: nothing happens, and it stays
        undecided. `carried`: it is only opened, with the choice that was made on another page."""
        scenario = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
        consent, done = Consent.UNDECIDED, set[int]()
        deeds: list[Deed] = []
        phases = scenario.phases
        if carried:
            (consent,), phases = scenario.choices, phases[:1]
        for phase in phases:
            if phase.action in MADE_BY:
                if not self.page(page).bar:
                    continue
                consent = MADE_BY[phase.action]
                moment = Moment.ACCEPT if phase.action is Action.ACCEPT else Moment.REJECT
            else:
                moment = Moment(f"load_{consent.value}")
            for host, step, item in self._walk(page.host, self.page(page).does, moment):
                repeated = id(item) in done
                if step.once and repeated:
                    continue
                done.add(id(item))
                vendor = self.manifests[host].vendor
                deeds.append(Deed(page, scenario.name, phase.name, consent, host, item, vendor, repeated))
        return tuple(deeds)

    def done(self, page: PageId, scenario: Scenario | str) -> Done:
        done = Done()
        for deed in self.deeds(page, scenario):
            match deed.key:
                case RequestKey() as key:
                    done.requests[key] += 1
                case CookieKey() as key:
                    done.cookies[key] += 1
                case StorageKey() as key:
                    done.storage[key] += 1
        return done

    def _walk(
        self, host: str, steps: Iterable[Step | str], moment: Moment
    ) -> Iterator[tuple[str, Step, RequestItem | CookieItem | StorageItem]]:
        """Steps that happen at the moment. Of a part inside a part, both must say so."""
        for given in steps:
            step = Step(item=given) if isinstance(given, str) else given
            if step.item is not None:
                if self._happens(step, moment):
                    yield host, step, self.manifests[host].items[step.item]
            elif step.part is not None:
                other, _, name = step.part.rpartition("#")
                owner = other or host
                if step.when is None or moment in MOMENTS[step.when]:
                    inner = self.manifests[owner].parts[name]
                    yield from self._walk(owner, _under(step, inner), moment)

    @staticmethod
    def _happens(step: Step, moment: Moment) -> bool:
        return moment in MOMENTS[step.when or When.ALWAYS]


def _under(outer: Step, steps: Iterable[Step | str]) -> Iterator[Step]:
    """What a part's steps inherit: the habit of the part, unless they have their own."""
    for given in steps:
        step = Step(item=given) if isinstance(given, str) else given
        yield step if step.when is not None or outer.when is None else step.model_copy(update={"when": outer.when})


def site_of(host: str) -> str:
    """Registrable domain of a `*.localhost` host: its last two labels."""
    return ".".join(host.split(".")[-2:])


def _minutes(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds / 60)


def recorded(visit: Visit) -> Done:
    """A visit's sightings as multisets of the same keys. What only a snapshot found was done before, or is missing."""
    done = Done()
    for request in visit.requests:
        url = urlsplit(request.url)
        key = (request.phase, request.method, url.hostname or "", url.path, request.resource_type, request.status)
        done.requests[RequestKey(*key)] += 1
    for cookie in visit.cookies:
        if cookie.operation is not Operation.PRESENT:
            done.cookies[_cookie_key(cookie)] += 1
    for item in visit.storage:
        if item.operation is not Operation.PRESENT:
            host = urlsplit(item.origin).hostname or ""
            kind = (item.area.value, host, item.container, item.key, item.operation.value)
            done.storage[StorageKey(item.phase, *kind)] += 1
    return done


def _cookie_key(cookie: CookieSighting) -> CookieKey:
    witnesses = (CookieWitness.HEADER, CookieWitness.COOKIE_STORE, CookieWitness.SCRIPT)
    by = next((witness.value for witness in witnesses if witness in cookie.seen_in), "nobody")
    removes = cookie.operation is Operation.REMOVE
    return CookieKey(
        cookie.phase, cookie.name, cookie.domain, cookie.path, by, 0 if removes else _minutes(cookie.lifetime_asked),
        cookie.secure, cookie.http_only, cookie.same_site, removes, cookie.stored is not False,
    )  # fmt: skip
