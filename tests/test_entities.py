"""Whose host it is: every source heard, and one company under its many names."""

from __future__ import annotations

import pytest

from classifiers.entities import Entities, company_key, from_companiesdb, from_third_party_web
from classifiers.lists.formats import companies_of, entities_of, trackers_of
from classifiers.vendors import Catalogue, packaged
from tests.test_lists import FIXTURES


def _read(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


WEB = from_third_party_web(entities_of("entities-nostats.json", _read("entities-nostats.json")))
DATABASE = from_companiesdb(
    trackers_of("trackers.json", _read("trackers.json")), companies_of("companies.json", _read("companies.json"))
)
NOBODY = Catalogue({}, digest="-")
LISTED = Entities(NOBODY, (WEB, DATABASE))


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("quietcounter.example", "Quiet Counter"),
        ("a.b.quietcounter.example", "Quiet Counter"),
        ("notquietcounter.example", None),
        ("cdn.counting-house.example", "Quiet Counter"),
        ("www.counting-house.example", None),  # listed as one host, not as everything below
        ("example", None),
        ("", None),
    ],
)
def test_a_host_belongs_to_the_entry_that_covers_it(host: str, service: str | None) -> None:
    owner = WEB.owner(host)
    assert (owner.service if owner else None) == service


def test_both_lists_are_heard_in_their_order() -> None:
    told = [(owner.source, owner.company, owner.category) for owner in LISTED.owners("x.plainfiles.example")]
    assert told == [
        ("third_party_web", "Plain Files", "cdn"),
        ("companiesdb", "Counting House, Inc.", "site_analytics"),
    ]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Google LLC", "Google"),
        ("Alphabet, Inc.", "Google"),
        ("Meta Platforms, Inc.", "Facebook"),
        ("Counting House, Inc.", "counting house"),
        ("Criteo S.A.", "Criteo"),
        ("X Corp.", "Twitter"),
        ("Acme GmbH & Co. KG", "ACME"),
        ("AdGuard (Adguard Software Ltd)", "AdGuard"),
    ],
)
def test_a_company_is_one_under_its_many_names(a: str, b: str) -> None:
    assert company_key(a) == company_key(b)


@pytest.mark.parametrize(("a", "b"), [("Apple Inc.", "Applied Inc."), ("Co", "AG"), ("X Corp", "Y Corp")])
def test_different_companies_stay_different(a: str, b: str) -> None:
    assert company_key(a) != company_key(b)


def test_hosts_of_one_company_are_the_same_entity_across_sources() -> None:
    assert LISTED.same("a.quietcounter.example", "cdn.counting-house.example")
    assert LISTED.same("a.unknown.example", "b.unknown.example")
    assert not LISTED.same("a.quietcounter.example", "a.loudbanners.example")
    assert not LISTED.same("a.unknown.example", "a.another.example")


def test_the_catalogue_speaks_before_the_lists() -> None:
    everyone = Entities(packaged(), (WEB,))
    first = next(everyone.owners("www.google-analytics.com"))
    assert (first.source, first.company, first.country) == ("catalogue", "Google LLC", "US")
    assert everyone.same("www.google-analytics.com", "googleads.g.doubleclick.net")
    assert not everyone.same("www.google-analytics.com", "connect.facebook.net")


def test_without_any_source_a_company_is_its_registrable_domain() -> None:
    alone = Entities(NOBODY)
    assert alone.name("a.shop.example") is None
    assert alone.key("https://a.shop.example/x") == "shop.example"
