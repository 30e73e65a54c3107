"""`consentinel tags` and `decode`, as a person types them, over stored recordings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from classifiers.tagplan.reading import read_plan
from classifiers.vendors import packaged
from consentinel.cli import Verbs
from consentinel.verbs import decode, tags
from tests.test_tagplan import COLLECT, GOOD, har

app = typer.Typer(cls=Verbs)
app.add_typer(tags.app, name="tags")
app.command()(decode.decode)

SHOP = (
    ("p1", "document", "https://shop.example/"),
    ("p1", "image", COLLECT),
    ("p2", "document", "https://shop.example/checkout/"),
)
PLAN = GOOD.replace("    params: {dl: {no_pii: true}, value: 12, live: true}\n", "")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("shop.har").write_text(har(*SHOP))
    Path("tagplan.yaml").write_text(PLAN)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def flat(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_har_that_is_as_planned_passes() -> None:
    result = run("tags", "check", "tagplan.yaml", "shop.har", "--scenario", "accept")
    assert result.exit_code == 0, result.output
    assert "PASSED" in result.output


def test_a_har_that_is_not_as_planned_fails_with_the_finding() -> None:
    Path("tagplan.yaml").write_text(PLAN.replace("G-AAAA1", "G-BBBB2"))
    result = run("tags", "check", "tagplan.yaml", "shop.har", "--scenario", "accept", "--json")
    outcome = json.loads(result.stdout)
    assert result.exit_code == outcome["exit_code"] == 1
    assert "TAG-004" in {finding["rule"] for finding in outcome["findings"]}


@pytest.mark.parametrize(
    ("configured", "flag", "code"),
    [(None, None, 1), ("critical", None, 0), ("low", None, 1), ("critical", "medium", 1), ("low", "critical", 0)],
)
def test_the_flag_goes_before_the_configured_threshold_and_that_before_medium(
    configured: str | None, flag: str | None, code: int
) -> None:
    Path("tagplan.yaml").write_text(PLAN.replace("[page_view]", "[page_view, scroll]"))  # TAG-001 is medium
    if configured:
        Path("consentinel.yaml").write_text(f"gate: {{threshold: {configured}}}\n")
    flags = ("--threshold", flag) if flag else ()
    assert run("tags", "check", "tagplan.yaml", "shop.har", "--scenario", "accept", *flags).exit_code == code


def test_reports_are_written_where_they_are_asked_for() -> None:
    result = run("tags", "check", "tagplan.yaml", "shop.har", "--scenario", "S1", "-o", "out", "--format", "html,json")
    assert result.exit_code == 0, result.output
    page = Path("out/report.html").read_text("utf-8")
    assert 'id="tags"' in page
    assert "G-AAAA1" in page


def test_a_har_must_be_told_its_consent() -> None:
    for arguments in ((), ("--scenario", "all")):
        result = run("tags", "check", "tagplan.yaml", "shop.har", *arguments)
        assert result.exit_code == 2
        assert "a HAR does not tell which choice was in force" in flat(result)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("google_analytics_4", "google_analytics", "tagplan.yaml:3: tags[0].vendor"),
        ("/checkout/**", "/basket/**", "'/basket/**' fits no scanned page"),
        ("[page_view]\n", "[page_view]\n    params: {dl: {regex: '('}}\n", "is not a regular expression"),
    ],
)
def test_a_mistake_in_the_plan_ends_with_2(old: str, new: str, told: str) -> None:
    Path("tagplan.yaml").write_text(PLAN.replace(old, new))
    result = run("tags", "check", "tagplan.yaml", "shop.har", "--scenario", "accept")
    assert result.exit_code == 2
    assert told in flat(result)


def test_what_is_neither_a_scan_nor_a_har_is_told() -> None:
    Path("notes.txt").write_text("Nothing to judge.")
    result = run("tags", "check", "tagplan.yaml", "notes.txt", "--scenario", "accept")
    assert result.exit_code == 2
    assert "notes.txt: neither a scan (scan.sqlite, or its folder) nor a HAR (JSON)" in flat(result)


def test_a_har_of_nothing_says_too_little() -> None:
    Path("empty.har").write_text('{"log": {"entries": []}}')
    result = run("tags", "check", "tagplan.yaml", "empty.har", "--scenario", "accept")
    assert result.exit_code == 3, result.output


def test_the_matrix_shows_plan_and_observed() -> None:
    result = run("tags", "list", "tagplan.yaml", "shop.har", "--scenario", "accept", "--hits")
    assert result.exit_code == 0, result.output
    assert "fires: 1 " in flat(result)
    assert "as planned" in flat(result)
    assert "en=page_view" in flat(result)


def test_a_draft_is_a_plan_that_its_own_recording_passes() -> None:
    Path("tagplan.yaml").unlink()
    assert run("tags", "init", "shop.har", "--scenario", "accept").exit_code == 0
    drafted = read_plan(Path("tagplan.yaml"), catalogue=packaged())
    assert drafted.tags[0].allowed(None) == ("G-AAAA1",)
    assert run("tags", "check", "tagplan.yaml", "shop.har", "--scenario", "accept").exit_code == 0
    again = run("tags", "init", "shop.har", "--scenario", "accept")
    assert again.exit_code == 2
    assert "is there already" in flat(again)


def test_there_is_no_draft_of_nothing() -> None:
    Path("empty.har").write_text(har(("p1", "document", "https://shop.example/")))
    result = run("tags", "init", "empty.har", "--scenario", "accept", "--file", "-")
    assert result.exit_code == 2
    assert "nothing to draft a plan from" in flat(result)


def test_vendors_are_listed_by_the_ids_that_plans_use() -> None:
    assert "google_analytics_4" in run("tags", "vendors", "google", "analytics").output
    assert run("tags", "vendors", "nosuchvendor").exit_code == 2


def test_decode_reads_addresses_bodies_and_hars() -> None:
    Path("body.txt").write_text("en=page_view\nen=scroll\n")
    url = COLLECT.replace("&en=page_view", "")
    events = [hit["event"] for hit in json.loads(run("decode", url, "--body", "body.txt", "--json").stdout)]
    assert events == ["page_view", "scroll"]
    assert json.loads(run("decode", "--har", "shop.har", "--json").stdout)[0]["account"] == "G-AAAA1"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "nothing to decode"),
        (("shop.har",), "for a HAR write --har shop.har"),
        (("--har", "absent.har"), "absent.har"),
        ((COLLECT, "--body", "absent.txt"), "absent.txt"),
        (("https://",), "neither an address (https://…) nor an option"),
        (("http://[::1",), "neither an address"),
        (("--har", "shop.har", "--body", "x"), "--body: goes with exactly one address"),
    ],
)
def test_decode_says_what_it_needs(arguments: tuple[str, ...], told: str) -> None:
    result = run("decode", *arguments)
    assert result.exit_code == 2
    assert told in flat(result)
