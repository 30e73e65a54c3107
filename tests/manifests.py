"""What a `truth.json` says: items that a host can do, parts that put them in order, pages that use parts, and when."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from classifiers.base import Purpose
from crawler.observations import Record, StorageArea


class Moment(StrEnum):
    """All that can happen to a page in the three scenarios."""

    LOAD_UNDECIDED = "load_undecided"
    LOAD_ACCEPTED = "load_accepted"
    LOAD_REJECTED = "load_rejected"
    ACCEPT = "accept"
    REJECT = "reject"


class When(StrEnum):
    """The habits of tags. Each is a set of moments; nested ones must all agree."""

    ALWAYS = "always"
    WITH_CONSENT = "with_consent"
    UNLESS_REFUSED = "unless_refused"
    AFTER_ANY_CHOICE = "after_any_choice"
    """Ignores a refusal: any choice is a go-ahead."""
    ON_ANY_CHOICE = "on_any_choice"
    ON_REFUSAL = "on_refusal"


LOADS = frozenset({Moment.LOAD_UNDECIDED, Moment.LOAD_ACCEPTED, Moment.LOAD_REJECTED})
MOMENTS: dict[When, frozenset[Moment]] = {
    When.ALWAYS: LOADS,
    When.WITH_CONSENT: frozenset({Moment.ACCEPT, Moment.LOAD_ACCEPTED}),
    When.UNLESS_REFUSED: frozenset({Moment.LOAD_UNDECIDED, Moment.LOAD_ACCEPTED}),
    When.AFTER_ANY_CHOICE: frozenset({Moment.ACCEPT, Moment.REJECT, Moment.LOAD_ACCEPTED, Moment.LOAD_REJECTED}),
    When.ON_ANY_CHOICE: frozenset({Moment.ACCEPT, Moment.REJECT}),
    When.ON_REFUSAL: frozenset({Moment.REJECT}),
}


class Declared(Record):
    """The item stands in the lock file, under this category and with this lifetime."""

    category: str
    lifetime: float | Literal["session"] | None = None


class _Item(Record):
    purpose: Purpose | None = None
    """None: the vendor's."""
    vendor: str | None = None
    """Where it is not the host's own (a first-party cookie with a vendor's name)."""
    declared: Declared | Literal[False] | None = None
    """False: not in the lock file, though items of this kind have to be. None: need not be (plain delivery)."""


class RequestItem(_Item):
    kind: Literal["request"]
    method: str
    path: str
    type: str
    """CDP resource type in lower case."""
    status: int
    beacon: Literal["pixel", "sendBeacon", "keepalive"] | None = None
    tracks: bool = False
    """Tells the vendor something about the visitor, beyond fetching a file."""
    after: str | None = None
    """`host#item` whose redirect leads here."""
    fields: tuple[str, ...] = ()
    """Names of its query parameters or form fields."""
    carries: tuple[str, ...] = ()
    """Items (`name`, or `host#name`) whose identifier it hands over."""


class CookieItem(_Item):
    kind: Literal["cookie"]
    name: str
    by: Literal["header", "script", "cookie_store"]
    domain: Literal["own", "page-site"]
    """`own`: the host that serves it, host-only. `page-site`: all hosts of the page's registrable domain."""
    lifetime: float | None
    """Seconds asked for; None: session."""
    secure: bool
    http_only: bool
    same_site: Literal["Strict", "Lax", "None"] | None
    identifier: bool = False
    session: bool = False
    """Carries a session or a sign-in."""
    refused: str | None = None
    removes: bool = False
    same_as: str | None = None
    """Another item of this host that holds the same identifier."""


class StorageItem(_Item):
    kind: Literal["storage"]
    area: StorageArea
    key: str
    origin: Literal["own", "page"]
    container: str | None = None
    identifier: bool = False
    same_as: str | None = None
    """As with cookies."""


Item = Annotated[RequestItem | CookieItem | StorageItem, Field(discriminator="kind")]


class Step(Record):
    item: str | None = None
    part: str | None = None
    """`name`, or `host#name` of another host's manifest."""
    when: When | None = None
    once: bool = False
    """Only if it was not done before in the same browser profile."""


class Vendor(Record):
    id: str
    title: str
    entity: str
    country: str
    purpose: Purpose
    recipient: str | None
    """Class of recipients the declaration puts the entity in; None: in none."""
    embeds: Literal["video", "social", "chat"] | None = None
    """It puts content of its own into other people's pages."""
    container: str | None = None
    """It manages tags, and its scripts are this container."""


class Page(Record):
    title: str
    bar: bool
    """A consent bar is there to be clicked."""
    does: tuple[Step | str, ...]


class Policy(Record):
    """What the site's policy page says, and does not say, about cookies and beacons."""

    page: str
    dated: bool
    lists_items: bool
    states_lifetimes: bool
    choices: Literal["browser settings", "on the site"]
    promises: dict[str, str]
    """By claim id, in a few words."""


class Manifest(Record):
    host: str
    role: Literal["site", "vendor"]
    vendor: Vendor | None = None
    entry: str | None = None
    """The page where an audit starts; on one host only."""
    policy: Policy | None = None
    items: dict[str, Item]
    parts: dict[str, tuple[Step | str, ...]] = Field(default_factory=dict)
    pages: dict[str, Page] = Field(default_factory=dict)
