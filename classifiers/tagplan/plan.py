"""tagplan.yaml: what a marketer says should fire, where, how often, with which values and under which consent."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from classifiers import states
from classifiers.place import Place
from classifiers.vendor_records import EndpointKind
from classifiers.yaml_source import PLACE_KEY
from crawler.journeys import Journey
from crawler.observations import Record

SCHEMA: Final = "tag-plan/1"
ANYWHERE = "*"
"""Environment of accounts that are allowed in all of them."""
EVENT_KINDS = (EndpointKind.COLLECT, EndpointKind.PIXEL, EndpointKind.CONVERSION)
"""What counts as a tag firing; loading a vendor's script does not."""
STATES = {
    "S0": states.SILENT,
    "S1": states.ACCEPT,
    "S2": states.REJECT,
    "S3": states.WITHDRAW,
    "S4": states.GPC,
    "S5": states.COOKIES_OFF,
}
_KNOWN_STATES = (*STATES.values(), states.GRANULAR, states.DISMISS, states.SCRIPT_OFF)

Inner = TypeVar("Inner")


def _without_place(raw: object) -> object:
    """The reader tells every mapping its place; free mappings have no use for it."""
    return {key: value for key, value in raw.items() if key != PLACE_KEY} if isinstance(raw, dict) else raw


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        at = f" at character {error.pos + 1}" if error.pos is not None else ""
        hint = f"; to mean the text itself, write '{re.escape(text)}' or use `equals`"
        raise ValueError(f"is not a regular expression: {error.msg}{at}{hint}") from error
    return text


def _state(name: str) -> str:
    found = STATES.get(name.upper(), name.replace("-", "_"))
    if found not in _KNOWN_STATES:
        raise ValueError(f"no consent scenario is called {name!r}; accepted: {', '.join((*STATES, *_KNOWN_STATES))}")
    return found


def _accounts(raw: object) -> object:
    if isinstance(raw, str | int):
        return {ANYWHERE: (str(raw),)}
    if isinstance(raw, list | tuple):
        return {ANYWHERE: tuple(str(one) for one in raw)}
    if isinstance(raw, dict):
        raw = _without_place(raw)
        assert isinstance(raw, dict)
        return {
            name: tuple(str(one) for one in ids) if isinstance(ids, list | tuple) else (str(ids),)
            for name, ids in raw.items()
        }
    return raw


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


Mapped = Annotated[dict[str, Inner], BeforeValidator(_without_place)]
Regex = Annotated[str, AfterValidator(_regex)]
State = Annotated[str, AfterValidator(_state)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Fires(StrEnum):
    """What the plan expects under one consent scenario."""

    FIRES = "fires"
    NONE = "none"
    PINGS_ONLY = "pings_only"
    """May report, with consent signals that say denied."""


class ValueType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    URL = "url"
    CURRENCY = "currency"
    """ISO 4217: three capitals."""


class Condition(Record):
    """What a value must be. A parameter that is named in a plan is required unless it says otherwise."""

    equals: str | None = None
    regex: Regex | None = Field(None, description="Must match the whole value.")
    type: ValueType | None = None
    no_pii: bool = Field(False, description="No e-mail address or telephone number, plain or URL-encoded.")
    required: bool = True
    forbidden: bool = Field(False, description="The parameter must not be there at all.")
    place: Place | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, raw: object) -> object:
        """`value: EUR` is short for `value: {equals: EUR}`; numbers in YAML are texts in requests."""
        if isinstance(raw, dict):
            given = raw.get("equals")
            return {**raw, "equals": _told(given)} if given is not None and not isinstance(given, str) else raw
        return raw if isinstance(raw, Condition) else {"equals": _told(raw)}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.forbidden and any((self.equals is not None, self.regex, self.type, self.no_pii)):
            raise ValueError("a forbidden parameter has no further conditions")
        return self


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Count(Record):
    min: int = Field(1, ge=0)
    max: int | None = Field(None, ge=0)
    place: Place | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"`max` ({self.max}) is less than `min` ({self.min})")
        return self


