"""Lock files: drafted from a scan, added to without touching what people wrote, and enough for the next audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.audit import audit
from classifiers.declaration import (
    Declaration,
    DeclarationError,
    DeclaredItem,
    Technology,
    parse_declaration,
    read_declaration,
)
from classifiers.drafting import draft_items, not_seen
from classifiers.findings import Outcome
from classifiers.lock_text import new_lock, read_lock, with_items
from classifiers.vendor_files import read_folders
from classifiers.vendors import Catalogue
from crawler.observations import Operation, StorageArea
from crawler.visits import Scan, Visit
from tests.rule_cases import (
    CASES,
    START,
    ShortBehaviour,
    ShortCookie,
    ShortRequest,
    ShortStorage,
    ShortVisit,
    whole_scan,
    whole_visit,
)

UNDECLARED = ("DECL-001", "STO-001", "STO-002", "BCN-001")
PARENT = """
schema: tracker-declaration/1
service: the shop
defaults: {technologies_named: [http_cookie, html5_local_storage, beacon]}
categories:
  - {id: counting, maps_to: [analytics], technologies: [http_cookie, beacon], set_by: [first_party, third_party]}
  - {id: ads_here, maps_to: [advertising], technologies: [http_cookie, beacon], set_by: [third_party]}
  - {id: ads_elsewhere, maps_to: [advertising], technologies: [http_cookie, beacon], set_by: [third_party]}
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    vendors, digest = read_folders([CASES.parent / "catalogue"], cache=None)
    return Catalogue(vendors, digest=digest)


@pytest.fixture(scope="module")
def visits() -> list[Visit]:
    return [
        whole_visit(
            ShortVisit(
                cookies=(
                    ShortCookie(name="sid"),
                    ShortCookie(name="_pm_id", lifetime="396 days"),
                    ShortCookie(name="_ga_ABC1234567", lifetime=63_071_998.6),
                    ShortCookie(name="an_uid", domain="ads.adnimbus.localhost", lifetime="390 days"),
                    ShortCookie(name="gone", op=Operation.REMOVE),
                    ShortCookie(name="refused", stored=False, refused=("SecureOnly",)),
                ),
                storage=(
                    ShortStorage(key="pm.views"),
                    ShortStorage(key="resume", area=StorageArea.INDEXED_DB, container="player/resume"),
                ),
                requests=(
                    ShortRequest(url="https://collect.pulsemetrics.localhost/collect?u=1", beacon=("1x1 image",)),
                    ShortRequest(url="https://ads.adnimbus.localhost/tag.js", type="script"),
                    ShortRequest(url="https://sync.partnergrid.localhost/partner.js", type="script"),
                    ShortRequest(url="https://www.shop.example/shop.css", type="stylesheet"),
                ),
                behaviours=(ShortBehaviour(behaviour="canvas_fingerprint", by="https://fp.example/f.js"),),
            )
        )
    ]


@pytest.fixture(scope="module")
def scan(visits: list[Visit]) -> Scan:
    return whole_scan(visits, scenarios=("silent",))


def drafted(
    scan: Scan, visits: list[Visit], catalogue: Catalogue, declaration: Declaration | None = None
) -> dict[str, DeclaredItem]:
    items = draft_items(scan, visits, declaration=declaration, catalogue=catalogue, profile="eu")
    return {f"{item.name} {item.technology.value}": item for item in items}


def test_the_draft_lists_what_was_stored_sent_and_read(scan: Scan, visits: list[Visit], catalogue: Catalogue) -> None:
    assert set(drafted(scan, visits, catalogue)) == {
        "sid http_cookie",
        "_pm_id http_cookie",
        "_ga_* http_cookie",
        "an_uid http_cookie",
        "pm.views html5_local_storage",
        "player/resume indexed_db",
        "/collect beacon",
        "* request",
        "canvas_fingerprint fingerprinting",
    }


def test_entries_say_who_what_for_and_how_long(scan: Scan, visits: list[Visit], catalogue: Catalogue) -> None:
    items = drafted(scan, visits, catalogue)
    uid = items["an_uid http_cookie"]
    assert (uid.provider, uid.purpose, uid.set_by) == ("AdNimbus", "advertising", "third_party")
    assert (uid.domains, uid.lifetime) == (("ads.adnimbus.localhost",), 390 * 86_400.0)
    assert items["sid http_cookie"].lifetime == "session"
    assert items["_ga_* http_cookie"].lifetime == 730 * 86_400.0  # an `Expires` date, rounded to days
    assert items["* request"].domains == ("sync.partnergrid.localhost",)  # never a `*` for every host


def test_what_nobody_can_classify_is_left_to_a_person(scan: Scan, visits: list[Visit], catalogue: Catalogue) -> None:
    sid = drafted(scan, visits, catalogue)["sid http_cookie"]
    assert (sid.category, sid.purpose) == (None, None)
    assert "# what for? Give each a category or a purpose" in new_lock([sid], service="the shop")


def test_a_category_is_taken_where_only_one_fits(scan: Scan, visits: list[Visit], catalogue: Catalogue) -> None:
    items = drafted(scan, visits, catalogue, parse_declaration(PARENT))
    assert (items["_pm_id http_cookie"].category, items["_pm_id http_cookie"].purpose) == ("counting", None)
    assert items["an_uid http_cookie"].category is None  # two categories fit
    assert items["an_uid http_cookie"].purpose == "advertising"


