"""A page whose every recorded string is an attack, through every way out: none of them is alive in any."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from classifiers.findings import Audit
from classifiers.vendors import Catalogue
from consentinel.cli import app
from consentinel.evidence.archive import read_archive
from crawler.store import Store
from reports import REPORTERS
from reports.inventories import inventories, to_csv, to_parquet
from tests import audits

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
FORMULA = re.compile(r"\s*[=+\-@|%]")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def dead_html(text: str) -> None:
    page = Tags()
    page.feed(text)
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert len(scripts) <= 1
    for tag, attributes in page.tags:
        assert tag not in {"iframe", "object", "embed", "form", "base", "link", "marquee", "math"}, tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert str(attributes.get("href", "#")).startswith("#")
        assert str(attributes.get("src", "data:image/")).startswith("data:image/")


def dead_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1, "no value makes a column or a row of its own"
    assert not [value for row in rows for value in row if FORMULA.match(value)]


def dead_json(text: str) -> None:
    json.loads(text)
    assert not re.search("[<>&\u2028\u2029]", text)


def dead_xml(text: str) -> None:
    known = {"testsuites", "testsuite", "testcase", "failure", "skipped", "error", "system-out"}
    assert {element.tag for element in ElementTree.fromstring(text).iter()} <= known


def dead_markdown(text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    leaves = [child for token in tokens for child in (token.children or [token])]
    assert not {leaf.type for leaf in leaves} & {"link_open", "image"}
    html = {leaf.content.strip() for leaf in leaves if leaf.type in ("html_inline", "html_block")}
    assert html <= {"<!-- -->", "<!-- consentinel -->"}


def dead_commands(text: str) -> None:
    """Every line is an annotation of ours; a line of the page's own would be run by the code host."""
    assert all(re.match(r"::(error|warning|notice) ", line) for line in text.splitlines())


CHECKS = {
    ".html": dead_html,
    ".csv": dead_csv,
    ".json": dead_json,
    ".har": dead_json,
    ".sarif": dead_json,
    ".xml": dead_xml,
    ".md": dead_markdown,
    ".txt": dead_commands,
}


def dead(name: str, content: bytes) -> None:
    text = content.decode()
    assert not UNSEEN.search(text), name
    CHECKS[PurePosixPath(name).suffix](text)


@pytest.fixture(scope="module")
def hostile() -> Audit:
    return audits.hostile_audit()


@pytest.fixture(scope="module")
def store(hostile: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "scan.sqlite"
    with Store.open(path, create=True) as opened:
        opened.begin(hostile.scan)
        for visit in hostile.visits:
            opened.save(hostile.scan.id, visit)
        opened.finish(hostile.scan)
    return path


def test_every_file_of_every_report_is_dead(hostile: Audit) -> None:
    context = audits.hostile_context(hostile)
    written: Mapping[str, str] = {
        name: text for reporter in REPORTERS for name, text in reporter(context).files(hostile).items()
    }
    assert len(written) > len(REPORTERS)
    for name, text in written.items():
        assert re.fullmatch(r"[\w.-]+(/[\w.-]+)*", name), "attacks name no file"
        dead(name, text.encode())


def test_every_inventory_is_dead(hostile: Audit) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet

    for table in inventories(hostile):
        dead(f"{table.name}.csv", to_csv(table).encode())
        for row in pyarrow.parquet.read_table(io.BytesIO(to_parquet(table))).to_pylist():
            assert not UNSEEN.search(str(row)), table.name


def test_every_archive_holds_the_records_that_were_written(hostile: Audit) -> None:
    pytest.importorskip("warcio")
    from warcio.archiveiterator import ArchiveIterator

    from reports.warc import warc, warc_files

    for name in hostile.scan.scenarios:
        content = warc(hostile, scenario=name, compressed=False)
        assert not UNSEEN.search(content.decode())
        visits = [visit for visit in hostile.visits if visit.scenario == name]
        requests = [r for v in visits for r in v.requests if r.url.startswith(("http://", "https://"))]
        kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(content), check_digests="raise")]
        answers = sum(request.status is not None for request in requests)
        assert len(kinds) == 1 + 2 * len(requests) + answers
    assert all(re.fullmatch(r"[\w-]+\.warc\.gz", name) for name in warc_files(hostile))


def test_the_terminal_gets_no_escape(store: Path) -> None:
    """Whatever a verb prints of a stored scan: ours are colours only, and these are off here."""
    for verb in ("gate", "explain", "classify"):
        told = CliRunner(env={"TERM": "dumb", "COLUMNS": "160"}).invoke(app, [verb, str(store)])
        assert not UNSEEN.search(told.output), verb


def test_a_pack_holds_only_names_that_every_system_can_write(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "evidence.zip"
    told = CliRunner(env={"TERM": "dumb"}).invoke(app, ["pack", str(store), "-o", str(target), "--warc"])
    assert told.exit_code == 0, told.output
    assert not UNSEEN.search(told.output)
    files = read_archive(target).files
    assert len(files) > 15
    for name in files:
        assert re.fullmatch(r"[\w.-]+(/[\w.-]+)*", name), name
        assert ".." not in PurePosixPath(name).parts
    checked = CliRunner(env={"TERM": "dumb"}).invoke(app, ["verify", str(target)])
    assert checked.exit_code == 0, checked.output
    assert not UNSEEN.search(checked.output)
    for name, content in files.items():
        if name.startswith("reports/"):
            dead(name, content)


def test_datasette_shows_text_as_text(hostile: Audit, tmp_path: Path) -> None:
    pytest.importorskip("datasette")
    from consentinel.exploring.judged import Judged, write_judged
    from consentinel.exploring.serving import explorer

    judged = tmp_path / "judged.db"
    attack = "<script>alert(1)</script>\x1b[31m\u202e"
    write_judged(judged, [Judged(audit=hostile, result=attack, catalogue=Catalogue.load(), report=None)])
    server = explorer([], judged, reports=[], host="127.0.0.1")

    async def ask(path: str) -> str:
        answer = await server.client.get(path, headers={"host": "localhost"})
        assert answer.status_code == 200, path
        return str(answer.text)

    for path in (
        *("/", "/-/trends", "/judged", "/judged/scans", "/judged/items?_facet=name", "/judged/events?_facet=domain"),
        *("/judged/findings?_facet=rule", "/judged/undecided", "/judged/flows", "/judged/first_and_last_seen"),
        *("/judged/fired_before_consent?purpose=", "/judged/who_set_this_cookie?name=%25"),
    ):
        text = asyncio.run(ask(path))
        page = Tags()
        page.feed(text)
        assert "<script>alert" not in text, path
        assert "\u202e" not in text, path
        assert "\x1b" not in text, path
        assert not [tag for tag, _ in page.tags if tag in {"img", "iframe", "object", "embed"}], path
        links = [str(attributes.get("href", "")) for _, attributes in page.tags if attributes.get("href")]
        assert not [link for link in links if link.strip().lower().startswith(("javascript:", "data:", "vbscript:"))]
