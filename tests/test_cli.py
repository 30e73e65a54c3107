"""The command line without a browser: words, exit codes and what a person's mistake is answered with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from classifiers.rules import RULES
from consentinel import __version__
from consentinel.cli import app
from consentinel.verbs import doctor
from crawler.store import Store
from crawler.visits import Problem, ProblemKind, Scan, Visit, VisitStatus

PAGE = "https://shop.example/"


def run(*arguments: str | Path, columns: int = 120) -> Result:
    return CliRunner(env={"COLUMNS": str(columns), "TERM": "dumb"}).invoke(app, [str(part) for part in arguments])


def plain(result: Result) -> str:
    """Without the line breaks that a narrow terminal asks for."""
    return " ".join(result.output.split())


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def failed_scan(tmp_path: Path) -> Path:
    """A stored scan of a site that could not be reached."""
    scan = Scan(
        id="s1",
        started=datetime(2026, 1, 2, tzinfo=UTC),
        finished=datetime(2026, 1, 2, tzinfo=UTC),
        urls=(PAGE,),
        scenarios=("silent",),
        tool_version="0",
        browser="Chromium/1",
        browser_path="/chromium",
    )
    visit = Visit(
        id="v1",
        url=PAGE,
        final_url=PAGE,
        scenario="silent",
        entry=True,
        started=scan.started,
        duration=1.0,
        status=VisitStatus.FAILED,
        problems=(Problem(kind=ProblemKind.UNREACHABLE, message=f"{PAGE} could not be reached: no such host."),),
    )
    path = tmp_path / "kept" / "scan.sqlite"
    with Store.open(path, create=True) as store:
        store.begin(scan)
        store.save(scan.id, visit)
    return path


def test_help_names_every_verb_and_the_exit_codes() -> None:
    told = plain(run("--help"))
    for verb in (
        "audit",
        "crawl",
        "classify",
        "report",
        "gate",
        "rules",
        "doctor",
        "init",
        "explain",
        "diff",
        "schema",
    ):
        assert f" {verb} " in told
    assert "0 passed · 1 findings · 2 wrong use" in told


@pytest.mark.parametrize("verb", ["audit", "crawl", "classify", "report", "gate", "rules", "doctor", "init", "explain"])
def test_every_verb_explains_itself_within_80_columns(verb: str) -> None:
    result = run(verb, "--help", columns=80)
    assert result.exit_code == 0
    assert max(len(line) for line in result.output.splitlines()) <= 80


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["audit"], "nothing to visit: give a URL"),
        (["audit", "ftp://shop.example"], "'ftp://shop.example' is not a web address"),
        (["audit", "http://"], "'http://' is not an address of a page"),
        (["audit", PAGE, "--scenarios", "silent,acept"], "no scenario is called 'acept' (did you mean 'accept'?)"),
        (["audit", PAGE, "--max-pages", "0"], "--max-pages: input should be greater than or equal to 1"),
        (["audit", PAGE, "--declaration", "absent.yaml"], "absent.yaml: no such file"),
        (["audit", PAGE, "--format", "htlm"], "no report called 'htlm' (did you mean 'html'?)"),
        (["audit", PAGE, "--config", "absent.yaml"], "absent.yaml: no such file"),
        (["audit", PAGE, "--browser", "/no/browser"], "/no/browser"),
        (["audit", PAGE, "--baseline", "absent.json"], "absent.json"),
        (["audit", PAGE, "--catalogue", "absent"], "absent: is not a folder"),
        (["audit", PAGE, "--profile", "mars"], "--profile: input should be 'eu'"),
        (["audit", PAGE, "--threshold", "huge"], "'huge' is not one of"),
        (["audit", PAGE, "--frobnicate"], "No such option"),
        (["classify", "absent.sqlite"], "absent.sqlite: there is no scan here"),
        (["rules", "CONSENT-999"], "there is no rule 'CONSENT-999' (did you mean 'CONSENT-"),
    ],
)
def test_a_mistake_is_answered_with_its_place_and_ends_with_2(arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert told in plain(result)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not Path("consentinel-report").exists(), "nothing is begun before the mistakes are told"


def test_a_fault_in_the_configuration_names_file_line_and_key(in_an_empty_folder: Path) -> None:
    (in_an_empty_folder / "consentinel.yaml").write_text("crawl:\n  max_page: 3\n")
    result = run("audit", PAGE)
    assert "consentinel.yaml:2: crawl.max_page: unknown key (did you mean 'max_pages'?)" in plain(result)
    assert result.exit_code == 2


def test_a_file_that_is_no_scan_is_told_apart_from_an_empty_scan(in_an_empty_folder: Path) -> None:
    path = in_an_empty_folder / "other.sqlite"
    path.write_text("not a database at all, but long enough to look at" * 20)
    result = run("classify", path)
    assert "other.sqlite: cannot be read as a scan" in plain(result)
    assert result.exit_code == 2


@pytest.mark.parametrize("verb", ["classify", "gate"])
def test_a_site_that_was_not_seen_never_passes(failed_scan: Path, verb: str) -> None:
    result = run(verb, failed_scan)
    assert result.exit_code == 3
    assert "could not be reached" in plain(result)


def test_a_folder_stands_for_the_scan_in_it(failed_scan: Path) -> None:
    assert run("gate", failed_scan.parent).exit_code == 3


def test_reports_are_written_beside_the_scan_or_where_one_says(failed_scan: Path, tmp_path: Path) -> None:
    assert run("report", failed_scan, "--format", "json,html").exit_code == 0
    assert json.loads((failed_scan.parent / "audit.json").read_text())["gate"]["exit_code"] == 3
    assert run("report", failed_scan, "--format", "sarif", "--output", tmp_path / "out").exit_code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()]


def test_a_report_can_be_printed(failed_scan: Path) -> None:
    result = run("report", failed_scan, "--format", "json", "--output", "-")
    assert json.loads(result.stdout)["gate"]["exit_code"] == 3


def test_what_cannot_be_written_is_told(failed_scan: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    result = run("report", failed_scan, "--output", tmp_path / "taken")
    assert "taken" in result.output
    assert result.exit_code == 2


def test_classify_prints_one_json_document_for_machines(failed_scan: Path) -> None:
    result = run("classify", failed_scan, "--json")
    assert json.loads(result.stdout)["format"] == "consentinel-audit"
    assert result.exit_code == 3


@pytest.mark.parametrize("columns", [80, 120])
def test_the_summary_keeps_within_the_terminal(failed_scan: Path, columns: int) -> None:
    result = run("classify", failed_scan, columns=columns)
    assert "TOO LITTLE SEEN" in result.output
    lines = [line for line in result.output.splitlines() if str(failed_scan) not in line]
    assert max(len(line) for line in lines) <= columns


def test_rules_lists_all_and_explains_one() -> None:
    listed = run("rules").output
    assert all(rule.id in listed for rule in RULES)
    first = RULES[0]
    told = plain(run("rules", first.id.lower()))
    assert first.title() in told
    assert " ".join(first.fix().split()) in told
    assert {entry["id"] for entry in json.loads(run("rules", "--json").stdout)} == {rule.id for rule in RULES}


def test_explain_names_what_it_does_not_know(failed_scan: Path) -> None:
    result = run("explain", "_ga", failed_scan)
    assert "this scan has no item '_ga'" in plain(result)
    assert result.exit_code == 2


@pytest.mark.parametrize("kind", ["configuration", "declaration", "vendor", "waiver", "audit"])
def test_schemas_are_json(kind: str) -> None:
    assert json.loads(run("schema", kind).stdout)["properties"]


def test_init_finds_out_what_the_folder_tells(in_an_empty_folder: Path) -> None:
    (in_an_empty_folder / "robots.txt").write_text("User-agent: *\nSitemap: https://www.shop.example/sitemap.xml\n")
    (in_an_empty_folder / "said.yaml").write_text("schema: tracker-declaration/1\nservice: Shop\n")
    result = run("init")
    assert "https://www.shop.example/ (from robots.txt)" in plain(result)
    written = (in_an_empty_folder / "consentinel.yaml").read_text()
    assert "urls: [https://www.shop.example/]" in written.replace("'", "")
    assert "declaration: said.yaml" in written


def test_init_never_writes_over_a_file_unasked(in_an_empty_folder: Path) -> None:
    path = in_an_empty_folder / "consentinel.yaml"
    path.write_text("crawl: {max_pages: 1}\n")
    assert run("init").exit_code == 2
    assert path.read_text() == "crawl: {max_pages: 1}\n"
    assert run("init", "shop.example", "--force").exit_code == 0
    assert "https://shop.example/" in path.read_text()


def test_doctor_passes_where_a_browser_is_and_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ASSETS", Path("/absent"))
    result = run("doctor", "--json")
    states = {row["name"]: row for row in json.loads(result.stdout)}
    assert states["ruffle"]["state"] == "limited"
    assert "Flash" in states["ruffle"]["costs"]
    assert states["browser"]["state"] == "ready"
    assert result.exit_code == 0


def test_doctor_ends_with_2_where_no_audit_can_run(in_an_empty_folder: Path) -> None:
    (in_an_empty_folder / "consentinel.yaml").write_text("browser: {executable: /no/browser}\n")
    result = run("doctor")
    assert result.exit_code == 2
    assert "No audit can run" in plain(result)


def start(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from consentinel.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=os.environ)


def test_a_fault_of_our_own_does_not_end_as_findings(tmp_path: Path) -> None:
    code = (
        "import consentinel.verbs.rules as verb, consentinel.cli as cli\n"
        "verb._table = lambda: 1 / 0\n"
        "import sys; sys.argv = ['consentinel', 'rules']; cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr
    assert "fault of Consentinel itself" in done.stderr


def test_a_reader_that_goes_away_is_no_finding(tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'from consentinel.cli import main; main()' schema audit; echo $? >&2"
    done = subprocess.run(
        ["/bin/sh", "-c", f"({command}) | true"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip().splitlines()[-1] in ("0", "2")


def test_decode_puts_a_request_in_words() -> None:
    url = "https://www.google-analytics.com/g/collect?v=2&tid=G-ABC123&en=page_view&cid=1.2"
    told = plain(run("decode", url))
    assert "G-ABC123" in told
    assert "page_view" in told
    assert json.loads(run("decode", url, "--json").stdout)[0]["account"] == "G-ABC123"


def test_decode_never_takes_the_unknown_for_harmless() -> None:
    assert "does not say that they track nothing" in plain(run("decode", "https://shop.example/a.gif"))
    result = run("decode", "absent.har")
    assert "absent.har: neither an address" in plain(result)
    assert result.exit_code == 2


def test_the_version_is_told() -> None:
    assert run("--version").output.startswith("consentinel ")
    assert __version__ in run("--version").output
