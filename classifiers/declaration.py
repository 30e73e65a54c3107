"""What the site says: categories, items, recipients, transfers and claims, read with their lines.

One model serves both levels. A *category* declaration comes from a policy that lists no items; a *lock file* lists
items one by one. A declaration may name its lock file, whose items then count as its own:

```yaml
schema: tracker-declaration/1
service: the Business Services
controller: MagicInfo Services and affiliates
site: business.localhost              # optional: host or registrable domain of the service
affiliates: [business-cdn.localhost]  # other sites of the same company: same entity, not third party
lock: business-services.lock.yaml     # optional, relative to this file
source: {kind: privacy_policy, url: null, sha256: 62fb…, effective_date: null, granularity: category}
                                      # with `url`, `page_sha256`: digest of the words published there
defaults:
  technologies_named: [http_cookie, flash_lso, html5_local_storage, beacon]
  technologies_open_clause: "other technologies"
  setters: [first_party, third_party]
categories:
  - {id: sign_in, title: Sign-in, lines: [55, 16], strength: explicit, purposes: [authentication],
     technologies: [http_cookie], set_by: [first_party], maps_to: [necessary], consent: exempt_if,
     exempt_if: {only_after: login, lifetime: session, purposes_only: true}}
tool_categories:
  - {id: consent_record, purposes: [store_choice], maps_to: [consent_record], consent: exempt}
items:                                # in the lock file: `schema`, `service`, `items` are enough
  - name: _ga                         # exact; `_ga_*` is a pattern; `/^_pk_.+$/` a regular expression
    technology: http_cookie           # request: `name` is the path (`/collect*`), `domains` its hosts
    domains: [business.localhost]     # covers sub-domains; empty or "*": any
    set_by: first_party
    category: usage_analytics         # id of a category, or `purpose:` instead
    provider: Google Analytics 4
    recipient: service_provider       # id of a recipient class, for third parties
    lifetime: 13 months               # `session`, `persistent`, seconds, or number and unit
recipients:
  - {id: service_provider, line: 33, entities: [Example Analytics Ltd, analytics.localhost]}
  - {id: independent_marketing, line: 30, allowed_only_with: separate_consent, entities: []}
transfers: {countries_named: [KR, US, JP], open_ended: true, safeguard_named: [SCC]}
choices: {ui_control: none_described, browser: [accept_all, reject_all, notify], email_unsubscribe: true,
          withdraw: by_email}
retention: {device_lifetimes: none_stated, general: as long as necessary}
claims:
  - {id: P-10, line: 30, quote: "We do not disclose …", rules: [TP-002]}          # refuted by findings of these rules
  - {id: P-31, line: 62, quote: "HTML5 local storage", technologies: [html5_local_storage]}  # observed or not
  - {id: P-14, line: 40, quote: "Standard Contractual Clauses", testable: false}
```
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from classifiers.base import Purpose
from classifiers.findings import Place
from classifiers.lifetimes import Lifetime, parse_lifetime
from classifiers.yaml_source import SourceError, parse_yaml, read_yaml
from crawler.addresses import UrlError, page_address
from crawler.observations import Record

SCHEMA = "tracker-declaration/1"
_PAGES = ("privacy_policy", "cookie_policy", "consent_platform")


class DeclarationError(SourceError):
    """A declaration or lock file that cannot be used."""


class Technology(StrEnum):
    COOKIE = "http_cookie"
    LOCAL_STORAGE = "html5_local_storage"
    SESSION_STORAGE = "session_storage"
    INDEXED_DB = "indexed_db"
    CACHE_STORAGE = "cache_storage"
    OPFS = "opfs"
    SERVICE_WORKER = "service_worker"
    WINDOW_NAME = "window_name"
    SHARED_STORAGE = "shared_storage"
    STORAGE_BUCKET = "storage_bucket"
    FLASH_LSO = "flash_lso"
    BEACON = "beacon"
    REQUEST = "request"
    """Any request that is not a beacon; an item with it covers the host's beacons too."""
    FINGERPRINTING = "fingerprinting"


class Setter(StrEnum):
    FIRST_PARTY = "first_party"
    THIRD_PARTY = "third_party"


