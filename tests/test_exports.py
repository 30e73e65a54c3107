"""Exports: declared items in the formats of others, and back where the format can carry it."""

from __future__ import annotations

import importlib
import json
import pkgutil

import pytest

from classifiers import exports
from classifiers.base import Purpose
from classifiers.declaration import Declaration, parse_declaration
from classifiers.exports import EXPORTS
from classifiers.exports.base import Export
from classifiers.exports.to_edpb_knowledge import ToEdpbKnowledge
from classifiers.exports.to_open_cookie_database import ToOpenCookieDatabase
from classifiers.exports.to_yaml import ToYaml, lifetime_words
from classifiers.importers.base import Material, import_declaration
from classifiers.importers.open_cookie_database import COLUMNS, OpenCookieDatabase
from classifiers.lifetimes import DAY, Lifetime, parse_lifetime

TEXT = """
schema: tracker-declaration/1
service: the shop
controller: Shop Ltd
source: {kind: inventory, url: "https://shop.example/cookies", granularity: item}
categories:
  - {id: running, maps_to: [necessary]}
  - {id: counting, maps_to: [analytics]}
items:
  - {name: sid, technology: http_cookie, domains: [shop.example], category: running, lifetime: session}
  - {name: _ga_*, technology: http_cookie, domains: [shop.example, shop.test], category: counting, provider: Google,
     lifetime: 13 months, description: "Counts, per \\"visit\\"", source_url: "https://policies.google.com/privacy"}
  - {name: theme, technology: html5_local_storage, purpose: functional, lifetime: persistent}
  - {name: /imp.gif, technology: beacon, domains: [ads.example], purpose: advertising}
"""


@pytest.fixture
def declaration() -> Declaration:
    return parse_declaration(TEXT)


def test_the_tuple_names_every_export_of_the_folder() -> None:
    found = set()
    for module in pkgutil.iter_modules(exports.__path__):
        loaded = importlib.import_module(f"classifiers.exports.{module.name}")
        found |= {
            kind
            for kind in vars(loaded).values()
            if isinstance(kind, type) and issubclass(kind, Export) and kind.__module__ == loaded.__name__
        }
    assert found - {Export} == set(EXPORTS)


def test_open_cookie_database_has_its_columns_and_reads_back(declaration: Declaration) -> None:
    text = ToOpenCookieDatabase().render(declaration)
    assert text.splitlines()[0] == ",".join(COLUMNS)
    material = Material(name="out.csv", text=text)
    back = import_declaration(OpenCookieDatabase(), material).declaration
    cookies = {item.name: item for item in back.items}
    ga = cookies["_ga_*"]
    assert (ga.domains, ga.provider, ga.description) == (("shop.example", "shop.test"), "Google", 'Counts, per "visit"')
    assert ga.lifetime == 13 * 365 * DAY / 12
    assert back.purposes_of(ga) == (Purpose.ANALYTICS,)
    assert cookies["sid"].lifetime == "session"


def test_open_cookie_database_ids_are_stable_and_unique(declaration: Declaration) -> None:
    first, second = ToOpenCookieDatabase().render(declaration), ToOpenCookieDatabase().render(declaration)
    assert first == second
    ids = [line.partition(",")[0] for line in first.splitlines()[1:]]
    assert len(set(ids)) == len(ids) == 4


def test_edpb_knowledge_base_has_an_entry_per_domain_of_cookies_and_local_storage(declaration: Declaration) -> None:
    (base,) = json.loads(ToEdpbKnowledge().render(declaration))
    assert (base["name"], base["category"]) == ("the shop", "declaration")
    assert [(k["kind"], k["name"], k["domain"]) for k in base["knowledges"]] == [
        ("cookie", "sid", "shop.example"),
        ("cookie", "_ga_*", "shop.example"),
        ("cookie", "_ga_*", "shop.test"),
        ("localstorage", "theme", ""),
    ]
    ga = base["knowledges"][1]
    assert set(ga) == {
        "kind", "domain", "name", "category", "source", "controller", "policy", "reference", "comment",
    }  # fmt: skip
    assert (ga["category"], ga["controller"], ga["source"]) == ("analytics", "Google", "https://shop.example/cookies")
    assert "13 months" in ga["comment"]


def test_our_yaml_means_the_same_when_read_back(declaration: Declaration) -> None:
    again = parse_declaration(ToYaml().render(declaration))
    for before, after in zip(
        sorted(declaration.items, key=lambda item: item.name),
        sorted(again.items, key=lambda item: item.name),
        strict=True,
    ):
        assert after.model_dump(exclude={"place"}) == before.model_dump(exclude={"place"})
    assert again.model_dump(include={"service", "controller"}) == declaration.model_dump(
        include={"service", "controller"}
    )


@pytest.mark.parametrize(
    ("lifetime", "words"),
    [
        (365 * DAY, "1 year"),
        (13 * 365 * DAY / 12, "13 months"),
        (396 * DAY, "396 days"),
        (1800.0, "30 minutes"),
        (90.5, 90.5),
        (0.0, 0),
        ("session", "session"),
        (None, None),
    ],
)
def test_lifetimes_are_written_in_words_that_mean_exactly_the_same(lifetime: Lifetime, words: object) -> None:
    assert lifetime_words(lifetime) == words
    assert parse_lifetime(lifetime_words(lifetime)) == lifetime
