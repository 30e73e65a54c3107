"""Audits made by hand for tests of reports: rich, hostile, empty and large ones. Nothing here was observed."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from classifiers.base import Label, Party, Purpose, Vote
from classifiers.findings import (
    Audit,
    Claim,
    Confidence,
    Coverage,
    DeclaredState,
    Finding,
    Item,
    Outcome,
    Place,
    Severity,
    Subject,
    Undecided,
    Verdict,
    VerdictKind,
)
from classifiers.traces import trace_of
from crawler.observations import (
    AnySighting,
    BehaviourSighting,
    CallFrame,
    Consent,
    CookieSighting,
    CookieWitness,
    Initiator,
    InitiatorKind,
    NameValue,
    Operation,
    RequestSighting,
    StorageArea,
    StorageSighting,
    TargetKind,
    ValueDigest,
)
from crawler.visits import (
    Box,
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
from reports.baseline import Baseline, BaselineEntry
from reports.context import Context, ManifestEntry, RuleAccuracy, RuleText
from reports.differences import diff
from reports.waivers import Waiver, WaiverMatch

BEGAN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SITE = "atelier-nord.example"
HOME = f"https://www.{SITE}/"
SHOP = f"https://www.{SITE}/shop/chairs?colour=oak"
POLICY = f"https://www.{SITE}/privacy"
MANAGER = "https://tags.tagmill.example/gtm.js?id=TM-4821"
METRICS = "https://cdn.pulsemetrics.example/pm.js"
ADS = "https://ads.adnimbus.example/pixel.js"
DECLARATION = "declaration.yaml"
PICTURE = "banner.png"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _value(text: str, shape: str = "hex") -> ValueDigest:
    return ValueDigest(digest=_sha(text)[:32], length=len(text), shape=shape)


class _Recorder:
    """Gives sightings their ids and order, as the engine would."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.order = 0
        self.cookies: list[CookieSighting] = []
        self.storage: list[StorageSighting] = []
        self.requests: list[RequestSighting] = []
        self.behaviours: list[BehaviourSighting] = []

    def _wall(self, at: float) -> datetime:
        self.order += 1
        return BEGAN + timedelta(seconds=at)

    def cookie(
        self,
        name: str,
        domain: str,
        at: float,
        consent: Consent,
        *,
        lifetime: float | None = 34560000.0,
        script: str | None = None,
        set_by: str | None = None,
        operation: Operation = Operation.WRITE,
    ) -> str:
        sighting = CookieSighting(
            id=f"c{len(self.cookies) + 1}",
            consent=consent,
            phase="open",
            wall=self._wall(at),
            order=self.order,
            at=at,
            page=self.page,
            frame=self.page,
            target=TargetKind.PAGE,
            initiator=_by(script) if script else None,
            operation=operation,
            name=name,
            domain=domain,
            path="/",
            host_only=False,
            secure=True,
            http_only=False,
            same_site="Lax",
            lifetime_asked=lifetime,
            lifetime_kept=None if lifetime is None else min(lifetime, 34560000.0),
            value=_value(name),
            raw=f"{name}=…; Domain={domain}; Path=/; Max-Age={lifetime or 0:.0f}; Secure; SameSite=Lax",
            seen_in=(CookieWitness.SCRIPT if script else CookieWitness.HEADER, CookieWitness.JAR),
            stored=True,
            set_by=set_by,
        )
        self.cookies.append(sighting)
        return sighting.id

    def store(self, key: str, origin: str, at: float, consent: Consent, script: str) -> str:
        sighting = StorageSighting(
            id=f"s{len(self.storage) + 1}",
            consent=consent,
            phase="open",
            wall=self._wall(at),
            order=self.order,
            at=at,
            page=self.page,
            frame=self.page,
            target=TargetKind.PAGE,
            initiator=_by(script),
            area=StorageArea.LOCAL,
            operation=Operation.WRITE,
            origin=origin,
            key=key,
            size=48,
            value=_value(key, "uuid"),
            seen_in=("hook", "dom_storage"),
            how="Storage.setItem",
        )
        self.storage.append(sighting)
        return sighting.id

    def request(
        self,
        url: str,
        at: float,
        consent: Consent,
        *,
        kind: str = "script",
        beacon: tuple[str, ...] = (),
        script: str | None = None,
    ) -> str:
        sighting = RequestSighting(
            id=f"r{len(self.requests) + 1}",
            consent=consent,
            phase="open",
            wall=self._wall(at),
            order=self.order,
            at=at,
            page=self.page,
            frame=self.page,
            target=TargetKind.PAGE,
            initiator=_by(script) if script else Initiator(kind=InitiatorKind.PARSER, url=self.page, line=12),
            url=url,
            method="GET",
            resource_type=kind,
            status=200,
            mime="image/gif" if beacon else "application/javascript",
            response_size=43 if beacon else 18211,
            pixel=(1, 1) if beacon else None,
            beacon=beacon,
        )
        self.requests.append(sighting)
        return sighting.id

    def behave(self, what: str, at: float, consent: Consent, script: str) -> str:
        sighting = BehaviourSighting(
            id=f"b{len(self.behaviours) + 1}",
            consent=consent,
            phase="open",
            wall=self._wall(at),
            order=self.order,
            at=at,
            page=self.page,
            frame=self.page,
            target=TargetKind.PAGE,
            initiator=_by(script),
            behaviour=what,
            calls=3,
        )
        self.behaviours.append(sighting)
        return sighting.id


