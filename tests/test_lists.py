"""Fetching lists: from a real server, whole or not at all, and never worse than what was there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.lists.loaded import Lists
from classifiers.lists.records import KnownList, ListError, ListSettings, known_lists
from classifiers.lists.shelf import Shelf
from classifiers.lists.update import Change, Update, update, update_from
from consentinel.cli import app as whole
from consentinel.verbs.lists import app
from tests.small_http import SmallServer

FIXTURES = Path(__file__).parent.parent / "fixtures" / "lists"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
KNOWN = {known.id: known for known in known_lists()}


class ListServer(SmallServer):
    """Serves the fixtures as the lists' own addresses would."""

    def __init__(self) -> None:
        super().__init__()
        self.serves = {f"/{path.name}": path.read_bytes() for path in FIXTURES.iterdir()}

    def settings(self) -> ListSettings:
        places = {f"{known.id}/{file}": f"{self.origin}/{file}" for known in known_lists() for file in known.files}
        return ListSettings(addresses=places)


@pytest.fixture
def server() -> Iterator[ListServer]:
    made = ListServer()
    yield made
    made.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "lists", assets=None)


def fetch(name: str, shelf: Shelf, server: ListServer, *, now: datetime = NOW) -> Update:
    return update(KNOWN[name], shelf, settings=server.settings(), now=now)


@pytest.mark.parametrize("known", known_lists(), ids=lambda known: known.id)
def test_each_list_is_fetched_checked_dated_and_read_again(known: KnownList, shelf: Shelf, server: ListServer) -> None:
    made = fetch(known.id, shelf, server)
    assert made.change is Change.UPDATED, made.why
    assert made.version is not None
    assert made.version.entries > 1
    assert made.version.dated == NOW
    assert shelf.version(known) == made.version
    assert shelf.read(known) == {file: server.serves[f"/{file}"] for file in known.files}
    assert fetch(known.id, shelf, server).change is Change.UNCHANGED


@pytest.mark.parametrize(
    ("name", "file", "content", "why"),
    [
        ("easylist", "easylist.txt", b"<!DOCTYPE html><title>Sign in</title>\n", "web page"),
        ("easylist", "easylist.txt", b"  \n", "empty"),
        ("easylist", "easylist.txt", b"||a.example^\n", "[Adblock Plus"),
        ("easylist", "easylist.txt", b"[Adblock Plus 2.0]\n||a.example^\n||b.exam", "middle of a line"),
        ("easylist", "easylist.txt", b"[Adblock Plus 2.0]\n! nothing\n", "no entries"),
        ("easylist", "easylist.txt", b"[Adblock Plus 2.0]\n||a.example^\n\xff\xfe\n", "UTF-8"),
        ("third_party_web", "entities-nostats.json", b'[{"name": "A", "domains": ["a.exa', "whole JSON"),
        ("third_party_web", "entities-nostats.json", b'{"message": "rate limit"}', "list of entities"),
        ("companiesdb", "trackers.json", b'{"trackers": {}}', "categories"),
        ("open_cookie_database", "open-cookie-database.csv", b"a,b\n1,2\n", "Platform"),
        ("open_cookie_database", "open-cookie-database.csv", None, "columns of the header"),
        ("cname_trackers", "combined_original_trackers.txt", b"! only words\n", "no entries"),
    ],
)
def test_what_is_not_the_list_is_refused_and_the_old_one_stays(
    name: str, file: str, content: bytes | None, why: str, shelf: Shelf, server: ListServer
) -> None:
    old = fetch(name, shelf, server).version
    kept = shelf.read(KNOWN[name])
    server.serves[f"/{file}"] = content if content is not None else server.serves[f"/{file}"] + b"cut,short\n"
    refused = fetch(name, shelf, server)
    assert refused.change is Change.REFUSED
    assert why in refused.why
    assert refused.version == old
    assert shelf.read(KNOWN[name]) == kept


def test_a_few_mistyped_rows_do_not_cost_the_whole_database(shelf: Shelf, server: ListServer) -> None:
    name = "open-cookie-database.csv"
    header, *rows = server.serves[f"/{name}"].decode().splitlines(keepends=True)
    good = rows[-1]
    server.serves[f"/{name}"] = (header + good * 100 + "mistyped,row\n" + good).encode()
    version = fetch("open_cookie_database", shelf, server).version
    assert version is not None
    assert version.entries == 101
    server.serves[f"/{name}"] = (header + (good + "mistyped,row\n") * 50 + good).encode()
    assert fetch("open_cookie_database", shelf, server).change is Change.REFUSED