class DeclaredPurpose(StrEnum):
    """Finer words of declarations; `maps_to` ties them to the purposes that labels use."""

    AUTHENTICATION = "authentication"
    REMEMBER_SIGN_IN = "remember_sign_in"
    SESSION_STATE = "session_state"
    LOAD_BALANCING = "load_balancing"
    USER_INPUT = "user_input"
    ABUSE_DETECTION = "abuse_detection"
    FRAUD_PREVENTION = "fraud_prevention"
    STORE_CHOICE = "store_choice"
    AUDIENCE_MEASUREMENT = "audience_measurement"
    TIME_ON_PAGE = "time_on_page"
    FEATURE_POPULARITY = "feature_popularity"
    PRODUCT_IMPROVEMENT = "product_improvement"
    ERROR_MONITORING = "error_monitoring"
    SESSION_RECORDING = "session_recording"
    EXPERIMENTS = "experiments"
    FREQUENCY_CAPPING = "frequency_capping"
    CONTENT_PERSONALISATION = "content_personalisation"
    TARGETED_ADVERTISING = "targeted_advertising"
    CROSS_SITE_PROFILING = "cross_site_profiling"
    EMBEDDED_CONTENT = "embedded_content"
    EMBEDDED_FUNCTIONALITY = "embedded_functionality"
    SOCIAL_SHARING = "social_sharing"
    CHAT = "chat"
    PAYMENT = "payment"
    PREFERENCES = "preferences"
    ACTIVITY_HISTORY = "activity_history"
    MESSAGE_VIEWED = "message_viewed"
    VIEW_TIME = "view_time"
    IP_ADDRESS = "ip_address"


def name_pattern(name: str) -> re.Pattern[str] | None:
    """`_ga_*` and `/^_pk_.+$/` as a pattern over the whole name; None: the name is exact. Raises re.error."""
    if len(name) > 2 and name.startswith("/^") and name.endswith("/"):
        return re.compile(name[1:-1])
    if "*" not in name:
        return None
    return re.compile(".*".join(re.escape(part) for part in name.split("*")), re.DOTALL)


class Entry(Record):
    """Base of all that stands in the file: it knows its own line."""

    place: SkipJsonSchema[Place | None] = Field(None, exclude=True)