def _by(script: str) -> Initiator:
    frame = CallFrame(function="send", url=script, line=1, column=2048)
    return Initiator(kind=InitiatorKind.SCRIPT, url=script, line=1, column=2048, stack=(frame,))


_CHANNELS = (
    Channel(name="cookie.header", state=ChannelState.LIVE, sees=CookieSighting.kind, events=4),
    Channel(name="storage.indexed_db", state=ChannelState.LIVE, sees=StorageSighting.kind),
)
_BANNER = Interface(
    kind="banner",
    platform="Consentia",
    text="We and our partners use cookies to measure how the shop is used and to show you relevant offers.",
    controls=(
        InterfaceControl(
            role="button",
            meaning="accept",
            text="Accept all",
            layer=1,
            box=Box(x=900, y=760, width=180, height=48),
            font_px=16,
            font_weight=700,
            contrast=8.4,
        ),
        InterfaceControl(
            role="link",
            meaning="reject",
            text="Continue without accepting",
            layer=1,
            box=Box(x=930, y=820, width=150, height=18),
            font_px=11,
            font_weight=400,
            contrast=3.1,
        ),
        InterfaceControl(role="checkbox", meaning="toggle", text="Marketing", layer=2, checked=True),
    ),
    language="en",
    screenshot=PICTURE,
)


def _choice(scenario: str, status: ChoiceStatus) -> Choice:
    wanted = Consent.ACCEPTED if scenario == "accept" else Consent.REJECTED
    said = wanted if status is ChoiceStatus.CONFIRMED else None
    return Choice(
        wanted=wanted,
        status=status,
        found_by="words:en",
        at=2.31,
        order=9,
        tried=("recipe", "autoconsent", "words:en"),
        clicks=(
            Click(
                at=2.31,
                phase=scenario,
                element='button "#accept-all"' if scenario == "accept" else 'a "#continue-without"',
                text="Accept all" if scenario == "accept" else "Continue without accepting",
                box=Box(x=900, y=760, width=180, height=48),
                frame=HOME,
                screenshot=PICTURE,
            ),
        ),
        witnesses=(
            WitnessReading(
                witness="interface", before="shown", after="gone", says=wanted, detail="The banner is no longer shown."
            ),
            WitnessReading(
                witness="consent_record",
                before=None,
                after="consentia_choice",
                says=said,
                detail="A record of the choice was written.",
            ),
        ),
        why="Two independent witnesses agree." if said else "Only one witness could tell.",
    )