def test_a_list_that_lost_more_than_half_is_refused(shelf: Shelf, server: ListServer) -> None:
    head = b"[Adblock Plus 2.0]\n"
    server.serves["/easylist.txt"] = head + b"||padding.example^\n" * 100
    fetch("easylist", shelf, server)
    server.serves["/easylist.txt"] = head + b"||padding.example^\n" * 40
    refused = fetch("easylist", shelf, server)
    assert refused.change is Change.REFUSED
    assert "less than half" in refused.why
    server.serves["/easylist.txt"] = head + b"||padding.example^\n" * 60
    assert fetch("easylist", shelf, server).change is Change.UPDATED


def test_an_answer_that_breaks_off_is_refused(shelf: Shelf, server: ListServer) -> None:
    server.promise = 10
    cut = fetch("easylist", shelf, server)
    assert cut.change is Change.REFUSED
    assert "cut short" in cut.why
    assert cut.version is None


def test_a_server_that_is_not_there_leaves_the_old_one(shelf: Shelf, server: ListServer) -> None:
    old = fetch("easylist", shelf, server).version
    del server.serves["/easylist.txt"]
    gone = fetch("easylist", shelf, server)
    assert (gone.change, gone.version) == (Change.UNREACHABLE, old)
    assert "404" in gone.why
    server.close()
    dead = fetch("easylist", shelf, server)
    assert (dead.change, dead.version) == (Change.UNREACHABLE, old)
    assert "cannot be reached" in dead.why


def test_content_is_replaced_as_a_whole_and_the_old_removed(shelf: Shelf, server: ListServer) -> None:
    fetch("easylist", shelf, server)
    server.serves["/easylist.txt"] += b"||newcomer.example^\n"
    assert fetch("easylist", shelf, server).change is Change.UPDATED
    files = sorted(path.name for path in (shelf.folder / "easylist").iterdir())
    assert len(files) == 2
    assert files[-1] == "version.json"


def test_a_list_changed_by_hand_is_not_used_silently(shelf: Shelf, server: ListServer) -> None:
    version = fetch("easylist", shelf, server).version
    assert version is not None
    shelf.path(KNOWN["easylist"], version, version.files[0]).write_bytes(b"[Adblock]\n||tampered.example^\n")
    with pytest.raises(ListError, match="was changed"):
        shelf.read(KNOWN["easylist"])
    with pytest.raises(ListError, match="was changed"):
        _ = Lists(shelf).engines
    assert fetch("easylist", shelf, server).version == version


def test_lists_can_be_brought_in_a_folder(tmp_path: Path, shelf: Shelf) -> None:
    copy = tmp_path / "brought"
    copy.mkdir()
    (copy / "easylist.txt").write_bytes((FIXTURES / "easylist.txt").read_bytes())
    (copy / "trackers.json").write_bytes((FIXTURES / "trackers.json").read_bytes())
    day = datetime(2026, 3, 1, tzinfo=UTC)
    os.utime(copy / "easylist.txt", (day.timestamp(), day.timestamp()))
    made = update_from(KNOWN["easylist"], shelf, folder=copy)
    assert made is not None
    assert made.version is not None
    assert made.version.dated == day  # as old as the file that was brought, not as its arrival here
    assert made.version.is_old(day + timedelta(days=31))
    assert not made.version.is_old(day + timedelta(days=29))
    assert update_from(KNOWN["easyprivacy"], shelf, folder=copy) is None
    half = update_from(KNOWN["companiesdb"], shelf, folder=copy)
    assert half is not None
    assert half.change is Change.REFUSED
    assert "companies.json" in half.why


def test_what_set_up_brought_is_used_until_something_was_fetched(tmp_path: Path, server: ListServer) -> None:
    package = tmp_path / "assets" / "third-party-web"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "0.30.0"}')
    (package / "entities-nostats.json").write_bytes((FIXTURES / "entities-nostats.json").read_bytes())
    shelf = Shelf(tmp_path / "lists", assets=tmp_path / "assets")
    packaged = shelf.version(KNOWN["third_party_web"])
    assert packaged is not None
    assert (packaged.version, packaged.source) == ("0.30.0", "packaged")
    assert [version.id for version in Lists(shelf).versions] == ["third_party_web"]
    fetched = fetch("third_party_web", shelf, server).version
    assert shelf.version(KNOWN["third_party_web"]) == fetched