class Source(Entry):
    kind: Literal["privacy_policy", "cookie_policy", "consent_platform", "tcf_disclosure", "inventory"]
    file: str | None = None
    url: str | None = Field(None, description="Address of the published page, in full.")
    sha256: str | None = Field(None, description="SHA-256 of the file that was read, as it was saved.")
    page_sha256: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the published page's words, as visits note it (`text_sha256`).",
    )
    effective_date: str | None = None
    granularity: Literal["category", "item"] = "category"

    @field_validator("effective_date", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return value if value is None or isinstance(value, str) else str(value)  # YAML reads 2026-01-02 as a date

    @property
    def is_page(self) -> bool:
        """Published as words, not as a table for machines."""
        return self.kind in _PAGES

    @property
    def page(self) -> str | None:
        """The address of the published page; None: it has none, or `url` is no web address."""
        if self.url is None or not self.is_page:
            return None
        try:
            return page_address(self.url)
        except UrlError:
            return None


class Defaults(Entry):
    technologies_named: tuple[Technology, ...] = ()
    technologies_open_clause: str | None = None
    setters: tuple[Setter, ...] = ()
    third_party_kinds: tuple[str, ...] = ()
    cross_context: tuple[str, ...] = ()
    unmatched_item: Literal["undeclared"] = "undeclared"
    unclassified_item: Literal["review"] = "review"


class ExemptIf(Entry):
    """Conditions under which the operator claims no consent is needed; claims, not facts."""

    only_after: str | None = None
    lifetime: str | None = None
    lifetime_max_days: float | None = None
    purposes_only: bool | None = None
    user_centric: bool | None = None
    purpose: DeclaredPurpose | None = None
    user_requested: bool | None = None


class Scope(Entry):
    hosts: tuple[str, ...] = ()
    note: str | None = None


class Category(Entry):
    id: str
    title: str = ""
    lines: tuple[int, ...] = ()
    strength: Literal["explicit", "implied", "general"] = "explicit"
    purposes: tuple[DeclaredPurpose, ...] = ()
    technologies: tuple[Technology, ...] = ()
    set_by: tuple[Setter, ...] = ()
    maps_to: tuple[Purpose, ...] = ()
    consent: Literal["required", "required_unless_requested", "exempt", "exempt_if"] = "required"
    exempt_if: ExemptIf | None = None
    exempt_profiles: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    scope: Scope | None = None
    channel: str | None = None
    observable_by: tuple[str, ...] = ()
    also_promised_at: tuple[int, ...] = ()
    report_as: str | None = None
    note: str | None = None


class DeclaredItem(Entry):
    name: str = Field(min_length=1)
    technology: Technology
    domains: tuple[str, ...] = ()
    set_by: Setter | None = None
    category: str | None = None
    purpose: Purpose | None = None
    purposes: tuple[DeclaredPurpose, ...] = ()
    provider: str | None = None
    recipient: str | None = None
    lifetime: Lifetime = None
    refreshed: bool | None = None
    """The expiry moves forward at each visit (`cookieRefresh` of the TCF disclosure)."""
    category_text: str | None = None
    """The category as the source wrote it."""
    description: str | None = None
    source_url: str | None = None

    @field_validator("name")
    @classmethod
    def _a_pattern_that_works(cls, name: str) -> str:
        try:
            name_pattern(name)
        except re.error as error:
            raise ValueError(
                f"not a regular expression ({error}); accepted: a name, `_ga_*`, or `/^_pk_.+$/`"
            ) from error
        return name

    @field_validator("lifetime", mode="before")
    @classmethod
    def _lifetime_in_words(cls, value: object) -> object:
        return parse_lifetime(value)


class Recipient(Entry):
    id: str
    line: int | None = None
    entities: tuple[str, ...] = ()
    """Names of entities or vendors, or registrable domains."""
    allowed_only_with: str | None = None


class Transfers(Entry):
    countries_named: tuple[str, ...] = ()
    open_ended: bool = False
    safeguard_named: tuple[str, ...] = ()


class Choices(Entry):
    ui_control: str | None = None
    browser: tuple[str, ...] = ()
    email_unsubscribe: bool | None = None
    withdraw: str | None = None


class Retention(Entry):
    device_lifetimes: str | None = None
    general: str | None = None


class DeclaredClaim(Entry):
    """A statement of the policy. Refuted by findings of `rules`, or borne out by sight of `technologies`."""

    id: str
    line: int | None = None
    quote: str
    rules: tuple[str, ...] = ()
    technologies: tuple[Technology, ...] = ()
    testable: bool = True


class Declaration(Entry):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_id: Literal["tracker-declaration/1"] = Field(alias="schema")
    service: str = ""
    controller: str | None = None
    site: str | None = None
    affiliates: tuple[str, ...] = ()
    lock: str | None = None
    source: Source | None = None
    defaults: Defaults = Defaults()
    categories: tuple[Category, ...] = ()
    tool_categories: tuple[Category, ...] = ()
    items: tuple[DeclaredItem, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    data_elements: tuple[str, ...] = ()
    transfers: Transfers | None = None
    choices: Choices | None = None
    retention: Retention | None = None
    claims: tuple[DeclaredClaim, ...] = ()

    def category(self, id: str | None) -> Category | None:
        return next((found for found in (*self.categories, *self.tool_categories) if found.id == id), None)

    def purposes_of(self, item: DeclaredItem) -> tuple[Purpose, ...]:
        """What the item is declared to be for; empty: the declaration does not say."""
        if item.purpose is not None:
            return (item.purpose,)
        category = self.category(item.category)
        return category.maps_to if category else ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Declaration:
        for what, ids in (
            ("categories", [category.id for category in (*self.categories, *self.tool_categories)]),
            ("recipients", [recipient.id for recipient in self.recipients]),
            ("claims", [claim.id for claim in self.claims]),
        ):
            twice = sorted({id for id in ids if ids.count(id) > 1})
            if twice:
                raise ValueError(f"{what} must have different ids; used twice: {', '.join(twice)}")
        return self


def read_declaration(path: Path) -> Declaration:
    """Reads a declaration and, where it names one, its lock file. Raises DeclarationError."""
    try:
        declaration = read_yaml(path, Declaration, what="declaration")
        if declaration.lock is not None:
            lock = read_yaml(path.parent / declaration.lock, Declaration, what="lock file")
            declaration = _with_lock(declaration, lock)
        _check_references(declaration)
    except SourceError as error:
        raise DeclarationError(error.faults) from error
    return declaration


def parse_declaration(text: str, *, name: str = "declaration") -> Declaration:
    """The same for a text in hand, without a lock file. Raises DeclarationError."""
    try:
        declaration = parse_yaml(text, Declaration, name=name, what="declaration")
        _check_references(declaration)
    except SourceError as error:
        raise DeclarationError(error.faults) from error
    return declaration


def _with_lock(declaration: Declaration, lock: Declaration) -> Declaration:
    if lock.lock is not None:
        where = lock.place or Place(file="lock file")
        raise SourceError([f"{where.file}:{where.line or 1}: lock: a lock file cannot name another lock file"])
    return declaration.model_copy(
        update={
            "items": (*declaration.items, *lock.items),
            "categories": (*declaration.categories, *lock.categories),
            "recipients": (*declaration.recipients, *lock.recipients),
            "affiliates": (*declaration.affiliates, *lock.affiliates),
        }
    )


def _check_references(declaration: Declaration) -> None:
    """A reference to a category or recipient that is not there would silently declare nothing."""
    categories = {category.id for category in (*declaration.categories, *declaration.tool_categories)}
    recipients = {recipient.id for recipient in declaration.recipients}
    faults = []
    for item in declaration.items:
        where = item.place or Place(file="declaration")
        for key, given, known in (("category", item.category, categories), ("recipient", item.recipient, recipients)):
            if given is not None and given not in known:
                accepted = ", ".join(sorted(known)) or f"none is declared; add it, or leave `{key}` out"
                faults.append(f"{where.file}:{where.line}: {key}: {given!r} of item {item.name!r} is not declared; "
                              f"accepted: {accepted}")  # fmt: skip
    if faults:
        raise SourceError(faults)


def declaration_schema() -> str:
    """The JSON Schema of declaration and lock file, as text."""
    return json.dumps(Declaration.model_json_schema(by_alias=True), indent=2, sort_keys=True) + "\n"
