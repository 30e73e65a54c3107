"""What a vendor file of the catalogue says: cookies, storage keys, endpoints, parameters, payload grammar."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from classifiers.base import Purpose
from crawler.observations import Record

_UNIT_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2629746,
    "year": 31556952,
}
_LIFETIME = re.compile(r"(?:session|persistent|(\d+) (second|minute|hour|day|week|month|year)s?)")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.\*)?")


CHECKED = {"checked": True}
"""Validation context for files that were validated before: their expressions need not be compiled once more."""


def _regex(text: str, info: ValidationInfo) -> str:
    if info.context is CHECKED:
        return text
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return text


def _lifetime(text: str) -> str:
    if not _LIFETIME.fullmatch(text):
        raise ValueError("accepted: `session`, `persistent`, or a number and a unit such as `13 months`")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError("accepted: a lower-case host such as `example.com`, or `example.*` for any public suffix")
    return text


Regex = Annotated[str, AfterValidator(_regex)]
Host = Annotated[str, AfterValidator(_host)]
"""A host and everything under it; `google.*` stands for google.com, google.co.uk, …"""
Lifetime = Annotated[str, AfterValidator(_lifetime)]


class Category(StrEnum):
    """What kind of service a vendor is."""

    ANALYTICS = "analytics"
    ADS = "ads"
    TAG_MANAGER = "tag_manager"
    CMP = "cmp"
    SESSION_REPLAY = "session_replay"
    CHAT = "chat"
    AB_TEST = "ab_test"
    CDN = "cdn"
    BOT_PROTECTION = "bot_protection"
    VIDEO = "video"
    SOCIAL = "social"
    EMAIL = "email"
    MARKETING = "marketing"
    CUSTOMER_DATA = "customer_data"
    IDENTITY = "identity"
    ERROR_MONITORING = "error_monitoring"
    PAYMENTS = "payments"
    LOAD_BALANCER = "load_balancer"
    APPLICATION = "application"
    SHOP = "shop"
    FONTS = "fonts"
    MAPS = "maps"
    SCHEDULING = "scheduling"
    CALL_TRACKING = "call_tracking"
    SURVEY = "survey"
    PUSH = "push"


class SetIn(StrEnum):
    """Where a vendor's cookie usually lives."""

    FIRST = "first"
    THIRD = "third"
    BOTH = "both"


class Role(StrEnum):
    """What a parameter carries."""

    ACCOUNT = "account"
    EVENT = "event"
    PAGE = "page"
    REFERRER = "referrer"
    IDENTIFIER = "identifier"
    """Of a browser, device or click."""
    USER = "user"
    """Of a person: a user id, an address, a hash of one."""
    CONSENT = "consent"
    VALUE = "value"
    """Money: revenue, currency, order."""
    OTHER = "other"


class Signal(StrEnum):
    """The consent vocabulary a parameter speaks; decoders of each are in `classifiers.signals`."""

    GOOGLE_GCS = "google_gcs"
    GOOGLE_GCD = "google_gcd"
    GOOGLE_NPA = "google_npa"
    GOOGLE_DMA = "google_dma"
    TCF_APPLIES = "tcf_applies"
    TCF_STRING = "tcf_string"
    GPP_STRING = "gpp_string"
    GPP_SECTIONS = "gpp_sections"
    US_PRIVACY = "us_privacy"
    GPC = "gpc"
    LIMITED_DATA_USE = "limited_data_use"
    VENDOR = "vendor"
    """The vendor's own."""


class EndpointKind(StrEnum):
    COLLECT = "collect"
    """Reports events."""
    PIXEL = "pixel"
    CONVERSION = "conversion"
    SYNC = "sync"
    """Exchanges identifiers between companies."""
    LOADER = "loader"
    """Delivers the vendor's script or configuration."""
    DECISION = "decision"
    """Asks what to show: bids, experiments, personalisation."""
    CONSENT = "consent"
    RECORDING = "recording"
    API = "api"
    EMBED = "embed"
    OTHER = "other"


class Entity(Record):
    name: str = Field(min_length=2)
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 of the registered seat.")


class _Fact(Record):
    doubted: bool = Field(
        False, description="True: whoever wrote the entry was not sure of it, so labels by it are less sure and say so."
    )
    note: str | None = None


class _Named(_Fact):
    """Exactly one of `name` (may hold `*`) and `regex` (matches the whole name)."""

    name: str | None = Field(None, min_length=1, description="Exact, or with `*` for any text.")
    regex: Regex | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.name is None) == (self.regex is None):
            raise ValueError("accepted: exactly one of `name` and `regex`")
        if self.name == "*":
            raise ValueError("`*` alone would claim everything")
        return self

    @property
    def label(self) -> str:
        return self.name or self.regex or ""


