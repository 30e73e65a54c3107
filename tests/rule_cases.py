"""Rule cases in short form: a few words per sighting become whole visits, so that a case reads like a story."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from classifiers.audit import audit
from classifiers.base import Purpose
from classifiers.declaration import Declaration, parse_declaration
from classifiers.findings import Audit, Severity, VerdictKind
from classifiers.lifetimes import Lifetime, parse_lifetime
from classifiers.lists.formats import TcfVendor, TcfVendorList
from classifiers.lists.loaded import Lists
from classifiers.mails import parse_mail
from classifiers.tagplan.plan import TagPlan
from classifiers.tagplan.reading import parse_plan
from classifiers.tcf_vendors import TcfVendors
from classifiers.vendors import Catalogue
from classifiers.yaml_source import read_yaml
from crawler.observations import (
    BehaviourSighting,
    BodyField,
    CallFrame,
    Carried,
    CnameChain,
    Consent,
    CookieSighting,
    CookieWitness,
    Initiator,
    InitiatorKind,
    MarkupSighting,
    NameValue,
    Operation,
    Record,
    RequestSighting,
    SentCookie,
    SightingKind,
    StorageArea,
    StorageSighting,
    TargetKind,
    ValueDigest,
)
from crawler.visits import (
    Channel,
    ChannelState,
    Choice,
    ChoiceStatus,
    Click,
    Interface,
    InterfaceControl,
    PhaseSpan,
    Problem,
    ProblemKind,
    Scan,
    Visit,
    VisitStatus,
    WitnessReading,
)

CASES = Path(__file__).parent.parent / "fixtures" / "rule_cases"
START = datetime(2026, 6, 2, 3, 4, 5, tzinfo=UTC)
PAGE = "https://www.shop.example/"


class Short(Record):
    """Fields that any sighting may state; the rest follows from the visit."""

    at: float = 1.0
    consent: Consent | None = None
    phase: str | None = None
    by: str | None = None
    """URL of the script that did it, `https://host/a.js`; empty: the page's markup."""
    in_flight: bool = False


class ShortCookie(Short):
    name: str
    domain: str = "shop.example"
    lifetime: str | float = "session"
    kept: float | None = None
    value: str = "word"
    tokens: tuple[str, ...] = ()
    secure: bool = True
    http_only: bool = False
    same_site: Literal["Strict", "Lax", "None"] | None = "Lax"
    partitioned: bool = False
    op: Operation = Operation.WRITE
    set_by: str | None = None
    stored: bool | None = True
    refused: tuple[str, ...] = ()


class ShortStorage(Short):
    key: str
    area: StorageArea = StorageArea.LOCAL
    origin: str = "https://www.shop.example"
    container: str | None = None
    value: str = "word"
    tokens: tuple[str, ...] = ()
    op: Operation = Operation.WRITE
    seen_in: tuple[str, ...] = ("hook",)


class ShortRequest(Short):
    url: str
    method: str = "GET"
    type: str = "image"
    beacon: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    body: int = 0
    fields: dict[str, str] = Field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    status: int | None = 200
    refused: tuple[str, ...] = ()
    navigation: bool = False
    frame: str | None = None
    mime: str | None = None
    carries: tuple[Carried, ...] | None = ()
    etag: str | None = None


class ShortBehaviour(Short):
    behaviour: str
    calls: int = 1


class ShortMarkup(Short):
    what: str
    url: str = ""
    excerpt: str = ""


class ShortProblem(Record):
    kind: ProblemKind
    blinds: tuple[SightingKind, ...] = ()
    message: str = "It went wrong."


class ShortChoice(Record):
    wanted: Consent
    status: ChoiceStatus = ChoiceStatus.CONFIRMED
    at: float = 2.0
    clicks: int = 1
    witnesses: tuple[WitnessReading, ...] = ()
    why: str = ""


class ShortControl(Record):
    meaning: str
    role: str = "button"
    text: str = ""
    layer: int = 1
    checked: bool | None = None
    font_px: float | None = None
    contrast: float | None = None