def test_the_version_that_judged_is_told_with_date_and_digest(shelf: Shelf, server: ListServer) -> None:
    version = fetch("easyprivacy", shelf, server).version
    assert version is not None
    told = version.told()
    assert told.name == "list.easyprivacy"
    assert "202611010000" in told.value
    assert "2026-11-20" in told.value
    assert version.files[0].sha256[:16] in told.value


def test_a_mirror_for_a_list_that_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no list is called 'easy'"):
        ListSettings(addresses={"easy": "https://mirror.example/"})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONSENTINEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_command_fetches_tells_and_fails_in_its_exit_code(cache: Path, server: ListServer) -> None:
    run = CliRunner().invoke
    mirror = f"easylist={server.origin}/easylist.txt"
    done = run(app, ["update", "easylist", "--address", mirror])
    assert done.exit_code == 0, done.output
    assert "updated" in done.output
    states = {row["id"]: row for row in json.loads(run(app, ["status", "--json"]).output)}
    assert states["easylist"]["age_days"] == 0
    assert states["easylist"]["version"]["version"] == "202611010000"
    assert states["easyprivacy"]["version"] is None
    assert "not fetched" in run(app, ["status"]).output
    server.serves["/easylist.txt"] = b"<html>"
    failed = run(app, ["update", "easylist", "--address", mirror])
    assert failed.exit_code == 2
    assert "stays" in " ".join(failed.output.split())
    assert (cache / "lists" / "easylist" / "version.json").is_file()


def test_the_command_takes_a_folder_instead(cache: Path) -> None:
    done = CliRunner().invoke(app, ["update", "--from", str(FIXTURES)])
    assert done.exit_code == 0, done.output
    assert len(Lists.load(cache / "lists", assets=False).versions) == len(known_lists())


def test_a_copy_of_set_up_is_as_old_as_its_release(tmp_path: Path) -> None:
    known = KNOWN["third_party_web"]
    (version, released), *_ = known.released.items()
    folder = tmp_path / "third-party-web"
    folder.mkdir()
    (folder / "entities-nostats.json").write_bytes((FIXTURES / "entities-nostats.json").read_bytes())
    (folder / "package.json").write_text(json.dumps({"version": version}), encoding="utf-8")
    shelf = Shelf(tmp_path / "lists", assets=tmp_path)
    dated = shelf.version(known)
    assert dated is not None
    assert dated.dated.date() == released
    (folder / "package.json").write_text(json.dumps({"version": "99.0.0"}), encoding="utf-8")
    newer = shelf.version(known)
    assert newer is not None
    assert newer.dated.date() == datetime.now(UTC).date()


def test_doctor_tells_the_age_of_lists_and_what_those_not_fetched_cost(cache: Path) -> None:
    def asked() -> dict[str, str]:
        done = CliRunner().invoke(whole, ["doctor", "--json"])
        return next(row for row in json.loads(done.output) if row["name"] == "public lists")

    before = asked()
    assert before["state"] == "limited"
    assert "without EasyPrivacy" in before["costs"]
    assert "`consentinel lists update` fetches them" in before["costs"]
    assert CliRunner().invoke(app, ["update", "--from", str(FIXTURES)]).exit_code == 0
    for record in cache.glob("lists/*/version.json"):
        told = json.loads(record.read_text("utf-8"))
        age = 3 if record.parent.name != "easylist" else 40
        told["dated"] = (datetime.now(UTC) - timedelta(days=age, hours=1)).isoformat()
        record.write_text(json.dumps(told), encoding="utf-8")
    after = asked()
    assert after["state"] == "limited"
    assert after["costs"].startswith("old: EasyList;")
    assert "EasyPrivacy (3 days old)" in after["found"]
    Path("consentinel.yaml").write_text("lists: {max_age_days: 90}\n", encoding="utf-8")
    assert asked()["state"] == "ready"
    Path("consentinel.yaml").write_text("lists: {use: false}\n", encoding="utf-8")
    assert "catalogue alone" in asked()["costs"]
