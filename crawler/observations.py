"""What was seen: plain, frozen records of cookies, storage, requests and behaviour. Imports nothing of ours."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base of everything that crosses a boundary: immutable, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Consent(StrEnum):
    """The choice in force when something was seen, as far as we *made* it; whether it took hold is `Choice.status`."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PARTIAL = "partial"
    WITHDRAWN = "withdrawn"


class SightingKind(StrEnum):
    COOKIE = "cookie"
    STORAGE = "storage"
    REQUEST = "request"
    BEHAVIOUR = "behaviour"
    MARKUP = "markup"


class TargetKind(StrEnum):
    """The CDP target the event came from."""

    PAGE = "page"
    IFRAME = "iframe"
    POPUP = "popup"
    WORKER = "worker"
    SHARED_WORKER = "shared_worker"
    SERVICE_WORKER = "service_worker"
    BROWSER = "browser"


class CallFrame(Record):
    """One line of a JavaScript stack. Lines and columns count from 1, as editors do (CDP counts from 0)."""

    function: str
    url: str
    line: int
    column: int
    across: str | None = None
    """The asynchronous boundary crossed just above this frame (`setTimeout`, `Promise.then`, …); None: a plain call."""
    source: str | None = None
    """Place in the original sources, `webpack://shop/src/track.ts:10:4`; None: no source map tells."""


class InitiatorKind(StrEnum):
    PARSER = "parser"
    SCRIPT = "script"
    REDIRECT = "redirect"
    PRELOAD = "preload"
    PREFLIGHT = "preflight"
    SERVER = "server"
    """A response header did it (`Set-Cookie`)."""
    USER = "user"
    """Navigation or click that the crawler made."""
    UNRESOLVED = "unresolved"
    """Made by script (the URL is not in the markup), but the engine kept no stack."""
    OTHER = "other"


class Initiator(Record):
    """Who caused a sighting. `stack` is innermost call first."""

    kind: InitiatorKind
    url: str | None = None
    line: int | None = None
    column: int | None = None
    stack: tuple[CallFrame, ...] = ()
    request: str | None = None
    """Id of the request sighting that delivered or caused it, where one is known."""


class ValueDigest(Record):
    """What is kept of a value. Values are personal data, so only a keyed digest and the shape are stored.

    `digest` and each token are BLAKE2b-128 hex, keyed per scan: equal values compare equal within a scan only.
    `tokens` digest the identifier-like parts, so that identifier flows can be followed without the value.
    """

    digest: str
    length: int
    shape: str
    """`empty`, `flag`, `number`, `timestamp`, `uuid`, `hex`, `base64`, `json`, `jwt`, `email` (also where JSON
    or a JWT holds an address), `word` or `text`."""
    tokens: tuple[str, ...] = ()
    raw: str | None = None
    """Only under `--keep-values`."""


class Sighting(Record):
    """Common to all kinds. The engine stamps these fields; a collector never does."""

    kind: ClassVar[SightingKind]

    id: str
    """Unique within its visit: kind letter and number, `c12`."""
    consent: Consent
    phase: str
    order: int
    """Order of arrival at the tap: the only thing that decides before and after."""
    at: float
    """Seconds since the visit began, monotonic."""
    wall: datetime
    page: str
    frame: str
    """URL of the frame or worker it came from; equals `page` for the top document."""
    target: TargetKind
    initiator: Initiator | None = None
    in_flight: bool = False
    """Began before the choice and ended after it: never counted as after."""


class Operation(StrEnum):
    WRITE = "write"
    OVERWRITE = "overwrite"
    REMOVE = "remove"
    PRESENT = "present"
    """Found in a snapshot; no write was witnessed."""


class CookieWitness(StrEnum):
    HEADER = "header"
    SCRIPT = "script"
    COOKIE_STORE = "cookie_store"
    JAR = "jar"
    NETLOG = "netlog"


class CookieSighting(Sighting):
    """One write (or deletion, or find) of one cookie, joined over everyone who witnessed it. RFC 6265bis terms."""

    kind: ClassVar[SightingKind] = SightingKind.COOKIE

    operation: Operation
    name: str
    domain: str
    """Effective domain without leading dot: the Domain attribute, else the host that set it."""
    path: str
    host_only: bool
    secure: bool
    http_only: bool
    same_site: Literal["Strict", "Lax", "None"] | None
    """As asked; None: the attribute was absent (browsers then treat it as Lax)."""
    partitioned: bool = False
    partition_key: str | None = None
    lifetime_asked: float | None
    """Seconds from the write to the expiry asked for (Max-Age before Expires); None: a session cookie."""
    lifetime_kept: float | None = None
    """Seconds as the browser kept it; None: a session cookie, or not in the jar (then `seen_in` lacks `JAR`)."""
    value: ValueDigest
    raw: str
    """The `Set-Cookie` line or `document.cookie` argument with the value replaced by `…`."""
    seen_in: tuple[CookieWitness, ...]
    stored: bool | None
    """True: in the jar or not refused; False: refused; None: unknown."""
    refused_because: tuple[str, ...] = ()
    """CDP `blockedReasons`, or `NotStored` where only the comparison of witnesses shows it."""
    set_by: str | None = None
    """URL of the response whose header set it; None when a script did."""
    request: str | None = None
    """Id of that response's request sighting."""