def _visit(page: str, scenario: str, *, entry: bool, status: VisitStatus = VisitStatus.COMPLETE) -> Visit:
    """The site's own behaviour: an ad pixel that fires at once, analytics that stops asking after refusal."""
    before = Consent.UNDECIDED
    after = {"accept": Consent.ACCEPTED, "reject": Consent.REJECTED}.get(scenario)
    seen = _Recorder(page)
    seen.request(f"https://www.{SITE}/app.css", 0.06, before, kind="stylesheet")
    seen.cookie("session", f"www.{SITE}", 0.11, before, lifetime=None, set_by=page)
    seen.request(MANAGER, 0.19, before)
    seen.request(ADS, 0.34, before, script=MANAGER)
    seen.cookie("_nimbus_id", SITE, 0.52, before, lifetime=63072000.0, script=ADS)
    seen.request(f"https://ads.adnimbus.example/tr?id=771&u={page}", 0.58, before, kind="image", beacon=("pixel 1×1",))
    seen.store("nimbus.visitor", f"https://www.{SITE}", 0.61, before, ADS)
    if entry:
        seen.behave("canvas_fingerprint", 0.75, before, ADS)
    if after is not None:
        seen.cookie("consentia_choice", f"www.{SITE}", 2.36, after, lifetime=15552000.0, script=page)
        if after is Consent.ACCEPTED:
            seen.request(METRICS, 2.55, after, script=MANAGER)
            seen.cookie("_pm", SITE, 2.71, after, script=METRICS)
            seen.cookie("_pm_84213", SITE, 2.72, after, script=METRICS)
            seen.request("https://c.pulsemetrics.example/collect?v=2", 2.8, after, kind="ping", beacon=("sendBeacon",))
            seen.request("https://wall.friendwall.example/like", 3.4, after, kind="document")
            seen.cookie("fw_uid", "friendwall.example", 3.61, after, set_by="https://wall.friendwall.example/like")
        seen.request("https://ads.adnimbus.example/tr?id=771&e=2", 4.05, after, kind="image", beacon=("pixel 1×1",))
        seen.cookie("_nimbus_id", SITE, 4.11, after, lifetime=63072000.0, script=ADS, operation=Operation.OVERWRITE)
        seen.cookie("old_promo", SITE, 4.2, after, script=page, operation=Operation.REMOVE)
    doubtful = status is VisitStatus.PARTIAL
    phases = [PhaseSpan(name="open", consent=before, begins=0.0, ends=2.2, ended_by="still")]
    if after is not None:
        phases.append(PhaseSpan(name=scenario, consent=after, begins=2.2, ends=3.8, ended_by="still"))
        phases.append(PhaseSpan(name="reload", consent=after, begins=3.8, ends=5.4, ended_by="still"))
    return Visit(
        id=f"{scenario}-1-{_sha(page)[:8]}",
        url=page,
        final_url=page,
        scenario=scenario,
        entry=entry,
        title="Atelier Nord, furniture for small rooms" if entry else "Chairs",
        http_status=200,
        started=BEGAN,
        duration=phases[-1].ends,
        status=status,
        problems=(
            Problem(
                kind=ProblemKind.UNCONFIRMED,
                message="The refusal was clicked, but only one witness could tell.",
                phase=scenario,
            ),
        )
        if doubtful
        else (),
        phases=tuple(phases),
        choices=()
        if after is None
        else (_choice(scenario, ChoiceStatus.UNCONFIRMED if doubtful else ChoiceStatus.CONFIRMED),),
        interfaces=(_BANNER,) if entry else (),
        channels=_CHANNELS,
        cookies=tuple(seen.cookies),
        storage=tuple(seen.storage),
        requests=tuple(seen.requests),
        behaviours=tuple(seen.behaviours),
    )


def _failed(page: str, scenario: str) -> Visit:
    return Visit(
        id=f"{scenario}-1-{_sha(page)[:8]}",
        url=page,
        final_url=page,
        scenario=scenario,
        started=BEGAN,
        duration=30.0,
        status=VisitStatus.FAILED,
        problems=(Problem(kind=ProblemKind.TIMEOUT, message="The page did not answer within 30 seconds."),),
    )


def _label(purpose: Purpose, party: Party, **more: str) -> Label:
    return Label(
        purpose=purpose,
        party=party,
        vendor=more.get("vendor"),
        entity=more.get("entity"),
        country=more.get("country"),
        votes=(Vote(source="EasyPrivacy", tracker=True, evidence="||example^$third-party"),)
        if "vendor" in more
        else (),
        reason=more.get("reason", "Exact entry of the vendor catalogue."),
        source="catalogue:exact",
        confidence=0.95,
    )