def test_an_audit_against_the_draft_finds_nothing_undeclared(
    scan: Scan, visits: list[Visit], catalogue: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "lock.yaml").write_text(
        new_lock(list(drafted(scan, visits, catalogue, parse_declaration(PARENT)).values()), service="the shop"),
        encoding="utf-8",
    )
    (tmp_path / "declaration.yaml").write_text(f"{PARENT}lock: lock.yaml\n", encoding="utf-8")

    def undeclared(declaration: Declaration) -> set[str]:
        judged = audit(scan, visits, declaration=declaration, catalogue=catalogue, judged_at=START)
        return {f.rule for f in judged.findings if f.outcome is Outcome.FAIL and f.rule in UNDECLARED}

    empty = parse_declaration(PARENT + "items:\n  - {name: nothing, technology: http_cookie}\n")
    assert undeclared(empty) == set(UNDECLARED)
    assert undeclared(read_declaration(tmp_path / "declaration.yaml")) == set()


LOCK = """\
# Ours. Do not touch.
schema: tracker-declaration/1   # the form
service: the shop
items:
    # counting
    - {name: _pm_id, technology: http_cookie,
       domains: [shop.example], category: counting, provider: PulseMetrics}   # agreed on Monday

    # the session, by hand
    - name: sid
      technology: http_cookie
      purpose: necessary      # Anna answers for it
    # last words of the list
retention: {general: 'as long as "needed"'}
# the end
"""
NEW = (
    DeclaredItem(
        name="_pm_ses", technology=Technology.COOKIE, category="counting", provider="PulseMetrics", lifetime="session"
    ),
    DeclaredItem(name="an_uid", technology=Technology.COOKIE, provider="AdNimbus", lifetime="390 days"),
)


def test_adding_keeps_every_line_that_people_wrote() -> None:
    changed = with_items(LOCK, NEW, name="lock.yaml")
    kept = iter(changed.splitlines())
    assert all(line in kept for line in LOCK.splitlines()), "a line was lost, changed or moved"
    assert changed.count("\n") == LOCK.count("\n") + 4  # two entries, a heading, a blank line


def test_a_new_entry_stands_with_its_category_and_vendor() -> None:
    lines = with_items(LOCK, NEW, name="lock.yaml").splitlines()
    place = next(number for number, line in enumerate(lines) if "_pm_ses" in line)
    assert "agreed on Monday" in lines[place - 1]
    stranger = next(number for number, line in enumerate(lines) if "an_uid" in line)
    assert lines[stranger - 1] == "    # what for? Give each a category or a purpose · AdNimbus"
    assert lines.index("    # last words of the list") > stranger


def test_what_was_added_can_be_read_back() -> None:
    lock = read_lock(with_items(LOCK, NEW, name="lock.yaml"), name="lock.yaml")
    assert [item.name for item in lock.items] == ["_pm_id", "_pm_ses", "sid", "an_uid"]
    assert lock.items[3].lifetime == 390 * 86_400.0
    assert lock.retention is not None
    assert lock.retention.general == 'as long as "needed"'


@pytest.mark.parametrize(
    "text",
    [
        "schema: tracker-declaration/1\n",
        "schema: tracker-declaration/1\nitems: []\n",
        "schema: tracker-declaration/1\nitems: []   # none yet\nservice: the shop\n",
        "schema: tracker-declaration/1\r\nservice: the shop\r\nitems: []   # none yet\r\n",
        "schema: tracker-declaration/1\nitems:\n- name: a\n  technology: http_cookie",
    ],
)
def test_lock_files_of_other_shapes(text: str) -> None:
    changed = with_items(text, NEW, name="lock.yaml")
    assert {item.name for item in read_lock(changed, name="lock.yaml").items} >= {"_pm_ses", "an_uid"}
    assert ("\r\n" in changed) == ("\r\n" in text)
    assert changed.count("# none yet") == text.count("# none yet")


def test_a_list_in_brackets_is_refused_with_the_accepted_form() -> None:
    text = "schema: tracker-declaration/1\nitems: [{name: a, technology: http_cookie}]\n"
    with pytest.raises(DeclarationError, match=r"lock\.yaml:2: items: is written in brackets; accepted: one `- ` line"):
        with_items(text, NEW, name="lock.yaml")


def test_a_broken_lock_file_is_named_by_line_and_key_and_left_alone() -> None:
    with pytest.raises(DeclarationError, match=r"lock\.yaml:3: items\[0\]\.technology: 'cookie' is not known"):
        with_items("schema: tracker-declaration/1\nitems:\n  - {name: a, technology: cookie}\n", NEW, name="lock.yaml")


def test_nothing_new_leaves_the_text_byte_for_byte() -> None:
    assert with_items(LOCK, (), name="lock.yaml") == LOCK


def test_a_second_draft_adds_nothing(scan: Scan, visits: list[Visit], catalogue: Catalogue) -> None:
    lock = read_lock(new_lock(list(drafted(scan, visits, catalogue).values()), service="the shop"), name="lock.yaml")
    assert drafted(scan, visits, catalogue, lock) == {}


def test_entries_that_nothing_matched_are_told(scan: Scan, visits: list[Visit], catalogue: Catalogue) -> None:
    lock = read_lock(LOCK.replace("name: sid", "name: old_sid"), name="lock.yaml")
    unseen = not_seen(lock.items, scan, visits, catalogue=catalogue, profile="eu", lock=lock)
    assert [item.name for item in unseen] == ["old_sid"]
