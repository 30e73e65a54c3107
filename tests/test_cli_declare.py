"""`consentinel declare`: what people see, which files are written, and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from classifiers.declaration import read_declaration
from classifiers.lock_text import read_lock
from consentinel.cli import Verbs
from consentinel.verbs import declare
from tests.rule_cases import ShortCookie, ShortRequest, ShortVisit, whole_scan, whole_visit
from tests.stores import scan_file

FIXTURES = Path(__file__).parent.parent / "fixtures"
IMPORTS = FIXTURES / "imports"
CATALOGUE = ["--catalogue", str(FIXTURES / "catalogue")]


def run(*arguments: str) -> Result:
    app = typer.Typer(cls=Verbs)
    app.add_typer(declare.app, name="declare")
    return CliRunner().invoke(app, ["declare", *arguments], env={"COLUMNS": "200", "TERM": "dumb"})


def plain(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    visit = whole_visit(
        ShortVisit(
            cookies=(ShortCookie(name="sid"), ShortCookie(name="_pm_id", lifetime="396 days")),
            requests=(ShortRequest(url="https://collect.pulsemetrics.localhost/collect", beacon=("1x1 image",)),),
        )
    )
    return scan_file(tmp_path, scan=whole_scan([visit], scenarios=("silent",)), visits=[visit])


def test_import_writes_our_yaml(tmp_path: Path) -> None:
    result = run("import", "auto", str(IMPORTS / "onetrust.json"), "-o", "declared.yaml", "--service", "the shop")
    assert result.exit_code == 0, result.output
    assert read_declaration(tmp_path / "declared.yaml").service == "the shop"
    assert "'Wonder Cookies' is not known, so it is left unmapped" in plain(result)


def test_import_does_not_write_over_a_file_unless_told_to(tmp_path: Path) -> None:
    (tmp_path / "declared.yaml").write_text("mine", encoding="utf-8")
    arguments = ("import", "termly", str(IMPORTS / "termly.json"), "-o", "declared.yaml")
    refused = run(*arguments)
    assert (refused.exit_code, (tmp_path / "declared.yaml").read_text(encoding="utf-8")) == (2, "mine")
    assert "replace it with --force" in plain(refused)
    assert run(*arguments, "--force").exit_code == 0


def test_a_half_readable_list_ends_with_2_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name,duration\nsid,session\nbad,sometime\n", encoding="utf-8")
    result = run("import", "csv", "list.csv", "-o", "declared.yaml")
    assert result.exit_code == 2
    assert "list.csv:3: lifetime of 'bad'" in plain(result)
    assert not (tmp_path / "declared.yaml").exists()
    partial = run("import", "csv", "list.csv", "-o", "declared.yaml", "--partial")
    assert partial.exit_code == 0
    assert "left out: list.csv:3" in plain(partial)
    assert [item.name for item in read_declaration(tmp_path / "declared.yaml").items] == ["sid"]


def test_the_vendor_list_names_the_vendor_of_a_disclosure(tmp_path: Path) -> None:
    disclosure = ("import", "tcf-disclosure", str(IMPORTS / "tcf-disclosure.json"), "-o", "declared.yaml")
    vendors = ("--vendor-list", str(IMPORTS / "tcf-vendor-list.json"))
    result = run(*disclosure, *vendors, "--url", "https://vendor.example/disclosure.json")
    assert result.exit_code == 0, result.output
    assert {item.provider for item in read_declaration(tmp_path / "declared.yaml").items} == {"Vendor Example Ltd"}
    stranger = run(*disclosure, "--force", *vendors, "--url", "https://nobody.example/d.json")
    assert (stranger.exit_code, "no vendor publishes its disclosure" in plain(stranger)) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "cookibot", "x.json"], "x.json: no such file"),
        (["import", "auto", "."], "is a folder"),
        (["export", "ocd", "x.yaml"], "there is no export called 'ocd'"),
        (["export", "yaml", "absent.yaml"], "absent.yaml: no such file"),
        (["init", "absent"], "there is no scan here"),
        (["update", "scan.sqlite", "absent.yaml"], "absent.yaml: no such file"),
        (["read-policy", "absent.html"], "absent.html: no such file"),
    ],
)
def test_mistakes_end_with_2_and_a_sentence(arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, told in plain(result)) == (2, True), result.output


def test_init_drafts_the_lock_file_and_a_second_run_keeps_edits(store: Path, tmp_path: Path) -> None:
    first = run("init", str(store), *CATALOGUE)
    assert first.exit_code == 0, first.output
    lock = tmp_path / "declaration.lock.yaml"
    drafted = read_lock(lock.read_text(encoding="utf-8"), name="lock")
    assert {item.name for item in drafted.items} == {"sid", "_pm_id", "/collect"}
    edited = "# Anna has looked at all of this.\n" + "\n".join(
        line for line in lock.read_text(encoding="utf-8").splitlines() if "/collect" not in line
    )
    lock.write_text(edited, encoding="utf-8")
    second = run("init", str(store), *CATALOGUE)
    assert second.exit_code == 0, second.output
    assert "+ {name: /collect" in second.output
    assert "1 items were added" in plain(second)
    after = lock.read_text(encoding="utf-8").splitlines()
    kept = iter(after)
    assert all(line in kept for line in edited.splitlines())
    assert "0 items were added" in plain(run("update", str(store), str(lock), *CATALOGUE))


def test_update_as_a_dry_run_tells_and_writes_nothing(store: Path, tmp_path: Path) -> None:
    text = "schema: tracker-declaration/1\nitems:\n  - {name: old, technology: http_cookie}   # kept\n"
    lock = tmp_path / "lock.yaml"
    lock.write_text(text, encoding="utf-8")
    result = run("update", str(store), str(lock), "--dry-run", *CATALOGUE)
    assert result.exit_code == 0, result.output
    assert "3 items would be added" in plain(result)
    assert "? old: not observed in this scan" in plain(result)
    assert lock.read_text(encoding="utf-8") == text


def test_update_takes_categories_of_the_declaration_that_names_the_lock(store: Path, tmp_path: Path) -> None:
    for name in ("business-services.yaml", "business-services.lock.yaml"):
        shutil.copy(FIXTURES / "declarations" / name, tmp_path / name)
    lock = tmp_path / "business-services.lock.yaml"
    before = lock.read_text(encoding="utf-8")
    declaration = ("--declaration", "business-services.yaml")
    result = run("update", str(store), str(lock), *declaration, *CATALOGUE)
    assert result.exit_code == 0, result.output
    added = [item for item in read_declaration(tmp_path / "business-services.yaml").items if "shop" in item.domains[0]]
    assert {(item.name, item.category) for item in added} == {("sid", None), ("_pm_id", "usage_analytics")}
    kept = iter(lock.read_text(encoding="utf-8").splitlines())
    assert all(line in kept for line in before.splitlines())


def test_read_policy_tells_claims_tensions_and_silences() -> None:
    result = run("read-policy", str(FIXTURES / "policies" / "display-services.txt"))
    assert result.exit_code == 0, result.output
    told = plain(result)
    assert "P-10 L30" in told
    assert "X-1 L30, 52, 57, 58" in told
    assert "The policy describes no mechanism to consent" in told
    assert "41 kinds of claim found; not found: none." in told


def test_read_policy_drafts_a_declaration_and_speaks_json(tmp_path: Path) -> None:
    policy = str(FIXTURES / "policies" / "display-services.txt")
    assert run("read-policy", policy, "--draft", "declared.yaml").exit_code == 0
    assert len(read_declaration(tmp_path / "declared.yaml").categories) == 9
    answer = run("read-policy", policy, "--json")
    assert json.loads(answer.stdout)["claims_not_found"] == []


def test_export(tmp_path: Path) -> None:
    declaration = str(FIXTURES / "declarations" / "business-services.yaml")
    result = run("export", "edpb", declaration, "-o", "knowledge.json")
    assert result.exit_code == 0, result.output
    (base,) = json.loads((tmp_path / "knowledge.json").read_text(encoding="utf-8"))
    assert {"name": "_pm_id", "controller": "PulseMetrics"}.items() <= next(
        known for known in base["knowledges"] if known["name"] == "_pm_id"
    ).items()


@pytest.mark.parametrize("verb", ["import", "init", "update", "read-policy", "export"])
def test_every_verb_explains_itself(verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


PAGE = "https://www.shop.example/privacy"
SEEN, OTHER = "5e" * 32, "0f" * 32


@pytest.fixture
def with_policy(tmp_path: Path) -> Path:
    """A scan that saw the published policy."""
    seen = whole_visit(ShortVisit(url=PAGE, facts={"text_sha256": SEEN}, cookies=(ShortCookie(name="sid"),)))
    return scan_file(tmp_path, scan=whole_scan([seen], scenarios=("silent",)), visits=[seen])


@pytest.mark.parametrize(
    ("source", "becomes"),
    [
        ("source: {kind: privacy_policy, url: 'PAGE'}  # ours",
         "source: {page_sha256: SEEN, kind: privacy_policy, url: 'PAGE'}  # ours"),
        ("source:\n  # where\n  kind: privacy_policy\n  url: PAGE  # ours",
         "source:\n  # where\n  page_sha256: SEEN\n  kind: privacy_policy\n  url: PAGE  # ours"),
        ("source:\n  url: PAGE\n  page_sha256: null   # to do\n  kind: privacy_policy",
         "source:\n  url: PAGE\n  page_sha256: SEEN   # to do\n  kind: privacy_policy"),
        ("source: {page_sha256: ~, kind: privacy_policy, url: 'PAGE'}",
         "source: {page_sha256: SEEN, kind: privacy_policy, url: 'PAGE'}"),
        ("source:\n  url: PAGE\n  page_sha256:\n  kind: privacy_policy",
         "source:\n  url: PAGE\n  page_sha256: SEEN\n  kind: privacy_policy"),
    ],
)  # fmt: skip
def test_update_fills_in_the_digest_of_the_published_words(
    with_policy: Path, tmp_path: Path, source: str, becomes: str
) -> None:
    source, becomes = (text.replace("PAGE", PAGE).replace("SEEN", SEEN) for text in (source, becomes))
    head, tail = "# declared by us\nschema: tracker-declaration/1\n", "\nservice: the shop\n"
    declared, lock = tmp_path / "declared.yaml", tmp_path / "lock.yaml"
    declared.write_text(head + source + tail, encoding="utf-8")
    lock.write_text("schema: tracker-declaration/1\n", encoding="utf-8")
    arguments = ("update", str(with_policy), str(lock), "--declaration", str(declared), *CATALOGUE)
    dry = run(*arguments, "--dry-run")
    assert f"would be set to {SEEN}" in plain(dry)
    assert declared.read_text(encoding="utf-8") == head + source + tail
    assert run(*arguments).exit_code == 0
    assert declared.read_text(encoding="utf-8") == head + becomes + tail
    assert "page_sha256" not in plain(run(*arguments))


def test_a_digest_that_stands_there_is_kept_and_the_difference_told(with_policy: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.yaml"
    source = f"source: {{kind: privacy_policy, url: '{PAGE}', page_sha256: {OTHER}}}\n"
    lock.write_text(f"schema: tracker-declaration/1\n{source}", encoding="utf-8")
    result = run("update", str(with_policy), str(lock), *CATALOGUE)
    assert f"stays as it is, but this scan saw other words at {PAGE}, SHA-256 {SEEN}" in plain(result)
    assert source in lock.read_text(encoding="utf-8")


def test_init_fills_it_in_too_and_says_where_the_page_was_not_seen(
    with_policy: Path, store: Path, tmp_path: Path
) -> None:
    declared = tmp_path / "declared.yaml"
    text = f"schema: tracker-declaration/1\nsource: {{kind: privacy_policy, url: '{PAGE}2'}}\n"
    declared.write_text(text, encoding="utf-8")
    unseen = run("init", str(store), "-o", "a.yaml", "--declaration", str(declared), *CATALOGUE)
    assert f"stays unset in {declared}. {PAGE}2 was not visited in this scan" in plain(unseen)
    assert declared.read_text(encoding="utf-8") == text
    declared.write_text(text.replace("privacy2", "privacy"), encoding="utf-8")
    assert run("init", str(with_policy), "-o", "b.yaml", "--declaration", str(declared), *CATALOGUE).exit_code == 0
    source = read_declaration(declared).source
    assert source is not None
    assert source.page_sha256 == SEEN


def test_a_source_that_cannot_be_added_to_is_left_alone(with_policy: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.yaml"
    text = f"schema: tracker-declaration/1\nsource: {{kind: privacy_policy, url: '{PAGE}', page_sha256:\n  null}}\n"
    lock.write_text(text, encoding="utf-8")
    result = run("update", str(with_policy), str(lock), "--dry-run", *CATALOGUE)
    assert result.exit_code == 2
    assert f"write `page_sha256: {SEEN}` there" in plain(result)
    assert lock.read_text(encoding="utf-8") == text
