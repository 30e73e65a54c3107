"""What people see of each item: in one line with `--items`, and the whole chain with `explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from consentinel.cli import app
from crawler.observations import Carried, CarriedForm, Consent, Operation
from tests.rule_cases import ShortChoice, ShortCookie, ShortRequest, ShortVisit, whole_scan, whole_visit
from tests.stores import scan_file

DECLARATION = """\
schema: tracker-declaration/1
defaults: {technologies_open_clause: other technologies}
items:
  - {name: _ga, technology: http_cookie, purpose: necessary, provider: Google}
"""
SCRIPT = "https://www.googletagmanager.com/gtag/js?id=G-ABCDEF1"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONSENTINEL_CACHE", str(tmp_path / "cache"))
    hit = "https://www.google-analytics.com/g/collect?v=2&tid=G-ABCDEF1&en=page_view&cid=1.2"
    held = Carried(token="t1", place="query", name="cid", form=CarriedForm.PLAIN)
    visits = [
        whole_visit(
            ShortVisit(
                scenario="accept",
                choices=(ShortChoice(wanted=Consent.ACCEPTED),),
                cookies=(
                    ShortCookie(name="_ga", value="text", tokens=("t1",), lifetime="2 years", by=SCRIPT, at=2.5),
                    ShortCookie(name="_ga", value="text", tokens=("t1",), op=Operation.PRESENT, at=1.0),
                ),
                requests=(
                    ShortRequest(url=SCRIPT, type="script", at=2.2),
                    ShortRequest(url=hit, beacon=("1x1 image",), at=3.0, carries=(held,), by=SCRIPT),
                ),
            )
        ),
        whole_visit(
            ShortVisit(
                cookies=(ShortCookie(name="own_thing"),), requests=(ShortRequest(url="https://www.shop.example/a.css"),)
            )
        ),
    ]
    scan = whole_scan(visits, scenarios=("silent", "accept"))
    path = scan_file(tmp_path, scan=scan, visits=visits)
    (tmp_path / "declaration.yaml").write_text(DECLARATION, encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "240", "TERM": "dumb"})


def plain(result: Result) -> str:
    return " ".join(result.output.split())


def test_explain_shows_the_whole_chain_of_a_cookie(store: Path) -> None:
    result = run("explain", "_ga", str(store), "--declaration", "declaration.yaml")
    assert result.exit_code == 0, result.output
    told = plain(result)
    for part in (
        "purpose analytics, 69% sure",
        "vendor Google Analytics 4 · Google LLC · US",
        "party first (shop.example)",
        "declared as the item _ga, for necessary at declaration.yaml:4",
        "declaration: necessary: Declared as necessary by the site",
        "catalogue: analytics: The cookie `_ga` is a known cookie of Google Analytics 4",
        "nothing known to: cname, cookie database, ",
        "tracks? no, declaration: _ga at declaration.yaml:4 yes, catalogue: catalogue:google_analytics_4#_ga",
        "lifetime asked 2 years",
        "identifier its value looks like one",
        "sent to www.google-analytics.com: _ga in query cid (leak)",
        "seen 2 times on 1 page under accept",
        "accept, run 1, accepted (accepted), 2.5 s on https://www.shop.example/: accept-1-",
        f"by {SCRIPT}:12 send() ← https://www.shop.example/ (page)",
        "DECL-004",
    ):
        assert part in told, part


def test_explain_tells_what_a_request_carries_and_to_which_account(store: Path) -> None:
    told = plain(run("explain", "/g/collect", str(store)))
    assert "tells account G-ABCDEF1, event page_view" in told
    assert "carries carried _ga in query cid, held for shop.example (leak)" in told
    assert "declared not known: no declaration was given" in told


def test_explain_for_machines_holds_the_same(store: Path) -> None:
    (row,) = json.loads(run("explain", "_ga", str(store), "--json").output)
    assert [opinion["source"] for opinion in row["why"]["opinions"]][:2] == ["declaration", "catalogue"]
    assert row["why"]["opinions"][0]["purpose"] is None
    assert {sight["consent"] for sight in row["why"]["sights"]} == {"accepted", "undecided"}
    assert row["why"]["went"]


def test_items_tell_purpose_vendor_party_confidence_reason_and_declaration(store: Path) -> None:
    told = plain(run("classify", str(store), "--items", "--declaration", "declaration.yaml"))
    line = "_ga shop.example: analytics (69% sure) · Google Analytics 4 · first party · declared as the item _ga"
    assert f"{line} The cookie `_ga` is a known cookie" in told
    assert (
        "own_thing shop.example: unclassified · vendor not known · first party · declared by general words only" in told
    )
    assert "and 1 requests to the site itself that no source names" in told
    assert "_ga shop.example" not in plain(run("classify", str(store)))