_NIMBUS = {"vendor": "AdNimbus Pixel", "entity": "AdNimbus Inc.", "country": "US"}
_PULSE = {"vendor": "PulseMetrics", "entity": "Pulse Analytics GmbH", "country": "DE"}
_WALL = {"vendor": "FriendWall Like", "entity": "FriendWall Ltd", "country": "IE"}
_LABELS: dict[str, Label] = {
    "session": _label(Purpose.NECESSARY, Party.FIRST, reason="Declared as necessary by the site; not verified."),
    "consentia_choice": _label(Purpose.CONSENT_RECORD, Party.FIRST, vendor="Consentia", entity="Consentia AB"),
    "_nimbus_id": _label(Purpose.ADVERTISING, Party.FIRST, **_NIMBUS),
    "nimbus.visitor": _label(Purpose.ADVERTISING, Party.FIRST, **_NIMBUS),
    "/tr": _label(Purpose.ADVERTISING, Party.THIRD, **_NIMBUS),
    "/pixel.js": _label(Purpose.ADVERTISING, Party.THIRD, **_NIMBUS),
    "_pm": _label(Purpose.ANALYTICS, Party.FIRST, **_PULSE),
    "_pm_*": _label(Purpose.ANALYTICS, Party.FIRST, **_PULSE),
    "/collect": _label(Purpose.ANALYTICS, Party.THIRD, **_PULSE),
    "/pm.js": _label(Purpose.ANALYTICS, Party.THIRD, **_PULSE),
    "fw_uid": _label(Purpose.SOCIAL, Party.THIRD, **_WALL),
    "/like": _label(Purpose.SOCIAL, Party.THIRD, **_WALL),
    "/gtm.js": _label(Purpose.UNCLASSIFIED, Party.THIRD, vendor="TagMill", entity="TagMill Oy", country="FI"),
    "canvas_fingerprint": _label(Purpose.UNCLASSIFIED, Party.THIRD, reason="A heuristic was met; it names no purpose."),
}


def _name(sighting: AnySighting) -> tuple[str, str, str] | None:
    trace = trace_of(sighting)
    removed = isinstance(sighting, CookieSighting) and sighting.operation is Operation.REMOVE
    return None if trace is None or removed else trace.key


_DECLARED = {
    "session": (DeclaredState.ITEM, "session", 14),
    "consentia_choice": (DeclaredState.ITEM, "consentia_choice", 20),
    "_pm": (DeclaredState.ITEM, "pulsemetrics", 31),
    "_pm_*": (DeclaredState.ITEM, "pulsemetrics", 31),
    "/collect": (DeclaredState.CATEGORY, "usage_analytics", 8),
    "fw_uid": (DeclaredState.OPEN_CLAUSE, "other technologies", 44),
}


def _items(visits: Sequence[Visit], labels: Mapping[str, Label]) -> tuple[Item, ...]:
    groups: dict[tuple[str, str, str], list[tuple[Visit, str, Consent, float | None]]] = {}
    for visit in visits:
        for sighting in visit.sightings():
            key = _name(sighting)
            if key is not None and key[1] in labels:
                life = sighting.lifetime_asked if isinstance(sighting, CookieSighting) else None
                groups.setdefault(key, []).append((visit, sighting.id, sighting.consent, life))
    items: list[Item] = []
    for (kind, name, domain), rows in groups.items():
        state, entry, line = _DECLARED.get(name, (DeclaredState.UNDECLARED, None, None))
        items.append(
            Item(
                kind=kind,
                name=name,
                domain=domain,
                label=labels[name],
                declared=state,
                declared_as=entry,
                declared_at=Place(file=DECLARATION, line=line) if line else None,
                scenarios=tuple(dict.fromkeys(visit.scenario for visit, *_ in rows)),
                first_scenario=rows[0][0].scenario,
                consents=tuple(dict.fromkeys(consent for _, _, consent, _ in rows)),
                pages=tuple(dict.fromkeys(visit.url for visit, *_ in rows)),
                count=len(rows),
                lifetime_asked=rows[0][3],
                lifetime_kept=None if rows[0][3] is None else min(rows[0][3], 34560000.0),
                evidence=tuple(f"{visit.id}/{id_}" for visit, id_, *_ in rows)[:50],
            )
        )
    return tuple(items)


def finding(
    rule: str = "CONSENT-001",
    *,
    severity: Severity = Severity.HIGH,
    outcome: Outcome = Outcome.FAIL,
    scenario: str = "silent",
    name: str = "_nimbus_id",
    **more: object,
) -> Finding:
    subject = Subject(kind="cookie", name=name, domain=SITE, entity="AdNimbus Inc.", vendor="AdNimbus Pixel")
    plain = Finding(
        rule=rule,
        severity=severity,
        outcome=outcome,
        title="Consent-requiring cookie stored before a choice",
        observation=f"The cookie {name} was stored by script 0.52 s after opening, before any choice was made.",
        subject=subject,
        site=SITE,
        scenario=scenario,
        fingerprint=_sha(f"{rule}|{SITE}|cookie|{name}|{scenario}"),
    )
    return Finding.model_validate({**dict(plain), **more})


