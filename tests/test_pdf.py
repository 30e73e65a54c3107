"""The report on paper: printed by the browser, with page numbers and bookmarks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.browser.found import BrowserMissing
from crawler.browser.printing import print_pdf
from crawler.settings import BrowserSettings
from reports.to_html import ToHtml
from tests import audits


@pytest.mark.browser
def test_the_printed_report_has_page_numbers_bookmarks_and_every_finding(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    audit = audits.audit()
    html, pdf = tmp_path / "report.html", tmp_path / "out" / "report.pdf"
    html.write_text(ToHtml(audits.context(audit)).render(audit), encoding="utf-8")
    asyncio.run(print_pdf(html, pdf))
    read = pypdf.PdfReader(pdf)
    texts = [page.extract_text() for page in read.pages]
    assert len(texts) > 3
    assert all(f"{number} / {len(texts)}" in text for number, text in enumerate(texts, start=1))
    everything = " ".join(" ".join(texts).split())
    assert {finding.rule for finding in audit.findings if finding.rule not in everything} == set()
    titles = titles_of(read.outline)
    assert any("Findings" in title for title in titles), titles
    assert len(titles) > 5
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
