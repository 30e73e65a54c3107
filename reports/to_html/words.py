"""Titles of the closed sets, as people read them."""

from __future__ import annotations

from datetime import datetime

from classifiers.base import Purpose
from classifiers.findings import DeclaredState
from crawler.observations import Consent
from crawler.visits import ChoiceStatus

PURPOSES: dict[Purpose, str] = {
    Purpose.ADVERTISING: "Advertising",
    Purpose.SOCIAL: "Social media",
    Purpose.SESSION_REPLAY: "Session replay",
    Purpose.ANALYTICS: "Analytics",
    Purpose.FUNCTIONAL: "Functional",
    Purpose.UNCLASSIFIED: "Unclassified",
    Purpose.CONSENT_RECORD: "Consent record",
    Purpose.NECESSARY: "Labelled necessary",
}
"""In the order in which they are shown: what asks for consent comes first."""

CONSENTS: dict[Consent, str] = {
    Consent.UNDECIDED: "no choice yet",
    Consent.ACCEPTED: "after accepting",
    Consent.REJECTED: "after refusing",
    Consent.PARTIAL: "after a partial choice",
    Consent.WITHDRAWN: "after withdrawing",
}

CHOICES: dict[Consent, str] = {
    Consent.UNDECIDED: "No choice",
    Consent.ACCEPTED: "Accepted",
    Consent.REJECTED: "Refused",
    Consent.PARTIAL: "Partial choice",
    Consent.WITHDRAWN: "Withdrawn",
}

STATUSES: dict[ChoiceStatus, str] = {
    ChoiceStatus.CONFIRMED: "confirmed",
    ChoiceStatus.CONTRADICTED: "contradicted by a witness",
    ChoiceStatus.UNCONFIRMED: "not confirmed",
    ChoiceStatus.NOT_OFFERED: "no control recognised",
}

DECLARED: dict[DeclaredState, str] = {
    DeclaredState.ITEM: "listed by name",
    DeclaredState.CATEGORY: "covered in general terms",
    DeclaredState.OPEN_CLAUSE: "general words only",
    DeclaredState.UNDECLARED: "not declared",
    DeclaredState.NO_DECLARATION: "no declaration given",
}

_OPEN = {Consent.UNDECIDED, Consent.REJECTED, Consent.WITHDRAWN}


def without_consent(purpose: Purpose, consent: Consent) -> bool:
    """Seen while no acceptance was in force, and of a purpose that asks for one under the opt-in profiles."""
    return purpose.needs_consent is True and consent in _OPEN


def moment(at: datetime) -> str:
    zone = at.strftime("%Z") or "UTC"
    return f"{at.day} {at.strftime('%B %Y, %H:%M')} {zone}"


def seconds(at: float | None) -> str:
    """With a space that does not break between number and unit."""
    return "" if at is None else f"{at:.2f}\u00a0s"


def count(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"