class PlannedCookie(Record):
    name: str = Field(description="Exact, or with `*`.")
    domain: str | None = Field(None, description="Effective domain, without a leading dot.")
    path: str | None = None
    secure: bool | None = None
    same_site: Literal["Strict", "Lax", "None"] | None = None
    max_days: float | None = Field(None, gt=0)
    place: Place | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, raw: object) -> object:
        return {"name": raw} if isinstance(raw, str) else raw


class PlannedTag(Record):
    """One line of the plan."""

    id: str = Field(pattern=r"^[\w.-]+$")
    vendor: str = Field(description="Id of the vendor catalogue (`consentinel tags vendors`).")
    account: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_accounts)] = Field(
        {}, description="Allowed ids: one, a list, or a list per environment. Empty: any."
    )
    kinds: tuple[EndpointKind, ...] = EVENT_KINDS
    pages: Texts = ("/**",)
    exclude: Texts = Field((), description="Pages on which it must not fire.")
    steps: Texts = Field((), description="Names of steps (globs) in which alone it fires; empty: page views.")
    exclude_steps: Texts = ()
    events: Texts = Field((), description="Names (globs); each is counted for itself. Empty: any.")
    per_page_view: Count = Count()
    per_step: Count = Count()
    params: Mapped[Condition] = {}  # noqa: RUF012 - pydantic copies defaults
    scenarios: Annotated[dict[State, Fires], BeforeValidator(_without_place)] = Field(
        {}, description="Consent scenario → fires, none or pings_only; those not named are not judged. Empty: fires."
    )
    consent_signals: Annotated[dict[State, Mapped[str]], BeforeValidator(_without_place)] = Field(
        {}, description="Consent scenario → parameter or signal (`gcs`, `gcd`, `tcf_string`) → value (glob)."
    )
    cookies: tuple[PlannedCookie, ...] = ()
    after: Texts = Field((), description="`consent_default`, or ids of tags whose first hit comes before this one's.")
    place: Place | None = None

    def allowed(self, environment: str | None) -> tuple[str, ...] | None:
        """Ids for this environment; None: any id."""
        if not self.account:
            return None
        return (*self.account.get(ANYWHERE, ()), *self.account.get(environment or "", ()))

    def expects(self, state: str) -> Fires | None:
        """None: the plan says nothing of this consent scenario."""
        return self.scenarios.get(state) if self.scenarios else Fires.FIRES

    @property
    def count(self) -> Count:
        return self.per_step if self.steps else self.per_page_view


class PlannedContainer(Record):
    """A tag manager's container or library as it was when the plan was made."""

    vendor: str
    account: str | None = None
    version: str = Field(description="As `consentinel tags init` wrote it: ETag, Last-Modified or size.")
    place: Place | None = None


class PlannedEntry(Record):
    """An entry of the data layer: an event, or any entry that holds the values."""

    event: str | None = None
    pages: Texts = ("/**",)
    steps: Texts = ()
    scenarios: tuple[State, ...] = Field((), description="Empty: all.")
    values: Mapped[Condition] = {}  # noqa: RUF012 - pydantic copies defaults
    place: Place | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.event is None and not self.values:
            raise ValueError("accepted: `event`, `values` or both")
        return self

    @property
    def name(self) -> str:
        return self.event or ", ".join(self.values)


class TagPlan(Record):
    """The file as a whole."""

    schema_name: Literal["tag-plan/1"] = Field(SCHEMA, alias="schema")
    environments: Mapped[Texts] = Field({}, description="Name → globs of page addresses that belong to it.")
    tags: tuple[PlannedTag, ...] = Field(min_length=1)
    ignore: Texts = Field((), description="Vendors whose hits are no business of this plan.")
    containers: tuple[PlannedContainer, ...] = ()
    data_layer: tuple[PlannedEntry, ...] = ()
    journeys: tuple[Journey, ...] = ()
    place: Place | None = None
