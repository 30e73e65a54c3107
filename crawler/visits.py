"""A visit and a scan: what was asked, what came of it, and what could not be seen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from crawler.observations import (
    AnySighting,
    BehaviourSighting,
    CnameChain,
    Consent,
    CookieSighting,
    MarkupSighting,
    NameValue,
    Record,
    RequestSighting,
    SightingKind,
    StorageSighting,
)

PROFILE_AT_START = "profile.at_start"
"""Fact: `empty`, `given` (a sign-in or an earlier page's choice), or what the profile held before the page opened."""
SIGNAL = "gpc."
"""Channels of visits under Global Privacy Control: whether the signal went along. They concern rules about it alone."""
SIGNAL_HEADER = f"{SIGNAL}header"
SIGNAL_PROPERTY = f"{SIGNAL}navigator"
PRIVACY_CONTROL = "navigator.globalPrivacyControl"
"""Fact of such a visit: what the page's own window says."""
CHOICE_FROM = "choice.from"
"""Fact of a later page whose choice can come from another one: how this page came to it."""
CARRIED = "carried from another page"
ANEW = "made anew: "
"""Begins the fact's value where the choice was replayed; why it was follows."""
TEXT_DIGEST = "text_sha256"
"""Fact of a visit whose page's words were wanted: their digest (`crawler.page_text`)."""
BODIES = "bodies"
"""Folder beside the screenshots: contents of answers, where they were kept, each in a file named by its digest."""
TYPED_ADDRESS = "typed.address"
"""Fact: the digest of an e-mail address that was typed; requests that carry it name it in `Carried.token`."""


class VisitStatus(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Something was seen, but not all that was asked: the rules that need the rest are undecided."""
    FAILED = "failed"
    """The page was not seen at all."""


class ProblemKind(StrEnum):
    """Closed, because exit codes and report texts hang on it."""

    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    HTTP_ERROR = "http_error"
    EMPTY = "empty"
    DOWNLOAD = "download"
    REDIRECT_LOOP = "redirect_loop"
    OFF_SITE = "off_site"
    TIMEOUT = "timeout"
    CRASH = "crash"
    CHALLENGE = "challenge"
    ROBOTS = "robots"
    NO_CONTROL = "no_control"
    """No control for the choice was found."""
    RECIPE = "recipe"
    """The user's own recipe does not fit the page: theirs to mend."""
    UNCONFIRMED = "unconfirmed"
    """The choice was played but not proved."""
    CONTRADICTED = "contradicted"
    COLLECTOR = "collector"
    """A collector failed: what it sees is incomplete."""
    LOST = "lost"
    """Events were dropped, or a frame or worker could not be instrumented."""
    STEP = "step"
    """A step of a journey could not be played: what follows it was not seen."""
    CLICK = "click"
    """A click of ours set off something else than the choice: a message box, a download, a crash, another site."""
    DIALOG = "dialog"
    CAP = "cap"
    """The time cap ended the phase before the page was still."""


class Problem(Record):
    kind: ProblemKind
    message: str
    """One sentence for people, with place and, where there is one, the fix."""
    phase: str | None = None
    collector: str | None = None
    blinds: tuple[SightingKind, ...] = ()
    """Kinds of sighting that are incomplete because of it; rules that read them are undecided on this visit."""


class ChannelState(StrEnum):
    LIVE = "live"
    DEAD = "dead"
    UNTESTED = "untested"


class Channel(Record):
    """One line of the coverage ledger."""

    name: str
    """`cookie.header`, `storage.indexed_db`, `request.websocket`, …"""
    state: ChannelState
    sees: SightingKind
    events: int = 0
    dropped: int = 0
    note: str | None = None


def ledger_line(channels: tuple[Channel, ...]) -> str:
    """A start-up ledger in one line: `channels 41/41 live`. What is untested the browser cannot do, or is off."""
    tested = [channel for channel in channels if channel.state is not ChannelState.UNTESTED]
    live = sum(1 for channel in tested if channel.state is ChannelState.LIVE)
    missing = len(channels) - len(tested)
    beside = f" ({missing} untested)" if missing else ""
    return f"channels {live}/{len(tested)} live{beside}" if channels else "channels not tested"


class Box(Record):
    x: float
    y: float
    width: float
    height: float


class Click(Record):
    at: float
    phase: str
    element: str
    """Role, tag and a selector that finds it again."""
    text: str
    box: Box | None
    frame: str
    screenshot: str | None = None
    """File name inside the scan's evidence folder."""


class WitnessReading(Record):
    """One independent sign of the consent state, read before and after the choice."""

    witness: str
    """`interface`, `consent_record`, `platform_api`, `consent_mode`, `tcf`, `gpc` …"""
    before: str | None
    after: str | None
    says: Consent | None
    """What it shows after the choice; None: it cannot tell."""
    detail: str


class ChoiceStatus(StrEnum):
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNCONFIRMED = "unconfirmed"
    NOT_OFFERED = "not_offered"
    """No control for it was found."""


class Choice(Record):
    """One attempt to accept, reject, withdraw …, and how far it is proved."""

    wanted: Consent
    status: ChoiceStatus
    found_by: str | None
    """`recipe`, `autoconsent:<rule>`, `words:<language>`; None: nothing was found."""
    at: float | None
    """When the consent was stamped: the instant before the click."""
    order: int | None
    tried: tuple[str, ...] = ()
    clicks: tuple[Click, ...] = ()
    witnesses: tuple[WitnessReading, ...] = ()
    why: str = ""


class PhaseSpan(Record):
    """A phase that was played: `ended_by` says what evidence (or cap) ended it."""

    name: str
    consent: Consent
    begins: float
    ends: float
    ended_by: str


class InterfaceControl(Record):
    """A control of the consent interface, measured."""

    role: str
    meaning: str
    """`accept`, `reject`, `settings`, `save`, `close`, `toggle`, `policy` or `unknown`."""
    text: str
    layer: int
    box: Box | None = None
    font_px: float | None = None
    font_weight: int | None = None
    contrast: float | None = None
    checked: bool | None = None
    frame: str = ""


class Interface(Record):
    """What the consent interface offers; None fields: not looked at."""

    kind: str
    """`banner`, `modal`, `iframe` …"""
    platform: str | None
    text: str
    controls: tuple[InterfaceControl, ...]
    blocks_content: bool | None = None
    language: str | None = None
    screenshot: str | None = None
    accessibility: str | None = None


class Link(Record):
    """A link of the page as rendered; its address is absolute and without fragment."""

    url: str
    text: str


class Form(Record):
    id: str
    action: str
    """Absolute; where the form names none, the page's own address."""
    method: str


class Visit(Record):
    """One page under one scenario in one fresh browser context."""

    id: str
    """`<scenario>-<run>-<digest of url>`: equal for equal questions, so that a resumed crawl does not ask twice."""
    url: str
    final_url: str
    scenario: str
    run: int = 1
    entry: bool = False
    """True for a start page, False for one that was found by a link or a sitemap."""
    title: str = ""
    http_status: int | None = None
    started: datetime
    duration: float
    status: VisitStatus
    problems: tuple[Problem, ...] = ()
    phases: tuple[PhaseSpan, ...] = ()
    choices: tuple[Choice, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    channels: tuple[Channel, ...] = ()
    screenshots: tuple[str, ...] = ()
    facts: tuple[NameValue, ...] = ()
    """Named facts of the page that rules read: `policy_link`, `html_digest`, `navigator.webdriver` …"""
    links: tuple[Link, ...] | None = None
    """Where the page leads, each address once; None: not looked for (the page was not seen, or an earlier scan)."""
    forms: tuple[Form, ...] | None = None
    """None: as for `links`."""
    cookies: tuple[CookieSighting, ...] = ()
    storage: tuple[StorageSighting, ...] = ()
    requests: tuple[RequestSighting, ...] = ()
    behaviours: tuple[BehaviourSighting, ...] = ()
    markup: tuple[MarkupSighting, ...] = ()

    def fact(self, name: str) -> str | None:
        """The first of that name."""
        return next((fact.value for fact in self.facts if fact.name == name), None)

    def sightings(self) -> tuple[AnySighting, ...]:
        """All sightings in order of arrival."""
        everything: list[AnySighting] = [*self.cookies, *self.storage, *self.requests, *self.behaviours, *self.markup]
        return tuple(sorted(everything, key=lambda sighting: sighting.order))


INTERFACE_WITH_AUTOMATION_HIDDEN = "interface_with_automation_hidden"
"""Fact of a visit that met no consent interface: whether one more look, with automation hidden, did: `shown` or
`not shown`."""


def visit_id(*, url: str, scenario: str, run: int) -> str:
    return f"{scenario}-{run}-{blake2b(url.encode(), digest_size=8).hexdigest()}"


class Scan(Record):
    """What was asked and with what; the visits are kept beside it in the store."""

    id: str
    started: datetime
    finished: datetime | None = None
    urls: tuple[str, ...]
    scenarios: tuple[str, ...]
    runs: int = 1
    settings: tuple[NameValue, ...] = ()
    """Everything that shaped the scan, flat, for the record: limits, waits, cookie policy, robots …"""
    tool_version: str
    browser: str
    """Product and version as the browser says it."""
    browser_path: str
    browser_flags: tuple[str, ...] = ()
    cookie_policy: str = "allow"
    channels: tuple[Channel, ...] = ()
    """The start-up canary's ledger."""
    discovered: int = 0
    """Pages found within limits and scope; coverage is visited over discovered."""
    skipped: tuple[NameValue, ...] = ()
    """Pages known but not visited, with the reason (`robots`, `limit`, `excluded`)."""
    cnames: tuple[CnameChain, ...] = ()
    """Where the site's own hosts led; empty: not looked up."""

    def ledger(self) -> str:
        return ledger_line(self.channels)