def _findings(visits: Sequence[Visit]) -> tuple[Finding, ...]:
    ids = {(visit.scenario, visit.url): visit.id for visit in visits}
    silent, reject, accept = ids["silent", HOME], ids["reject", HOME], ids["accept", HOME]
    chain = (HOME, MANAGER, ADS)
    beacon = Subject(
        kind="request", name="/tr", domain="ads.adnimbus.example", entity="AdNimbus Inc.", vendor="AdNimbus Pixel"
    )
    wait = "Let the tag manager start AdNimbus Pixel only after its consent update, in container TM-4821."
    return (
        finding(
            severity=Severity.CRITICAL,
            consent=Consent.UNDECIDED,
            pages=(HOME, SHOP),
            first_at=0.52,
            confidence=Confidence.CONFIRMED,
            evidence=(f"{silent}/c2",),
            evidence_count=6,
            blame=chain,
            explanations=("A choice made on another site of the same company could have been carried over.",),
            fix=wait,
        ),
        finding(
            "CONSENT-004",
            severity=Severity.CRITICAL,
            scenario="reject",
            name="/tr",
            title="Storage or tracking after refusal",
            observation="A request to /tr of ads.adnimbus.example was observed 1,740 ms after the refusal.",
            subject=beacon,
            consent=Consent.REJECTED,
            pages=(HOME,),
            first_at=4.05,
            evidence=(f"{reject}/r5",),
            evidence_count=1,
            blame=chain,
            fix=wait,
        ),
        finding(
            "STO-001",
            name="nimbus.visitor",
            title="Undeclared local or session storage key",
            observation="The local storage key nimbus.visitor was written; the declaration lists no such key.",
            subject=Subject(kind="local_storage", name="nimbus.visitor", domain=f"www.{SITE}", vendor="AdNimbus Pixel"),
            consent=Consent.UNDECIDED,
            pages=(HOME, SHOP),
            first_at=0.61,
            evidence=(f"{silent}/s1",),
            evidence_count=6,
            declared_at=Place(
                file=DECLARATION, line=44, quote="HTML5 local storage: used to keep your preferences and activities."
            ),
            fix="List nimbus.visitor in the declaration, or remove the script that writes it.",
        ),
        finding(
            "RET-001",
            severity=Severity.MEDIUM,
            scenario="accept",
            name="_pm",
            title="Lifetime asked for exceeds the declared one",
            observation="The cookie _pm asked for 400 days; the declaration says 90 days.",
            consent=Consent.ACCEPTED,
            pages=(HOME,),
            first_at=2.71,
            evidence=(f"{accept}/c4",),
            evidence_count=2,
            blame=(HOME, MANAGER, METRICS),
            declared_at=Place(file=DECLARATION, line=31, quote="_pm: 90 days, first party, usage analytics"),
            fix="Shorten the lifetime in PulseMetrics, or correct the declaration.",
        ),
        finding(
            "CONSENT-006",
            outcome=Outcome.REVIEW,
            name="*",
            title="Controls of the interface differ visually",
            observation="The refusal has 11 px text at contrast 3.1 : 1, the acceptance 16 px at 8.4 : 1.",
            subject=Subject(kind="page", name="consent interface", domain=SITE),
            pages=(HOME,),
            seen_in_runs=1,
            fix="Give both controls the same size and contrast.",
        ),
        finding(
            "DECL-008",
            severity=Severity.INFO,
            outcome=Outcome.INFORMATIONAL,
            name="legacy_ab",
            title="Declared item not observed",
            observation="The declared cookie legacy_ab was not observed in this scan.",
            declared_at=Place(file=DECLARATION, line=52, quote="legacy_ab: 30 days"),
        ),
    )


