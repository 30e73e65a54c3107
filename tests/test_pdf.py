"""The report on paper: printed by the browser, with page numbers and bookmarks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from classifiers.audit import audit
from classifiers.declaration import read_declaration
from classifiers.findings import Audit
from classifiers.vendors import Catalogue
from consentinel.cli import app
from crawler.browser.found import BrowserMissing
from crawler.browser.printing import print_pdf
from crawler.settings import BrowserSettings
from reports.to_html import ToHtml
from tests import audits
from tests.recording import CATALOGUE, DECLARATION, JUDGED_AT, recording, stored


@pytest.mark.browser
def test_the_printed_report_has_page_numbers_bookmarks_and_every_finding(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    example = audits.audit()
    html, pdf = tmp_path / "report.html", tmp_path / "out" / "report.pdf"
    html.write_text(ToHtml(audits.context(example)).render(example), encoding="utf-8")
    asyncio.run(print_pdf(html, pdf))
    holds_everything(pypdf.PdfReader(pdf), example)


@pytest.mark.browser
def test_the_verb_prints_the_report_of_a_stored_scan(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    store = stored(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "paper.pdf"
    flags = ["--declaration", str(DECLARATION), "--catalogue", str(CATALOGUE), "-o", str(target)]
    done = CliRunner().invoke(app, ["pdf", str(store), *flags])
    assert done.exit_code == 0, done.output
    assert str(target) in done.output.replace("\n", "")
    judged = audit(recording().scan, recording().visits, **judged_with())
    holds_everything(pypdf.PdfReader(target), judged)


def test_the_verb_names_a_missing_browser_and_writes_nothing(tmp_path: Path) -> None:
    store = stored(tmp_path)
    done = CliRunner().invoke(app, ["pdf", str(store), "--browser", str(tmp_path / "nothing-here")])
    assert done.exit_code == 2
    assert "nothing-here" in done.output.replace("\n", "")
    assert not (tmp_path / "report.pdf").exists()


def test_the_verb_names_a_missing_scan(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["pdf", str(tmp_path / "no-scan")])
    assert done.exit_code == 2
    assert "no scan here" in " ".join(done.output.split())


def judged_with() -> dict[str, Any]:
    return {
        "declaration": read_declaration(DECLARATION),
        "catalogue": Catalogue.load(CATALOGUE),
        "judged_at": JUDGED_AT,
    }


def holds_everything(read: Any, audit: Audit) -> None:
    """Page numbers on every page, every rule that found something, a bookmark for every section."""
    texts = [page.extract_text() for page in read.pages]
    assert len(texts) > 3
    assert all(f"{number} / {len(texts)}" in text for number, text in enumerate(texts, start=1))
    everything = " ".join(" ".join(texts).split())
    assert {finding.rule for finding in audit.findings if finding.rule not in everything} == set()
    titles = titles_of(read.outline)
    for section in ("Limits", "consent timeline", "Findings", "Inventory", "Consent interface", "Method", "Manifest"):
        assert any(section in title for title in titles), (section, titles)
    assert titles[0].endswith(f" {audit.site}"), titles[0]


def titles_of(outline: list[object]) -> list[str]:
    titles: list[str] = []
    for entry in outline:
        if isinstance(entry, list):
            titles += titles_of(entry)
        else:
            titles.append(str(getattr(entry, "title", "")))
    return titles


def test_a_missing_browser_is_named(tmp_path: Path) -> None:
    settings = BrowserSettings(executable=tmp_path / "nothing-here")
    with pytest.raises(BrowserMissing, match="nothing-here"):
        asyncio.run(print_pdf(tmp_path / "report.html", tmp_path / "report.pdf", settings=settings))