class ShortInterface(Record):
    controls: tuple[ShortControl, ...]
    kind: str = "banner"
    platform: str | None = None
    text: str = "We use cookies"
    blocks_content: bool | None = None


class ShortVisit(Record):
    scenario: str = "silent"
    url: str = PAGE
    run: int = 1
    entry: bool = True
    status: VisitStatus = VisitStatus.COMPLETE
    problems: tuple[ShortProblem, ...] = ()
    dead: tuple[SightingKind, ...] = ()
    unwatched: tuple[str, ...] = ()
    """Channels that the visit does not have at all."""
    choices: tuple[ShortChoice, ...] = ()
    interfaces: tuple[ShortInterface, ...] = ()
    facts: dict[str, str] = Field(default_factory=dict)
    cookies: tuple[ShortCookie, ...] = ()
    storage: tuple[ShortStorage, ...] = ()
    requests: tuple[ShortRequest, ...] = ()
    behaviours: tuple[ShortBehaviour, ...] = ()
    markup: tuple[ShortMarkup, ...] = ()


class Case(Record):
    name: str
    expect: VerdictKind
    """Of the rule under the state in `under`, or under the worst where none is named."""
    under: str | None = None
    findings: int | None = None
    severity: Severity | None = None
    purpose: Purpose | None = None
    says: tuple[str, ...] = ()
    """Parts of the sentence of the verdict."""
    profile: str = "eu"
    declaration: str | None = None
    scenarios: tuple[str, ...] | None = None
    """Asked for; those of the visits where nothing is said."""
    cnames: tuple[CnameChain, ...] = ()
    plan: str | None = None
    """Text of the tag plan; `none`: no plan."""
    mails: dict[str, str] = Field(default_factory=dict)
    """File name → text of a sample."""
    tcf_vendors: dict[int, str] | None = None
    """Number → company of the TCF vendor list; None: it was not fetched."""
    visits: tuple[ShortVisit, ...]


class CaseFile(Record):
    rule: str
    declaration: str | None = None
    """Text of the declaration for all cases that bring none; `none` in a case: no declaration."""
    plan: str | None = None
    """Text of the tag plan for all cases that bring none."""
    cases: tuple[Case, ...]


def case_files() -> list[CaseFile]:
    return [read_yaml(path, CaseFile, what="rule case file") for path in sorted(CASES.glob("*.yaml"))]


def judge(case: Case, *, declaration: str | None, catalogue: Catalogue, plan: str | None = None) -> Audit:
    visits = [whole_visit(short) for short in case.visits]
    text = case.declaration if case.declaration is not None else declaration
    declared = parse_case_declaration(text)
    names = tuple(dict.fromkeys(visit.scenario for visit in visits))
    return audit(
        whole_scan(visits, scenarios=case.scenarios or names).model_copy(update={"cnames": case.cnames}),
        visits,
        declaration=declared,
        catalogue=catalogue,
        judged_at=START + timedelta(hours=1),
        profile=case.profile,
        plan=_plan(case.plan if case.plan is not None else plan, catalogue),
        mails=[parse_mail(text.encode(), file=file) for file, text in case.mails.items()],
        lists=None if case.tcf_vendors is None else VendorList(case.tcf_vendors),
    )


class VendorList(Lists):
    """As if this had been fetched, and nothing else."""

    def __init__(self, vendors: dict[int, str]) -> None:
        super().__init__()
        rows = {str(number): TcfVendor(id=number, name=name) for number, name in vendors.items()}
        self.tcf_vendors = TcfVendors.of([TcfVendorList(vendorListVersion=1, vendors=rows)])


def _plan(text: str | None, catalogue: Catalogue) -> TagPlan | None:
    return None if text is None or text == "none" else parse_plan(text, name="tagplan.yaml", catalogue=catalogue)


def parse_case_declaration(text: str | None) -> Declaration | None:
    if text is None or text == "none":
        return None
    head = "" if text.lstrip().startswith("schema:") else "schema: tracker-declaration/1\n"
    return parse_declaration(head + text, name="declaration.yaml")