class CookieEntry(_Named):
    purpose: Purpose | None = Field(None, description="None: the vendor's.")
    lifetime: Lifetime | None = None
    party: SetIn = SetIn.FIRST
    hosts: tuple[Host, ...] = Field((), description="Only there does the name mean this; empty: anywhere.")
    identifies: bool | None = Field(None, description="Holds an identifier of a browser or person.")

    @property
    def lifetime_seconds(self) -> float | None:
        """Seconds; None: a session cookie, or unknown (see `lifetime`)."""
        match = _LIFETIME.fullmatch(self.lifetime or "")
        return float(int(match[1]) * _UNIT_SECONDS[match[2]]) if match and match[1] else None


class StorageEntry(_Named):
    purpose: Purpose | None = None
    area: Literal["local_storage", "session_storage", "indexed_db", "any"] = "any"
    hosts: tuple[Host, ...] = ()
    identifies: bool | None = None


NO_BATCH = "none"


class Embedded(Record):
    """A parameter whose value is itself structured."""

    name: str
    format: Literal["json", "base64_json", "query", "base64_query", "semicolons"]


class EndpointEntry(_Fact):
    """A place the vendor's requests go to."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    hosts: tuple[Host, ...] = Field((), description="Empty: only reached through a grammar.")
    path: Regex | None = Field(None, description="The path must begin with it; named groups become parameters.")
    requires: dict[str, Regex] = Field({}, description="Parameters that must be there, with the form of the value.")
    kind: EndpointKind
    purpose: Purpose | None = None
    decoder: str | None = Field(None, description="One of `classifiers.decoders`, where data is not enough.")
    batch: str | None = Field(
        None, description="Dotted path of the list of events in a body that is not itself one; `none`: never split."
    )
    embedded: tuple[Embedded, ...] = ()
    account: tuple[str, ...] = Field((), description="Templates such as `{id}`; the first whose fields are there.")
    event: tuple[str, ...] = Field(
        (),
        description="Templates, used when no parameter with role `event` is there; `{id?}` only asks that it be there.",
    )


class GrammarEntry(_Fact):
    """Recognises a payload without its host: proxies and server-side tagging on the site's own hosts."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    endpoint: str = Field(description="Endpoint of this file that says how to decode it.")
    path: Regex | None = Field(None, description="Searched in the path; named groups become parameters.")
    requires: dict[str, Regex] = Field({}, description="Parameters that must be there, with the form of the value.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.requires and self.path is None:
            raise ValueError("accepted: at least one of `path` and `requires`")
        return self


class ParameterEntry(_Named):
    title: str = Field(min_length=1)
    group: str = "General"
    role: Role = Role.OTHER
    signal: Signal | None = Field(None, description="Consent vocabulary, with role `consent`.")
    values: dict[str, str] = Field({}, description="Human words for coded values.")

    @model_validator(mode="after")
    def _signal_with_consent(self) -> Self:
        if (self.role is Role.CONSENT) != (self.signal is not None):
            raise ValueError("`signal` goes with role `consent`, and role `consent` needs a `signal`")
        return self


class Vendor(Record):
    """One service of one company; the file is named `<id>.yaml`."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str = Field(min_length=1)
    entity: Entity | None = Field(None, description="None: free software without a company, or several small services.")
    tcf_id: int | None = Field(
        None, gt=0, description="Number in the TCF vendor list, where neither the company nor a domain leads there."
    )
    recognises_devices: bool = Field(
        False, description="Documented to tell devices apart by their properties (fingerprinting)."
    )
    self_hosted: bool = Field(
        False, description="Usually runs on the site's own servers: there the entity receives nothing."
    )
    category: Category
    purpose: Purpose
    links: tuple[Annotated[str, Field(pattern=r"^https://")], ...] = Field(
        description="Public documentation, for whoever checks the entries."
    )
    doubted: bool = False
    note: str | None = None
    domains: tuple[Host, ...] = Field((), description="Hosts that are the vendor's as a whole, whatever the path.")
    cookies: tuple[CookieEntry, ...] = ()
    storage: tuple[StorageEntry, ...] = ()
    endpoints: tuple[EndpointEntry, ...] = ()
    grammars: tuple[GrammarEntry, ...] = ()
    parameters: tuple[ParameterEntry, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        ids = [endpoint.id for endpoint in self.endpoints]
        for twice in {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"two endpoints have the id `{twice}`")
        for grammar in self.grammars:
            if grammar.endpoint not in ids:
                raise ValueError(f"grammar `{grammar.id}` names the endpoint `{grammar.endpoint}`, which is not there")
        return self


def vendor_schema() -> dict[str, object]:
    """JSON Schema of a vendor file, for editors."""
    return Vendor.model_json_schema()