def _verdicts(findings: Sequence[Finding]) -> tuple[Verdict, ...]:
    failed = tuple(
        Verdict(
            rule=row.rule,
            title=row.title,
            scenario=row.scenario,
            kind={
                Outcome.FAIL: VerdictKind.FAIL,
                Outcome.REVIEW: VerdictKind.REVIEW,
                Outcome.INFORMATIONAL: VerdictKind.PASS,
            }[row.outcome],
            sentence=row.observation,
            findings=1,
        )
        for row in findings
    )
    return (
        *failed,
        Verdict(
            rule="SEC-004",
            title="SameSite=None without Secure",
            scenario=None,
            kind=VerdictKind.PASS,
            sentence="No instance observed on 3 pages, 3 scenarios, 1 run.",
        ),
        Verdict(
            rule="TP-002",
            title="Contact with an independent-marketing recipient without consent",
            scenario="reject",
            kind=VerdictKind.UNDECIDED,
            sentence="The refusal was not confirmed on every page.",
        ),
        Verdict(
            rule="RET-008",
            title="Sign-in cookie outlives the session",
            scenario=None,
            kind=VerdictKind.NOT_APPLICABLE,
            sentence="No sign-in was observed.",
        ),
    )


def _scan(**more: object) -> Scan:
    plain = Scan(
        id="2026-11-20-0930-a1b2",
        started=BEGAN,
        finished=BEGAN + timedelta(seconds=74),
        urls=(HOME,),
        scenarios=("silent", "accept", "reject"),
        settings=(
            NameValue(name="crawl.max_pages", value="20"),
            NameValue(name="browser.locale", value="en-GB"),
            NameValue(name="browser.timezone", value="Europe/Oslo"),
        ),
        tool_version="0.1.0",
        browser="Chromium 156.0.8078.79",
        browser_path="/usr/bin/chromium",
        browser_flags=("--headless=new", "--no-first-run", "--disable-background-networking"),
        channels=(
            *_CHANNELS,
            Channel(
                name="storage.shared",
                state=ChannelState.UNTESTED,
                sees=StorageSighting.kind,
                note="the engine does not offer it",
            ),
        ),
        discovered=3,
        skipped=(NameValue(name=f"https://www.{SITE}/admin", value="robots"),),
    )
    return Scan.model_validate({**dict(plain), **more})


def audit(**more: object) -> Audit:
    """Three pages, three scenarios, every outcome. Fields given by name replace the audit's own."""
    visits = (
        *(_visit(HOME, scenario, entry=True) for scenario in ("silent", "accept", "reject")),
        _visit(SHOP, "silent", entry=False),
        _visit(SHOP, "accept", entry=False),
        _visit(SHOP, "reject", entry=False, status=VisitStatus.PARTIAL),
        *(_failed(POLICY, scenario) for scenario in ("silent", "accept", "reject")),
    )
    findings = _findings(visits)
    plain = Audit(
        scan=_scan(),
        judged_with=(
            NameValue(name="catalogue", value="30 vendors, blake2 9f3c"),
            NameValue(name="EasyPrivacy", value="2026-11-14, 6 days old"),
            NameValue(name="declaration", value="sha256 77ab"),
        ),
        site=SITE,
        declaration=Place(file=DECLARATION, line=1),
        findings=findings,
        undecided=(
            Undecided(
                rule="TP-002",
                scenario="reject",
                visit=visits[5].id,
                page=SHOP,
                why="The refusal was not confirmed: only one witness could tell.",
            ),
            Undecided(
                rule="CONSENT-019",
                scenario="gpc",
                visit=None,
                page=None,
                why='The scenario "gpc" was not played.',
            ),
        ),
        verdicts=_verdicts(findings),
        items=_items(visits, _LABELS),
        claims=(
            Claim(
                id="P-10",
                verdict="inconsistent",
                quote="We do not disclose your information for independent marketing without your separate consent.",
                place=Place(file="privacy-policy.txt", line=30),
                sentence="A request to AdNimbus Inc. was made before any choice, on 2 pages.",
            ),
            Claim(
                id="P-14",
                verdict="not_testable",
                quote="Standard Contractual Clauses",
                place=Place(file="privacy-policy.txt", line=40),
                sentence="A crawl cannot observe contracts.",
            ),
        ),
        coverage=Coverage(
            pages_asked=3,
            pages_seen=2,
            visits_asked=9,
            visits_complete=5,
            visits_partial=1,
            visits_failed=3,
            enough=True,
        ),
        visits=visits,
        judged_at=BEGAN + timedelta(minutes=2),
    )
    return Audit.model_validate({**dict(plain), **more})