def whole_scan(visits: list[Visit], *, scenarios: tuple[str, ...]) -> Scan:
    return Scan(
        id="case",
        started=START,
        finished=START + timedelta(minutes=1),
        urls=tuple(dict.fromkeys(visit.url for visit in visits if visit.entry)) or (PAGE,),
        scenarios=scenarios,
        runs=max((visit.run for visit in visits), default=1),
        tool_version="0",
        browser="Chromium 156",
        browser_path="chromium",
    )


def whole_visit(short: ShortVisit) -> Visit:
    choices = tuple(_choice(choice, short) for choice in short.choices)
    phases = _phases(short)
    builder = _Builder(short, phases)
    return Visit(
        id=f"{short.scenario}-{short.run}-{hashlib.sha256(short.url.encode()).hexdigest()[:8]}",
        url=short.url,
        final_url=short.url,
        scenario=short.scenario,
        run=short.run,
        entry=short.entry,
        started=START,
        duration=6.0,
        status=short.status,
        problems=tuple(
            Problem(kind=problem.kind, message=problem.message, blinds=problem.blinds) for problem in short.problems
        ),
        phases=phases,
        choices=choices,
        interfaces=tuple(_interface(interface) for interface in short.interfaces),
        channels=_channels(short),
        facts=tuple(NameValue(name=name, value=value) for name, value in sorted(short.facts.items())),
        cookies=tuple(builder.cookie(cookie) for cookie in short.cookies),
        storage=tuple(builder.stored(storage) for storage in short.storage),
        requests=tuple(builder.request(request) for request in short.requests),
        behaviours=tuple(builder.behaviour(behaviour) for behaviour in short.behaviours),
        markup=tuple(builder.markup(markup) for markup in short.markup),
    )


def _channels(short: ShortVisit) -> tuple[Channel, ...]:
    sees = {kind.value: kind for kind in SightingKind} | {"flash": SightingKind.MARKUP}
    return tuple(
        Channel(name=name, state=ChannelState.DEAD, sees=kind, note="it said nothing")
        if kind in short.dead
        else Channel(name=name, state=ChannelState.LIVE, sees=kind, events=1)
        for name, kind in sees.items()
        if name not in short.unwatched
    )


def _phases(short: ShortVisit) -> tuple[PhaseSpan, ...]:
    spans, begins, consent = [], 0.0, Consent.UNDECIDED
    name = "open"
    for choice in short.choices:
        spans.append(PhaseSpan(name=name, consent=consent, begins=begins, ends=choice.at, ended_by="still"))
        name, begins, consent = f"{choice.wanted.value}", choice.at, choice.wanted
    spans.append(PhaseSpan(name=name, consent=consent, begins=begins, ends=begins + 2.0, ended_by="still"))
    if short.choices:
        spans.append(
            PhaseSpan(name="reload", consent=consent, begins=begins + 2.0, ends=begins + 4.0, ended_by="still")
        )
    return tuple(spans)


def _choice(short: ShortChoice, visit: ShortVisit) -> Choice:
    click = Click(at=short.at, phase=short.wanted.value, element="button", text="…", box=None, frame=visit.url)
    return Choice(
        wanted=short.wanted,
        status=short.status,
        found_by=None if short.status is ChoiceStatus.NOT_OFFERED else "words:en",
        at=None if short.status is ChoiceStatus.NOT_OFFERED else short.at,
        order=None,
        tried=("words:en",),
        clicks=(click,) * short.clicks,
        witnesses=short.witnesses,
        why=short.why,
    )


def _interface(short: ShortInterface) -> Interface:
    return Interface(
        kind=short.kind,
        platform=short.platform,
        text=short.text,
        controls=tuple(InterfaceControl(**control.model_dump()) for control in short.controls),
        blocks_content=short.blocks_content,
    )


