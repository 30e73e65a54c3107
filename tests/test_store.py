"""The store: what goes in comes out equal, whole or not at all, and a wrong file is a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from crawler.observations import (
    Consent,
    CookieSighting,
    CookieWitness,
    NameValue,
    Operation,
    Record,
    TargetKind,
    ValueDigest,
)
from crawler.rows import plan
from crawler.schema import APPLICATION_ID, SIGHTING_TABLES, migrations
from crawler.store import SCAN_PARTS, VISIT_PARTS, Store, StoreError
from crawler.visits import Problem, ProblemKind, Scan, Visit, VisitStatus

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WHOLE = st.integers(min_value=-(2**53), max_value=2**53)
REAL = st.floats(allow_nan=False, allow_infinity=False)
MOMENT = st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1))
TEXT = st.text(max_size=12)


def a_scan(scan_id: str = "scan-1", **more: Any) -> Scan:
    return Scan(
        id=scan_id,
        started=more.pop("started", NOW),
        urls=("http://shop.localhost/",),
        scenarios=("silent",),
        tool_version="0",
        browser="Chromium/1",
        browser_path="/usr/bin/chromium",
        **more,
    )


def a_cookie(number: int = 1, consent: Consent = Consent.UNDECIDED) -> CookieSighting:
    return CookieSighting(
        id=f"c{number}",
        consent=consent,
        phase="open",
        order=number,
        at=0.1,
        wall=NOW,
        page="http://shop.localhost/",
        frame="http://shop.localhost/",
        target=TargetKind.PAGE,
        operation=Operation.WRITE,
        name="_ga",
        domain="shop.localhost",
        path="/",
        host_only=True,
        secure=False,
        http_only=False,
        same_site=None,
        lifetime_asked=63072000.0,
        value=ValueDigest(digest="00", length=2, shape="word"),
        raw="_ga=…",
        seen_in=(CookieWitness.HEADER,),
        stored=True,
    )


def a_visit(visit_id: str = "silent-1-0", **more: Any) -> Visit:
    return Visit(
        id=visit_id,
        url=more.pop("url", "http://shop.localhost/"),
        final_url="http://shop.localhost/",
        scenario="silent",
        started=NOW,
        duration=1.5,
        status=VisitStatus.COMPLETE,
        **more,
    )


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value that the annotation of a record's field allows."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return st.one_of(*(values_of(member) for member in inner))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(values_of(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(values_of(member) for member in inner))
    if issubclass(annotation, Record):
        return records(annotation)
    if issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    simple: dict[type, st.SearchStrategy[Any]] = {
        str: TEXT,
        int: WHOLE,
        float: REAL,
        bool: st.booleans(),
        datetime: MOMENT,
        NoneType: st.none(),
    }
    return simple[annotation]


def records(model: type[Record]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({name: values_of(field.annotation) for name, field in model.model_fields.items()}).map(
        lambda fields: model(**fields)
    )


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """A visit whose sightings have ids of their own, as the engine stamps them."""
    visit: Visit = draw(records(Visit))
    return visit.model_copy(
        update={
            kind: tuple(
                sighting.model_copy(update={"id": f"{kind}{number}"})
                for number, sighting in enumerate(getattr(visit, kind))
            )
            for kind in SIGHTING_TABLES
        }
    )


@pytest.fixture
def opened(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "out" / "scan.sqlite", create=True)
    store.begin(a_scan())
    return store


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(visit=visits())
def test_any_visit_comes_back_equal(tmp_path_factory: pytest.TempPathFactory, visit: Visit) -> None:
    with Store.open(tmp_path_factory.mktemp("store") / "scan.sqlite", create=True) as store:
        store.begin(a_scan())
        store.save("scan-1", visit)
        assert list(store.visits("scan-1")) == [visit]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(scan=records(Scan))
def test_any_scan_comes_back_equal(tmp_path_factory: pytest.TempPathFactory, scan: Scan) -> None:
    path = tmp_path_factory.mktemp("store") / "scan.sqlite"
    with Store.open(path, create=True) as store:
        store.begin(scan)
    with Store.open(path) as store:
        assert store.scan(scan.id) == scan == store.scan()


def test_every_field_of_a_record_has_its_column(opened: Store) -> None:
    with sqlite3.connect(opened.path) as plain:
        for part in (*VISIT_PARTS, *SCAN_PARTS):
            columns = {row[1] for row in plain.execute(f"PRAGMA table_info({part.table})")}
            wanted = {part.columns.get(column.name, column.name) for column in plan(part.model).columns}
            assert wanted == columns - {"seq", "visit", "scan"}, part.table


def test_saving_twice_leaves_one_visit(opened: Store) -> None:
    opened.save("scan-1", a_visit(cookies=(a_cookie(),)))
    opened.save("scan-1", a_visit(cookies=(a_cookie(1), a_cookie(2))))
    [visit] = opened.visits("scan-1")
    assert len(visit.cookies) == 2
    with sqlite3.connect(opened.path) as plain:
        assert plain.execute("SELECT count(*) FROM cookies").fetchone() == (2,)


def test_a_visit_that_cannot_be_written_whole_leaves_nothing(opened: Store) -> None:
    with pytest.raises(StoreError, match="could not be written"):
        opened.save("scan-1", a_visit(cookies=(a_cookie(1), a_cookie(1))))
    assert not opened.has("scan-1", "silent-1-0")
    assert list(opened.visits("scan-1")) == []


def test_a_visit_needs_its_scan(opened: Store) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        opened.save("another", a_visit())


def test_finishing_a_scan_keeps_its_visits(opened: Store) -> None:
    opened.save("scan-1", a_visit())
    opened.finish(a_scan(finished=NOW, discovered=3, skipped=(NameValue(name="http://x/", value="robots"),)))
    assert opened.scan().finished == NOW
    assert opened.scan().skipped[0].value == "robots"
    assert opened.has("scan-1", "silent-1-0")


def test_the_newest_scan_is_the_one_that_is_meant(opened: Store) -> None:
    opened.begin(a_scan("older", started=datetime(2025, 1, 1, tzinfo=UTC)))
    assert opened.scan().id == "scan-1"
    assert [scan.id for scan in opened.scans()] == ["older", "scan-1"]
    with pytest.raises(StoreError, match="no scan missing"):
        opened.scan("missing")


def test_visits_come_in_the_same_order_whatever_finished_first(tmp_path: Path) -> None:
    pages = [
        a_visit("a", entry=True, url="http://shop.localhost/z"),
        a_visit("b", url="http://shop.localhost/a"),
        a_visit("c", url="http://shop.localhost/b"),
    ]
    told = []
    for name, order in (("forth", pages), ("back", pages[::-1])):
        with Store.open(tmp_path / name, create=True) as store:
            store.begin(a_scan())
            for visit in order:
                store.save("scan-1", visit)
            told.append([visit.id for visit in store.visits("scan-1")])
    assert told == [["a", "b", "c"]] * 2


def test_a_second_connection_reads_while_the_first_writes(opened: Store) -> None:
    opened.save("scan-1", a_visit())
    with Store.open(opened.path) as reader:
        assert [visit.id for visit in reader.visits("scan-1")] == ["silent-1-0"]
    assert sqlite3.connect(opened.path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_views_answer_the_first_questions_of_people(opened: Store) -> None:
    opened.save(
        "scan-1",
        a_visit(
            cookies=(a_cookie(1), a_cookie(2, Consent.REJECTED)),
            problems=(Problem(kind=ProblemKind.CAP, message="never still"),),
        ),
    )
    with sqlite3.connect(opened.path) as plain:
        before = plain.execute("SELECT kind, name, whose, visited FROM fired_before_consent").fetchall()
        after = plain.execute("SELECT arrival FROM fired_after_refusal").fetchall()
        [inventory] = plain.execute("SELECT name, visits, longest_days_asked FROM cookie_inventory").fetchall()
        unseen = plain.execute("SELECT kind FROM unseen").fetchall()
    assert before == [("cookie", "_ga", "shop.localhost", "http://shop.localhost/")]
    assert after == [(2,)]
    assert inventory == ("_ga", 1, 730.0)
    assert unseen == [("cap",)]


def _missing(path: Path) -> None:
    assert not path.exists()


def _not_a_database(path: Path) -> None:
    path.write_text("this is a letter, not a database, and long enough to be taken for one" * 20)


def _of_someone_else(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE visits (id TEXT)")


def _empty(path: Path) -> None:
    path.touch()


def _from_the_future(path: Path) -> None:
    Store.open(path, create=True).close()
    with sqlite3.connect(path) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('consentinel', 'next', 'later')"
        )


def _cut_short(path: Path) -> None:
    Store.open(path, create=True).close()
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_missing, "there is no scan here"),
        (_not_a_database, "cannot be read as a scan"),
        (_of_someone_else, "is not a Consentinel scan"),
        (_empty, "is not a Consentinel scan"),
        (_from_the_future, "newer Consentinel"),
        (_cut_short, "cannot be read as a scan"),
    ],
)
def test_a_wrong_file_is_a_sentence_with_its_place(tmp_path: Path, spoil: Callable[[Path], None], says: str) -> None:
    path = tmp_path / "scan.sqlite"
    spoil(path)
    with pytest.raises(StoreError, match=says) as raised:
        Store.open(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("consent", "perhaps"),
        ("arrival", "first"),
        ("seen_in", "[not json"),
        ("value_length", "long"),
        ("wall", "noon"),
    ],
)
def test_a_cell_that_no_scan_writes_is_told_with_its_row(opened: Store, column: str, cell: str) -> None:
    opened.save("scan-1", a_visit(cookies=(a_cookie(1), a_cookie(2))))
    with sqlite3.connect(opened.path) as spoiled:
        spoiled.execute(f"UPDATE cookies SET {column} = ? WHERE seq = 2", (cell,))
    with pytest.raises(StoreError, match="row 2 of cookies holds what no scan writes") as raised:
        list(opened.visits("scan-1"))
    assert str(opened.path) in str(raised.value)


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "scan.sqlite"
    with sqlite3.connect(path) as old:
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    last = migrations().pending(Database(memory=True))[-1].name
    migrations().apply(Database(path), stop_before=last)
    with Store.open(path) as store:
        store.begin(a_scan())
        assert not migrations().pending(Database(path))


def test_someone_elses_database_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    _of_someone_else(path)
    before = path.read_bytes()
    with pytest.raises(StoreError):
        Store.open(path, create=True)
    assert path.read_bytes() == before
