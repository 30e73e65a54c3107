"""Declarations: what is read, how it matches, and how a fault is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers.base import Party, Purpose
from classifiers.declaration import (
    DeclarationError,
    Technology,
    declaration_schema,
    parse_declaration,
    read_declaration,
)
from classifiers.declared import DeclarationIndex, Tier
from classifiers.findings import DeclaredState
from classifiers.lifetimes import in_words, parse_lifetime
from classifiers.traces import Trace

HEAD = "schema: tracker-declaration/1\n"
FIXTURE = Path(__file__).parent.parent / "fixtures" / "declarations" / "business-services.yaml"


def faults(text: str) -> str:
    with pytest.raises(DeclarationError) as caught:
        parse_declaration(text, name="d.yaml")
    return str(caught.value)


def index(text: str) -> DeclarationIndex:
    return DeclarationIndex(parse_declaration(HEAD + text))


def cookie(name: str, host: str = "shop.example") -> Trace:
    return Trace(Technology.COOKIE, name, host)


def test_the_fixture_is_read_with_its_lock_file() -> None:
    declaration = read_declaration(FIXTURE)
    assert len(declaration.categories) == 9
    item = next(item for item in declaration.items if item.name == "_ga")
    assert item.place is not None
    assert item.place.file.endswith("business-services.lock.yaml")
    assert FIXTURE.with_name("business-services.lock.yaml").read_text("utf-8").splitlines()[
        (item.place.line or 0) - 1
    ].strip().startswith("- {name: _ga")  # fmt: skip
    assert declaration.purposes_of(item) == (Purpose.NECESSARY,)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["d.yaml:1", "empty"]),
        ("- a\n", ["d.yaml:1", "mapping"]),
        ("a: [\n", ["d.yaml:", "not valid YAML"]),
        ("schema: other/1\n", ["d.yaml:1: schema", "tracker-declaration/1"]),
        (HEAD + "categries: []\n", ["d.yaml:2: categries", "did you mean 'categories'"]),
        (
            HEAD + "categories:\n  - id: x\n    technologies: [http_cooky]\n",
            ["d.yaml:4: categories[0].technologies[0]", "did you mean 'http_cookie'", "accepted: "],
        ),
        (HEAD + "items:\n  - {name: a}\n", ["d.yaml:3: items[0].technology", "required"]),
        (
            HEAD + "items:\n  - {name: a, technology: http_cookie, lifetime: 3 moons}\n",
            ["d.yaml:3: items[0].lifetime", "13 months", "3 moons"],
        ),
        (
            HEAD + "items:\n  - {name: a, technology: http_cookie, category: what}\n",
            ["d.yaml:3: category", "'what'", "not declared"],
        ),
        (HEAD + "categories: [{id: a}, {id: a}]\n", ["used twice: a"]),
        (HEAD + "items:\n  - name: a\n    name: b\n    technology: http_cookie\n", ["d.yaml:", "duplicate"]),
        (
            HEAD + "items:\n  - {name: '/^(/', technology: http_cookie}\n",
            ["d.yaml:3: items[0].name", "not a regular expression", "`_ga_*`"],
        ),
        (HEAD + "1: x\n", ["d.yaml:"]),
        (HEAD + "items: {a: b}\n", ["d.yaml:2: items"]),
        (HEAD + "source: !!python/object:os.system {}\n", ["d.yaml:2: source"]),
        (HEAD + "place: {file: x}\n", ["d.yaml:2: place", "unknown key"]),
    ],
)
def test_a_fault_names_file_line_key_and_accepted_form(text: str, parts: list[str]) -> None:
    told = faults(text)
    for part in parts:
        assert part in told, told


def test_all_faults_are_told_at_once() -> None:
    told = faults(HEAD + "servce: x\nitems:\n  - {name: a}\n")
    assert len(told.splitlines()) == 2


def test_a_missing_file_or_lock_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"none\.yaml: no such file"):
        read_declaration(tmp_path / "none.yaml")
    main = tmp_path / "main.yaml"
    main.write_text(HEAD + "lock: gone.lock.yaml\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"gone\.lock\.yaml: no such file"):
        read_declaration(main)
    main.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DeclarationError, match="UTF-8"):
        read_declaration(main)


def test_a_faulty_lock_file_is_never_used_silently(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(HEAD + "lock: l.yaml\n", encoding="utf-8")
    (tmp_path / "l.yaml").write_text(HEAD + "items:\n  - {name: a, technology: cookies}\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"l\.yaml:3"):
        read_declaration(tmp_path / "main.yaml")


def test_item_entries_match_by_name_and_domain_then_name_then_pattern() -> None:
    known = index(
        "items:\n"
        "  - {name: _ga, technology: http_cookie, domains: [shop.example]}\n"
        "  - {name: any, technology: http_cookie}\n"
        "  - {name: _ga_*, technology: http_cookie}\n"
        "  - {name: '/^_pk_[a-z]+[.]/', technology: http_cookie}\n"
        "  - {name: '/^_hj.+/', technology: http_cookie, domains: [other.example]}\n"
    )

    def tier(trace: Trace) -> Tier | None:
        found = known.item(trace)
        return found[1] if found else None

    assert tier(cookie("_ga")) is Tier.NAME_AND_DOMAIN
    assert tier(cookie("_ga", "www.shop.example")) is Tier.NAME_AND_DOMAIN
    assert tier(cookie("_ga", "ads.example")) is None
    assert tier(cookie("any", "ads.example")) is Tier.NAME
    assert tier(cookie("_ga_X1")) is Tier.PATTERN
    assert tier(cookie("_pk_id.")) is Tier.PATTERN
    assert tier(cookie("_hjid")) is None
    assert tier(Trace(Technology.LOCAL_STORAGE, "any", "shop.example")) is None


def test_a_category_needs_purpose_technology_and_setter() -> None:
    known = index(
        "categories:\n  - {id: stats, maps_to: [analytics], technologies: [http_cookie], set_by: [first_party]}\n"
        "tool_categories:\n  - {id: record, purposes: [store_choice]}\n"
        "defaults: {technologies_open_clause: other technologies}\n"
    )
    first = cookie("x")
    assert known.match(first, purpose=Purpose.ANALYTICS, party=Party.FIRST).state is DeclaredState.CATEGORY
    assert known.match(first, purpose=Purpose.ANALYTICS, party=Party.THIRD).state is DeclaredState.UNDECLARED
    assert known.match(first, purpose=Purpose.ADVERTISING, party=Party.FIRST).state is DeclaredState.UNDECLARED
    storage = Trace(Technology.INDEXED_DB, "db", "shop.example")
    assert known.match(storage, purpose=Purpose.ANALYTICS, party=Party.FIRST).state is DeclaredState.OPEN_CLAUSE
    record = known.match(first, purpose=Purpose.CONSENT_RECORD, party=Party.FIRST)
    assert record.declared_as == "record"


def test_no_declaration_declares_nothing() -> None:
    match = DeclarationIndex(None).match(cookie("x"), purpose=Purpose.ANALYTICS, party=Party.FIRST)
    assert match.state is DeclaredState.NO_DECLARATION


def test_an_entry_for_requests_covers_the_hosts_beacons() -> None:
    known = index("items: [{name: '*', technology: request, domains: [errors.example]}]\n")
    assert known.item(Trace(Technology.BEACON, "/log", "errors.example", "https://errors.example/log")) is not None
    assert known.item(Trace(Technology.BEACON, "/log", "other.example", "https://other.example/log")) is None


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("session", "session"), ("2 years", 63_072_000.0), ("13 months", 34_164_000.0), ("1,5 hours", 5400.0), (60, 60.0)],
)
def test_lifetimes_in_words(words: object, seconds: object) -> None:
    assert parse_lifetime(words) == seconds


@pytest.mark.parametrize("words", ["soon", "-3", True, "3 parsecs", "1e400 days", float("inf")])
def test_other_lifetimes_are_refused(words: object) -> None:
    with pytest.raises(ValueError, match="13 months"):
        parse_lifetime(words)


def test_lifetimes_are_told_in_words() -> None:
    assert in_words(None) == "session"
    assert in_words(63_072_000) == "730 days"
    assert in_words(86_400) == "1 day"
    assert in_words(5400) == "1.5 hours"
    assert in_words(30) == "30 seconds"


def test_the_schema_knows_what_the_reader_accepts() -> None:
    schema = json.loads(declaration_schema())
    assert set(schema["properties"]) >= {"schema", "categories", "items", "recipients", "claims"}
    assert "place" not in json.dumps(schema)
    assert "indexed_db" in json.dumps(schema)
