"""Words of cookie lists: lifetimes, headers and categories in seven languages, and nothing guessed."""

from __future__ import annotations

import pytest

from classifiers.base import Purpose
from classifiers.importers.words import columns_of, lifetime_of, purpose_of_category, technology_of
from classifiers.lifetimes import DAY

MONTH = 365 * DAY / 12
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2 years", 2 * YEAR),
        ("1 Year", YEAR),
        ("13 Monate", 13 * MONTH),
        ("ein Jahr", YEAR),
        ("1 Jahr und 1 Monat", YEAR + MONTH),
        ("bis zu 30 Tage", 30 * DAY),
        ("1 an", YEAR),
        ("13 mois", 13 * MONTH),
        ("jusqu’à 6 mois", 6 * MONTH),
        ("2 años", 2 * YEAR),
        ("1 mes", MONTH),
        ("24 horas", DAY),
        ("1 anno", YEAR),
        ("6 mesi", 6 * MONTH),
        ("2 jaar", 2 * YEAR),
        ("3 maanden", 3 * MONTH),
        ("2년", 2 * YEAR),
        ("13개월", 13 * MONTH),
        ("30일", 30 * DAY),
        ("최대 1시간", 3600.0),
        ("1 year 1 month 4 days", YEAR + MONTH + 4 * DAY),
        ("30 minutes after the last visit", 1800.0),
        ("1,5 Stunden", 5400.0),
        ("400 Days", 400 * DAY),
    ],
)
def test_lifetimes_in_words(text: str, seconds: float) -> None:
    assert lifetime_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "Session",
        "Sitzung",
        "Ende der Sitzung",
        "fin de session",
        "sesión",
        "sessione",
        "sessie",
        "세션",
        "브라우저 종료 시",
        "end of the browser session",
    ],
)
def test_session(text: str) -> None:
    assert lifetime_of(text) == "session"


@pytest.mark.parametrize("text", ["Persistent", "never expires", "unbegrenzt", "illimité", "영구", "onbeperkt"])
def test_persistent(text: str) -> None:
    assert lifetime_of(text) == "persistent"


@pytest.mark.parametrize("text", ["", "-", "—", "n/a", "없음", "unbekannt"])
def test_a_list_that_says_nothing_states_no_lifetime(text: str) -> None:
    assert lifetime_of(text) is None


@pytest.mark.parametrize(
    "text", ["soon", "1 to 2 years", "2 bananas", "1 year or 2 years", "see the vendor's policy", "2 years*x"]
)
def test_what_is_not_understood_is_an_error_that_says_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="accepted: `2 years`, `13 Monate`"):
        lifetime_of(text)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Cookie name", "name"),
        ("Anbieter:", "provider"),
        ("Finalité", "description"),
        ("Duración", "lifetime"),
        ("Scadenza", "lifetime"),
        ("Bewaartermijn", "lifetime"),
        ("쿠키 이름", "name"),
        ("보유 기간", "lifetime"),
        ("Maximum Storage Duration", "lifetime"),
    ],
)
def test_headers(header: str, column: str) -> None:
    assert columns_of(header)[0] == column


def test_an_unknown_header_is_no_column() -> None:
    assert columns_of("Opening hours") == ()


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("Strictly necessary", Purpose.NECESSARY),
        ("Technisch erforderliche Cookies", Purpose.NECESSARY),
        ("Mesure d’audience", Purpose.ANALYTICS),
        ("Publicidad comportamental", Purpose.ADVERTISING),
        ("Preferenze", Purpose.FUNCTIONAL),
        ("Sociale media", Purpose.SOCIAL),
        ("광고 쿠키", Purpose.ADVERTISING),
        ("Nicht klassifiziert", Purpose.UNCLASSIFIED),
        ("Unclassified", Purpose.UNCLASSIFIED),
        ("Wonder cookies", None),
        ("雑多", None),
    ],
)
def test_categories_are_mapped_by_words_or_left_unmapped(text: str, purpose: Purpose | None) -> None:
    assert purpose_of_category(text) is purpose


def test_an_unknown_technology_is_not_guessed() -> None:
    assert technology_of("hologram") is None
