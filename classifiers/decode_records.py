"""What a decoded request says: vendor, account, event, page, named parameters, consent carried."""

from __future__ import annotations

from typing import Literal

from classifiers.base import Purpose
from classifiers.vendor_records import EndpointKind, Role, Signal
from crawler.observations import Record


class HitParameter(Record):
    name: str
    """As sent; fields of a JSON body as dotted path."""
    value: str
    title: str | None = None
    """In human words; None: the catalogue does not know it."""
    group: str = "Other"
    role: Role = Role.OTHER
    hashed: Literal["md5", "sha1", "sha256"] | None = None
    """A parameter about a person whose value has the form of this hash."""
    withheld: bool = False
    """The value was not kept; `value` is empty."""


class ConsentSignal(Record):
    signal: Signal
    parameter: str
    value: str
    """Raw, for the decoders of `classifiers.signals`."""


class Hit(Record):
    """One event of one vendor. A batched request yields several."""

    vendor: str
    """Catalogue id."""
    vendor_name: str
    endpoint: str
    kind: EndpointKind
    purpose: Purpose
    recognised_by: str
    """`host`, or `grammar:<id>` where only the payload shows whose it is."""
    account: str | None = None
    event: str | None = None
    page: str | None = None
    parameters: tuple[HitParameter, ...] = ()
    consent: tuple[ConsentSignal, ...] = ()
    index: int = 0
    """Place in the batch, from 0."""
    url: str
    method: str
    problems: tuple[str, ...] = ()
    """What could not be read: then a missing parameter says nothing."""

    def value(self, name: str) -> str | None:
        """Value of a parameter by the name it was sent under."""
        return next((parameter.value for parameter in self.parameters if parameter.name == name), None)
