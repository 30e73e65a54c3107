"""What a label is, and what a classifier must do."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from crawler.observations import AnySighting, Record


class Purpose(StrEnum):
    """Closed and versioned. A purpose is a source's statement, never a fact."""

    NECESSARY = "necessary"
    CONSENT_RECORD = "consent_record"
    FUNCTIONAL = "functional"
    ANALYTICS = "analytics"
    ADVERTISING = "advertising"
    SOCIAL = "social"
    SESSION_REPLAY = "session_replay"
    UNCLASSIFIED = "unclassified"

    @property
    def needs_consent(self) -> bool | None:
        """Under the opt-in profiles; None: nobody said what it is for, so a person must look."""
        if self is Purpose.UNCLASSIFIED:
            return None
        return self not in (Purpose.NECESSARY, Purpose.CONSENT_RECORD)


class Party(StrEnum):
    FIRST = "first"
    """Same registrable domain as the page."""
    SAME_ENTITY = "same_entity"
    """Another site of the same company (affiliates named in the declaration)."""
    THIRD = "third"


class Vote(Record):
    """One source's opinion whether this tracks."""

    source: str
    tracker: bool
    evidence: str


class Label(Record):
    """What a sighting is, whose it is, and who says so."""

    purpose: Purpose
    party: Party
    vendor: str | None = None
    """Title of the service, `Google Analytics 4`."""
    vendor_id: str | None = None
    """File name of its catalogue entry."""
    entity: str | None = None
    """Company that runs it."""
    country: str | None = None
    """ISO 3166-1 alpha-2 of the entity's registered seat."""
    votes: tuple[Vote, ...] = ()
    identifier: bool = False
    """The value looks like an identifier of a person or browser."""
    reason: str
    """One sentence a person can check."""
    source: str
    """Classifier that decided, with the entry: `catalogue:google_analytics_4#_ga`."""
    confidence: float


class Classifier(Protocol):
    """One way of telling what a sighting is for. Returns None to let the next one try."""

    name: str

    def classify(self, sighting: AnySighting) -> Label | None: ...
