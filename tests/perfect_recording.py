"""Visits as a recorder that misses nothing would write them, made from the manifests: for judging without a browser."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import blake2b

from crawler.observations import (
    Carried,
    Consent,
    CookieSighting,
    CookieWitness,
    Initiator,
    InitiatorKind,
    Operation,
    RequestSighting,
    StorageSighting,
    TargetKind,
    ValueDigest,
)
from crawler.scenarios import DEFAULT_SCENARIOS, MADE_BY, SCENARIOS
from crawler.visits import (
    Choice,
    ChoiceStatus,
    Interface,
    PhaseSpan,
    Problem,
    ProblemKind,
    Scan,
    Visit,
    VisitStatus,
    visit_id,
)
from tests.manifests import CookieItem, RequestItem, StorageItem
from tests.truth import Deed, PageId, Truth

PORT = 8000
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PHASE = 5.0
"""Seconds that each phase takes: well beyond any grace after a choice."""
BEACONS = {"pixel": ("1×1 image",), "sendBeacon": ("sendBeacon",), "keepalive": ("fetch keepalive",)}


def recording(truth: Truth) -> tuple[Scan, tuple[Visit, ...]]:
    visits = tuple(visit(truth, page, scenario) for page in truth.pages for scenario in DEFAULT_SCENARIOS)
    scan = Scan(
        id="perfect",
        started=START,
        finished=START,
        urls=(f"http://www.business.localhost:{PORT}/",),
        scenarios=DEFAULT_SCENARIOS,
        tool_version="0",
        browser="none",
        browser_path="",
        discovered=len(truth.pages),
    )
    return scan, visits


def visit(truth: Truth, page: PageId, scenario: str) -> Visit:
    deeds = truth.deeds(page, scenario)
    bar = truth.page(page).bar
    phases, choices = _phases(scenario, bar=bar)
    sightings = [_sighting(number, deed, phases) for number, deed in enumerate(deeds)]
    url = f"http://{page.host}:{PORT}{page.path}"
    refused = any(choice.status is not ChoiceStatus.CONFIRMED for choice in choices)
    missing = Problem(kind=ProblemKind.NO_CONTROL, message="No control for the choice was found.")
    return Visit(
        id=visit_id(url=url, scenario=scenario, run=1),
        url=url,
        final_url=url,
        scenario=scenario,
        entry=page == truth.entry,
        title=truth.page(page).title,
        http_status=200,
        started=START,
        duration=PHASE * len(phases),
        status=VisitStatus.PARTIAL if refused else VisitStatus.COMPLETE,
        problems=(missing,) if refused else (),
        phases=tuple(phases),
        choices=tuple(choices),
        interfaces=(Interface(kind="banner", platform=None, text="Cookies", controls=()),) if bar else (),
        cookies=tuple(s for s in sightings if isinstance(s, CookieSighting)),
        storage=tuple(s for s in sightings if isinstance(s, StorageSighting)),
        requests=tuple(s for s in sightings if isinstance(s, RequestSighting)),
    )


def _phases(scenario: str, *, bar: bool) -> tuple[list[PhaseSpan], list[Choice]]:
    phases: list[PhaseSpan] = []
    choices: list[Choice] = []
    consent = Consent.UNDECIDED
    for phase in SCENARIOS[scenario].phases:
        begins = PHASE * len(phases)
        wanted = MADE_BY.get(phase.action)
        if wanted is not None:
            status = ChoiceStatus.CONFIRMED if bar else ChoiceStatus.NOT_OFFERED
            choices.append(
                Choice(
                    wanted=wanted,
                    status=status,
                    found_by="recipe" if bar else None,
                    at=begins,
                    order=1000 * len(phases),
                )
            )
            consent = wanted if bar else consent
        phases.append(PhaseSpan(name=phase.name, consent=consent, begins=begins, ends=begins + PHASE, ended_by="still"))
    return phases, choices


def _sighting(
    number: int, deed: Deed, phases: Iterable[PhaseSpan]
) -> CookieSighting | StorageSighting | RequestSighting:
    at = next(phase.begins for phase in phases if phase.name == deed.phase) + 0.1
    item = deed.item
    letter = {"cookie": "c", "storage": "s", "request": "r"}[item.kind]
    page = f"http://{deed.page.host}:{PORT}{deed.page.path}"
    common = {
        "id": f"{letter}{number}",
        "consent": deed.consent,
        "phase": deed.phase,
        "order": 10_000 + number,
        "at": at,
        "wall": START,
        "page": page,
        "frame": page,
        "target": TargetKind.PAGE,
        "initiator": Initiator(kind=InitiatorKind.SCRIPT, url=page),
    }
    if isinstance(item, CookieItem):
        return CookieSighting.model_validate(common | _cookie(deed, item))
    if isinstance(item, StorageItem):
        operation = Operation.OVERWRITE if deed.repeated else Operation.WRITE
        return StorageSighting.model_validate(
            common
            | {
                "area": item.area,
                "operation": operation,
                "origin": f"http://{deed.owner}:{PORT}",
                "container": item.container,
            }
            | {"key": item.key, "size": 20, "value": _value(deed, item), "seen_in": ("hook",)}
        )
    told = deed.vendor.container if deed.vendor else None
    fields = [f"{name}={told if name == 'id' and told else 'x'}" for name in item.fields]
    query = "?" + "&".join(fields) if fields and item.method == "GET" else ""
    return RequestSighting.model_validate(
        common
        | {"url": f"http://{deed.host}:{PORT}{item.path}{query}", "method": item.method, "resource_type": item.type}
        | {"status": item.status, "beacon": BEACONS[item.beacon] if item.beacon else ()}
        | {"body_size": 10 if item.method == "POST" else 0, "carries": tuple(_carried(deed, item))}
    )


def _cookie(deed: Deed, item: CookieItem) -> dict[str, object]:
    kept = None if item.refused or item.lifetime is None else min(item.lifetime, 400 * 86_400.0)
    return {
        "operation": Operation.REMOVE if item.removes else Operation.OVERWRITE if deed.repeated else Operation.WRITE,
        "name": item.name,
        "domain": deed.owner,
        "path": "/",
        "host_only": item.domain == "own",
        "secure": item.secure,
        "http_only": item.http_only,
        "same_site": item.same_site,
        "lifetime_asked": item.lifetime,
        "lifetime_kept": kept,
        "value": _value(deed, item),
        "raw": f"{item.name}=…",
        "seen_in": (CookieWitness(item.by),),
        "stored": item.refused is None,
        "refused_because": (item.refused,) if item.refused else (),
    }


def _carried(deed: Deed, item: RequestItem) -> Iterable[Carried]:
    for reference in item.carries:
        host, _, name = reference.rpartition("#")
        yield Carried(token=_token(deed, host or deed.host, name), place="query", name="id")


def _value(deed: Deed, item: CookieItem | StorageItem) -> ValueDigest:
    name = item.same_as or (item.name if isinstance(item, CookieItem) else item.key)
    if item.identifier or item.same_as:
        token = _token(deed, deed.host, name)
        return ValueDigest(digest=token, length=32, shape="hex", tokens=(token,))
    return ValueDigest(digest=_token(deed, deed.host, f"word {name}"), length=5, shape="word")


def _token(deed: Deed, host: str, name: str) -> str:
    """Each visit has a fresh profile, and gets identifiers of its own."""
    return blake2b(repr((deed.page, deed.scenario, host, name)).encode(), digest_size=16).hexdigest()