class _Builder:
    """Fills in what the engine would stamp."""

    def __init__(self, short: ShortVisit, phases: tuple[PhaseSpan, ...]) -> None:
        self._url, self._phases, self._count = short.url, phases, 0

    def _stamp(self, letter: str, short: Short) -> dict[str, object]:
        self._count += 1
        span = next((phase for phase in self._phases if phase.begins <= short.at < phase.ends), self._phases[-1])
        return {
            "id": f"{letter}{self._count}",
            "consent": short.consent or span.consent,
            "phase": short.phase or span.name,
            "order": round(short.at * 1000) * 100 + self._count,
            "at": short.at,
            "wall": START + timedelta(seconds=short.at),
            "page": self._url,
            "frame": self._url,
            "target": TargetKind.PAGE,
            "initiator": _initiator(short.by, self._url),
            "in_flight": short.in_flight,
        }

    def cookie(self, short: ShortCookie) -> CookieSighting:
        return CookieSighting.model_validate(
            {
                **self._stamp("c", short),
                "operation": short.op,
                "name": short.name,
                "domain": short.domain,
                "path": "/",
                "host_only": False,
                "secure": short.secure,
                "http_only": short.http_only,
                "same_site": short.same_site,
                "partitioned": short.partitioned,
                "lifetime_asked": _seconds(parse_lifetime(short.lifetime)),
                "lifetime_kept": short.kept,
                "value": _value(short.value, short.tokens),
                "raw": f"{short.name}=…",
                "seen_in": (CookieWitness.HEADER if short.set_by else CookieWitness.SCRIPT,),
                "stored": short.stored,
                "refused_because": short.refused,
                "set_by": short.set_by,
            }
        )

    def stored(self, short: ShortStorage) -> StorageSighting:
        return StorageSighting.model_validate(
            {
                **self._stamp("s", short),
                "area": short.area,
                "operation": short.op,
                "origin": short.origin,
                "container": short.container,
                "key": short.key,
                "size": 10,
                "value": _value(short.value, short.tokens),
                "seen_in": short.seen_in,
            }
        )

    def request(self, short: ShortRequest) -> RequestSighting:
        fields = tuple(
            BodyField(name=name, value=_value("text", short.tokens), plain=plain)
            for name, plain in short.fields.items()
        )
        stamp = self._stamp("r", short)
        return RequestSighting.model_validate(
            {
                **stamp,
                "frame": short.frame or stamp["frame"],
                "url": short.url,
                "method": short.method,
                "resource_type": short.type,
                "navigation": short.navigation,
                "body_size": short.body or 10 * len(fields),
                "body_fields": fields,
                "cookies": tuple(SentCookie(name=name) for name in short.cookies),
                "status": short.status,
                "mime": short.mime,
                "response_headers": (NameValue(name="etag", value=short.etag),) if short.etag else (),
                "carries": short.carries,
                "refused_because": short.refused,
                "beacon": short.beacon,
            }
        )

    def behaviour(self, short: ShortBehaviour) -> BehaviourSighting:
        return BehaviourSighting.model_validate(
            {**self._stamp("b", short), "behaviour": short.behaviour, "calls": short.calls}
        )

    def markup(self, short: ShortMarkup) -> MarkupSighting:
        return MarkupSighting.model_validate(
            {**self._stamp("m", short), "what": short.what, "url": short.url, "excerpt": short.excerpt}
        )


def _initiator(script: str | None, page: str) -> Initiator:
    if script is None:
        return Initiator(kind=InitiatorKind.PARSER, url=page)
    frame = CallFrame(function="send", url=script, line=12, column=3)
    return Initiator(kind=InitiatorKind.SCRIPT, url=script, line=12, stack=(frame,))


def _seconds(lifetime: Lifetime) -> float | None:
    return lifetime if isinstance(lifetime, float) else None


_LENGTHS = {"uuid": 36, "hex": 32, "number": 10, "flag": 1, "empty": 0, "email": 20}


def _value(shape: str, tokens: tuple[str, ...]) -> ValueDigest:
    return ValueDigest(
        digest=f"d-{shape}-{'-'.join(tokens)}", length=_LENGTHS.get(shape, 6), shape=shape, tokens=tokens
    )
