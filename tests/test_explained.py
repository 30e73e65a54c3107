"""What people see of each item: a line in the list of items, and the whole chain with `explain`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from classifiers.base import Label, Party, Purpose
from classifiers.findings import DeclaredState, Item
from consentinel.cli import app
from consentinel.items_told import tell_items
from consentinel.terminal import THEME, CarefulConsole
from crawler.observations import CallFrame, Carried, CarriedForm, Consent, CookieSighting, Operation
from crawler.store import Store
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


def run(*arguments: str, width: int = 240) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": str(width), "TERM": "dumb"})


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
        "tracks? no, by the declaration: _ga at declaration.yaml:4 yes, by the catalogue: google_analytics_4#_ga",
        "lifetime asked 2 years",
        "identifier its value looks like one",
        "sent to www.google-analytics.com: _ga in query cid (leak)",
        "seen 2 times on 1 page under accept",
        "accept, run 1, after accepting, 2.5 s (phase accepted) on https://www.shop.example/ cookie write: _ga=",
        "kept as accept-1-",
        f"brought in by https://www.shop.example/ (page) → {SCRIPT}:12 send()",
        "DECL-004",
    ):
        assert part in told, part


def test_explain_tells_what_a_request_carries_and_to_which_account(store: Path) -> None:
    told = plain(run("explain", "/g/collect", str(store)))
    assert "tells account G-ABCDEF1, event page_view" in told
    assert "carries _ga in query cid, held for shop.example (leak)" in told
    assert "declared not known: no declaration was given" in told


def test_explain_for_machines_holds_the_same(store: Path) -> None:
    (row,) = json.loads(run("explain", "_ga", str(store), "--json").output)
    assert [opinion["source"] for opinion in row["why"]["opinions"]][:2] == ["declaration", "catalogue"]
    assert row["why"]["opinions"][0]["purpose"] is None
    assert {sight["consent"] for sight in row["why"]["sights"]} == {"accepted", "undecided"}
    assert row["why"]["went"]


def test_explain_names_the_place_in_the_sources_beside_the_served_one(store: Path, tmp_path: Path) -> None:
    with Store.open(store) as opened:
        scan = opened.scan(None)
        visits = [one for one in opened.visits(scan.id) if one.scenario == "accept"]
    mapped = visits[0].model_copy(update={"cookies": tuple(_from_sources(one) for one in visits[0].cookies)})
    told = plain(run("explain", "_ga", str(scan_file(tmp_path / "mapped", scan=scan, visits=[mapped]))))
    served = f"({SCRIPT}:12:3)"
    assert f"the script src/track.ts:41 {served}" in told
    assert f"(page) → https://www.shop.example/a.js → src/track.ts:41 send() {served}" in told
    assert "the call came from src/pages/start.ts:7 (https://www.shop.example/a.js:1:900)" in told


def _from_sources(cookie: CookieSighting) -> CookieSighting:
    if cookie.initiator is None or not cookie.initiator.stack:
        return cookie
    call = cookie.initiator.stack[0].model_copy(update={"source": "webpack://shop/./src/track.ts:41:9"})
    outer = CallFrame(
        function="",
        url="https://www.shop.example/a.js",
        line=1,
        column=900,
        source="webpack://shop/src/pages/start.ts:7:1",
    )
    return cookie.model_copy(update={"initiator": cookie.initiator.model_copy(update={"stack": (call, outer)})})


def test_a_name_with_its_domain_means_one_item(store: Path) -> None:
    assert "cookie own_thing of shop.example" in plain(run("explain", "own_thing@shop.example", str(store)))
    assert run("explain", "own_thing@elsewhere.example", str(store)).exit_code == 2


def test_items_tell_purpose_vendor_party_confidence_reason_and_declaration(store: Path) -> None:
    lines = told_items(run("classify", str(store), "--declaration", "declaration.yaml"))
    at = lines.index("Google Analytics 4, Google LLC (US)")
    assert lines[at - 1].startswith("analytics (")
    cookie = lines.index("cookie _ga shop.example first 69% item a:4")
    assert cookie > at
    assert lines[cookie + 1].startswith("The cookie `_ga` is a known cookie of Google Analytics 4, used for analytics.")
    assert "declared in a: declaration.yaml" in lines
    own = lines.index("cookie own_thing shop.example first - general words only")
    assert lines[own + 1].startswith("No source names it")
    assert "and 1 request to the site itself that no source names: see the reports" in lines


def test_the_items_come_before_the_result_so_that_the_last_screen_is_the_result(store: Path) -> None:
    told = plain(run("classify", str(store), "--declaration", "declaration.yaml"))
    assert told.index("Items (") < told.index("FINDINGS") < told.index("Undecided")


@pytest.mark.parametrize("width", [60, 99, 100, 200])
def test_the_items_fit_the_terminal_and_nothing_is_lost(store: Path, width: int) -> None:
    output = run("classify", str(store), "--declaration", "declaration.yaml", width=width).output
    items = output[: output.index("╭")]
    assert max(map(len, items.split("\n"))) <= width
    for part in ("_ga", "own_thing", "/g/collect", "69%", "a:4", "shop.example", "google-analytics.com", "third"):
        assert part in "".join(items.split()), part


def test_items_of_one_reason_share_its_line_and_others_keep_their_own() -> None:
    """A reason that differs by the item's own name only is one reason."""
    console = CarefulConsole(theme=THEME, width=120, record=True, file=io.StringIO())
    tell_items([own_cookie("a_1", "Known as a_1 to all."), own_cookie("b_2", "Known as b_2 to all.")], console=console)
    shared = [" ".join(line.split()) for line in console.export_text().split("\n")]
    assert shared.count("Known as … to all.") == 1
    tell_items([own_cookie("a_1", "Known as a_1 to all."), own_cookie("b_2", "Not known.")], console=console)
    assert {"Known as a_1 to all.", "Not known."} <= {line.strip() for line in console.export_text().split("\n")}


def test_a_name_too_long_for_any_terminal_is_cut_and_says_so() -> None:
    console = CarefulConsole(theme=THEME, width=80, record=True, file=io.StringIO())
    tell_items([own_cookie("n" * 5000, "Not known.")], console=console)
    told = console.export_text()
    assert len(told) < 2000
    assert "names with … are cut" in told
    assert "consentinel explain" in told


def own_cookie(name: str, reason: str) -> Item:
    label = Label(purpose=Purpose.FUNCTIONAL, party=Party.FIRST, reason=reason, source="catalogue:x#y", confidence=0.8)
    return Item(
        kind="cookie",
        name=name,
        domain="shop.example",
        label=label,
        declared=DeclaredState.NO_DECLARATION,
        scenarios=("silent",),
        first_scenario="silent",
        consents=(Consent.UNDECIDED,),
        pages=("https://www.shop.example/",),
        count=1,
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), True),
        (("--gate", "all"), False),
        (("--gate", "inventory"), False),
        (("--gate", "all", "--items"), True),
        (("--no-items",), False),
    ],
)
def test_who_gates_is_told_no_items_unless_asked_for(store: Path, words: tuple[str, ...], told: bool) -> None:
    result = run("classify", str(store), *words)
    assert ("Items (" in result.output) is told
    assert "Undecided" in result.output


def test_a_configuration_that_gates_by_baseline_tells_no_items(store: Path, tmp_path: Path) -> None:
    (tmp_path / "consentinel.yaml").write_text("gate: {mode: new}\n", encoding="utf-8")
    assert "Items (" not in run("classify", str(store)).output
    assert "Items (" in run("classify", str(store), "--items").output


def told_items(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.output.split("\n")]