def clean_audit(**more: object) -> Audit:
    """Enough seen, everything decided, nothing found: the one audit that passes."""
    visits = tuple(_visit(HOME, scenario, entry=True) for scenario in ("silent", "accept", "reject"))
    fields: dict[str, object] = {
        "findings": (),
        "undecided": (),
        "claims": (),
        "verdicts": (
            Verdict(
                rule="SEC-004",
                title="SameSite=None without Secure",
                scenario=None,
                kind=VerdictKind.PASS,
                sentence="No instance observed on 1 page, 3 scenarios, 1 run.",
            ),
        ),
        "visits": visits,
        "items": _items(visits, _LABELS),
        "coverage": Coverage(
            pages_asked=1,
            pages_seen=1,
            visits_asked=3,
            visits_complete=3,
            visits_partial=0,
            visits_failed=0,
            enough=True,
        ),
    }
    return audit(**{**fields, **more})


def blind_audit(kind: ProblemKind = ProblemKind.UNREACHABLE) -> Audit:
    """A site of which nothing was seen."""
    visits = tuple(
        Visit(
            id=f"{scenario}-1-{_sha(HOME)[:8]}",
            url=HOME,
            final_url=HOME,
            scenario=scenario,
            entry=True,
            started=BEGAN,
            duration=0.2,
            status=VisitStatus.FAILED,
            problems=(Problem(kind=kind, message=f"{HOME} could not be seen: {kind}."),),
        )
        for scenario in ("silent", "accept", "reject")
    )
    return audit(
        visits=visits,
        items=(),
        findings=(),
        claims=(),
        verdicts=(),
        undecided=(
            Undecided(rule="CONSENT-001", scenario="silent", visit=None, page=None, why="The page was not seen."),
        ),
        coverage=Coverage(
            pages_asked=1,
            pages_seen=0,
            visits_asked=3,
            visits_complete=0,
            visits_partial=0,
            visits_failed=3,
            enough=False,
            why_not=("no page could be seen",),
        ),
    )


def large_audit(*, pages: int = 40, per_visit: int = 84, items: int = 900) -> Audit:
    """About 10,000 sightings (pages × 3 scenarios × per visit), with many items and 150 findings."""
    visits: list[Visit] = []
    labels: dict[str, Label] = {}
    purposes = list(Purpose)
    for number in range(items):
        labels[f"ck_{number}"] = _label(purposes[number % len(purposes)], Party.THIRD, **_NIMBUS)
    counter = 0
    for page_number in range(pages):
        page = f"https://www.{SITE}/p/{page_number}"
        for scenario in ("silent", "accept", "reject"):
            base = _visit(page, scenario, entry=page_number == 0)
            seen = _Recorder(page)
            after = {"accept": Consent.ACCEPTED, "reject": Consent.REJECTED}.get(scenario, Consent.UNDECIDED)
            for number in range(per_visit):
                at = number * base.duration / per_visit
                consent = Consent.UNDECIDED if at < 2.31 else after
                seen.cookie(f"ck_{counter % items}", f"v{counter % 60}.adnimbus.example", at, consent, script=ADS)
                counter += 7
            visits.append(
                base.model_copy(
                    update={"cookies": tuple(seen.cookies), "storage": (), "requests": (), "behaviours": ()}
                )
            )
    findings = tuple(
        finding(
            name=f"ck_{number}",
            severity=list(Severity)[number % 5],
            consent=Consent.UNDECIDED,
            pages=tuple(visit.url for visit in visits[:10]),
            first_at=0.1,
            evidence=tuple(f"{visit.id}/c{number % per_visit + 1}" for visit in visits[:50]),
            evidence_count=120,
            blame=(HOME, MANAGER, ADS),
            fix="Start it after consent.",
        )
        for number in range(150)
    )
    return audit(
        visits=tuple(visits), items=_items(visits, labels), findings=findings, verdicts=_verdicts(findings[:40])
    )