class StorageArea(StrEnum):
    LOCAL = "local_storage"
    SESSION = "session_storage"
    INDEXED_DB = "indexed_db"
    CACHE = "cache_storage"
    OPFS = "opfs"
    SERVICE_WORKER = "service_worker"
    WINDOW_NAME = "window_name"
    SHARED_STORAGE = "shared_storage"
    BUCKET = "storage_bucket"
    FLASH_LSO = "flash_lso"


class StorageSighting(Sighting):
    kind: ClassVar[SightingKind] = SightingKind.STORAGE

    area: StorageArea
    operation: Operation
    origin: str
    """Origin that owns the storage, `https://host[:port]`."""
    storage_key: str | None = None
    """Chromium's storage key; differs from `origin` when partitioned by top-level site."""
    container: str | None = None
    """Database and store (`db/store`), cache, directory or shared object; None for key/value areas."""
    key: str
    """`*` when the whole area or container was cleared."""
    size: int
    """Bytes of the value as UTF-8, or of the stored body; 0 for a removal."""
    value: ValueDigest | None = None
    seen_in: tuple[str, ...] = ()
    """`hook`, `dom_storage`, `snapshot`, …: who witnessed it."""
    how: str | None = None
    """The call that wrote (`Storage.setItem`, `property`, `IDBObjectStore.put`, …), where a hook saw it."""


class NameValue(Record):
    name: str
    value: str


class SentCookie(Record):
    name: str
    withheld_because: tuple[str, ...] = ()
    """Empty: it was sent."""


class BodyField(Record):
    """A field of a request body (form, JSON path with dots, multipart, or `[3].name` in a batch)."""

    name: str
    value: ValueDigest
    plain: str | None = None
    """The text itself, kept only for short values that identify nobody (event names, numbers, flags, account ids)."""


class CarriedForm(StrEnum):
    """How an identifier stands in a request. URL-encoding is undone first and counts as plain."""

    PLAIN = "plain"
    BASE64 = "base64"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"


class Carried(Record):
    """An identifier from a stored value, found in a request of the same visit."""

    token: str
    """The digest as it stands in `ValueDigest.tokens` of the cookie or storage item."""
    place: Literal["path", "query", "referer", "body"]
    name: str
    """Parameter or body field; empty in a path."""
    form: CarriedForm = CarriedForm.PLAIN


class RequestSighting(Sighting):
    kind: ClassVar[SightingKind] = SightingKind.REQUEST

    url: str
    method: str
    resource_type: str
    """CDP `Network.ResourceType`, lower-cased: `image`, `script`, `xhr`, `fetch`, `ping`, `document`, `websocket`, …"""
    navigation: bool = False
    body_size: int = 0
    body_digest: str | None = None
    body_fields: tuple[BodyField, ...] = ()
    request_headers: tuple[NameValue, ...] = ()
    """The few that matter: Referer, Origin, Sec-GPC, Content-Type, Sec-Purpose …; never Cookie or Authorization."""
    response_headers: tuple[NameValue, ...] = ()
    cookies: tuple[SentCookie, ...] = ()
    redirected_from: str | None = None
    """Id of the previous hop."""
    redirect_chain: tuple[str, ...] = ()
    """URLs of all earlier hops, first first."""
    status: int | None = None
    mime: str | None = None
    response_size: int | None = None
    """Encoded bytes over the wire; None while unanswered."""
    waited: float | None = None
    """Seconds until its answer began; None: it never did, or (scans of before this was recorded) not measured."""
    lasted: float | None = None
    """Seconds until it was over, well or badly; None: under way when the visit ended, or not measured."""
    content: str | None = None
    """SHA-256 of the answer's content, decoded, which is kept under that name in the evidence folder's `bodies`."""
    messages: tuple[int, int] | None = None
    """Sent and received on a WebSocket or an event stream; None: it is neither, or (old scans) not counted."""
    pixel: tuple[int, int] | None = None
    """Width and height decoded from the response, for small images."""
    ip: str | None = None
    from_cache: bool = False
    from_service_worker: bool = False
    failure: str | None = None
    refused_because: tuple[str, ...] = ()
    """Why the browser did not send it (`csp`, `mixed-content`, `blocked-by-client`, …)."""
    beacon: tuple[str, ...] = ()
    """Why it counts as a beacon; empty: it does not."""
    carries: tuple[Carried, ...] | None = None
    """Identifiers of cookies and storage in it; None: not looked for (scans of before this was recorded)."""


class CnameChain(Record):
    """Where a host of the site led in the DNS when the scan ended; a failure is part of the answer."""

    host: str
    names: tuple[str, ...] = ()
    """Targets in order; empty: none, or not known (then `failure` says why)."""
    resolver: str
    at: datetime
    failure: str | None = None


class BehaviourSighting(Sighting):
    """Reads and listeners: canvas read-back, font enumeration, key listeners …"""

    kind: ClassVar[SightingKind] = SightingKind.BEHAVIOUR

    behaviour: str
    """`canvas_fingerprint`, `webgl_fingerprint`, `audio_fingerprint`, `font_fingerprint`, `webrtc_candidates`, …"""
    calls: int = 1
    detail: tuple[NameValue, ...] = ()
    """The numbers of the heuristic that was met."""


class MarkupSighting(Sighting):
    """Something that stands in the markup and may never run: noscript pixels, Flash content, preconnect hints."""

    kind: ClassVar[SightingKind] = SightingKind.MARKUP

    what: str
    url: str
    excerpt: str


AnySighting = CookieSighting | StorageSighting | RequestSighting | BehaviourSighting | MarkupSighting