def picture(width: int = 320, height: int = 90) -> str:
    """A real PNG, as a data: URI: a grey page with a white banner."""
    rows = b"".join(
        b"\0" + (b"\xf4\xf4\xf2" if row > height * 0.55 else b"\xc4\xcb\xd6") * width for row in range(height)
    )

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def waiver(rule: str = "STO-001", *, subject: str = "nimbus.*", expires: date = date(2027, 1, 15)) -> Waiver:
    return Waiver(
        rule=rule,
        match=WaiverMatch(subject=subject),
        reason="The storage key goes with the next release.",
        owner="web-team",
        ticket="WEB-1184",
        created=date(2026, 9, 1),
        expires=expires,
        place=Place(file="waivers.yaml", line=2),
    )


def context(subject: Audit) -> Context:
    """Baseline, waivers, an earlier scan and a picture: all that a report can tell beside the audit."""
    known = next(row for row in subject.findings if row.rule == "CONSENT-004")
    earlier = subject.model_copy(
        update={
            "scan": subject.scan.model_copy(update={"id": "2026-11-13-0930-77f0"}),
            "items": tuple(
                item.model_copy(update={"lifetime_asked": 7776000.0} if item.name == "_pm" else {})
                for item in subject.items
                if item.name != "fw_uid"
            ),
        }
    )
    return Context(
        baseline=Baseline(
            entries=(
                BaselineEntry(
                    fingerprint=known.fingerprint,
                    rule=known.rule,
                    severity=known.severity,
                    site=known.site,
                    subject="request /tr (ads.adnimbus.example)",
                    scenario=known.scenario,
                    first_seen=date(2026, 10, 2),
                    scan="2026-10-02-0930-19c4",
                ),
            )
        ),
        waivers=(waiver(), waiver("RET-001", subject="_pm", expires=date(2026, 11, 1))),
        change=diff(earlier, subject),
        rules=(
            RuleText(
                id="CONSENT-001",
                title="Consent-requiring cookie stored before a choice",
                severity=Severity.CRITICAL,
                why="Storing information on a device asks for consent first, unless an exemption applies.",
                fix="Start the tag after the choice.",
                tags=("consent",),
            ),
        ),
        accuracy=(RuleAccuracy(rule="CONSENT-001", true_positives=14, false_positives=0, false_negatives=1),),
        screenshots={PICTURE: picture()},
        manifest=(ManifestEntry(file="scan.sqlite", sha256=_sha("scan"), size=483328),),
    )


ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "\x1b]0;owned\x07\x1b[31mred\x9b2J",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202egnp.exe\u202c",
    "]]><!--",
    "::error file=x::owned%0A",
    "[click](javascript:alert(1)) ![i](http://evil.example/i.png) @maintainers",
    "{{ 7*7 }}{% raw %}",
    "line\r\nSet-Cookie: x=1\r\n::warning::hi",
    "`|</td></style></title>",
    "data:text/html,<script>alert(1)</script>",
)
_KEPT = {"same_site", "schema_version", "format"}


def hostile_audit() -> Audit:
    """The rich audit with every free string replaced by an attack; equal strings stay equal."""
    seen: dict[str, str] = {}

    def attack(text: str) -> str:
        if text not in seen:
            seen[text] = f"{ATTACKS[len(seen) % len(ATTACKS)]}{len(seen)}"
        return seen[text]

    def replace(value: object, key: str = "") -> object:
        if isinstance(value, Enum) or key in _KEPT:
            return value
        if isinstance(value, str):
            visit, slash, sighting = value.partition("/")
            return f"{attack(visit)}/{attack(sighting)}" if key == "evidence" and slash else attack(value)
        if isinstance(value, dict):
            return {name: replace(inner, name) for name, inner in value.items()}
        if isinstance(value, (tuple, list)):
            return tuple(replace(inner, key) for inner in value)
        return value

    return Audit.model_validate(replace(audit().model_dump()))


def hostile_context(subject: Audit) -> Context:
    """Waivers and rule texts are the user's own, yet copied from a page easily."""
    first = subject.findings[0]
    bad = Waiver(
        rule=first.rule,
        match=WaiverMatch(fingerprint=first.fingerprint),
        reason=ATTACKS[0],
        owner=ATTACKS[4],
        ticket=ATTACKS[3],
        created=date(2026, 9, 1),
        expires=date(2027, 1, 15),
    )
    earlier = subject.model_copy(update={"items": subject.items[2:]})
    return Context(
        waivers=(bad,),
        change=diff(earlier, subject),
        rules=(RuleText(id=first.rule, title=ATTACKS[1], severity=Severity.HIGH, why=ATTACKS[0], fix=ATTACKS[9]),),
    )
