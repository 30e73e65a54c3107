"""The HTML report in a real browser: it opens fast, reads well everywhere, and nothing in it is alive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from crawler.browser.found import find_browser
from crawler.settings import BrowserSettings
from reports.to_html import ToHtml
from tests import audits

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
AXE = "axe-core/axe.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = find_browser(BrowserSettings()).path
    with sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        running = playwright.chromium.launch(executable_path=str(path), args=sandbox)
        yield running
        running.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    audit = audits.audit()
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(ToHtml(audits.context(audit)).render(audit), encoding="utf-8")
    return path


def opened(browser: Browser, path: Path, **options: Any) -> tuple[Page, list[str]]:
    page = browser.new_context(**options).new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: trouble.append(request.url) if not _own(request.url, path) else None)
    page.goto(path.as_uri())
    return page, trouble


def _own(url: str, path: Path) -> bool:
    return url.startswith(("data:image/", path.as_uri()))


def test_in_ten_seconds_what_ran_before_consent_who_put_it_there_and_what_to_change(
    browser: Browser, report: Path
) -> None:
    """The path: open the file; the first row of the first table answers all three; its link leads to the proof."""
    page, trouble = opened(browser, report, viewport={"width": 1280, "height": 900})
    row = page.locator("table.looks tbody tr").first
    assert row.bounding_box() is not None
    box = row.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900, "without scrolling"
    text = row.inner_text()
    assert "cookie _nimbus_id" in text
    assert "no choice yet" in text
    assert "https://ads.adnimbus.example/pixel.js" in text
    assert "Let the tag manager start" in text
    row.get_by_role("link", name="CONSENT-001").click()
    card = page.locator("article.finding:target")
    assert "stored by script 0.52 s after opening" in card.inner_text()
    card.get_by_text("Evidence (6)").click()
    assert card.get_by_text("Max-Age=63072000").is_visible()
    assert trouble == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_window_scrolls_sideways(browser: Browser, report: Path, width: int) -> None:
    page, _ = opened(browser, report, viewport={"width": width, "height": 844})
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_numbers_of_the_matrix_open_their_lists(browser: Browser, report: Path) -> None:
    page, trouble = opened(browser, report)
    page.get_by_role("link", name="Advertising, silent, no choice yet: 4").click()
    listed = page.locator(".cell-list:target")
    assert listed.is_visible()
    listed.get_by_role("link", name="_nimbus_id").click()
    assert page.locator("tr:target").is_visible()
    assert trouble == []


def test_findings_can_be_searched_and_filtered(browser: Browser, report: Path) -> None:
    page, trouble = opened(browser, report)
    shown = page.locator("article.finding:visible")
    assert shown.count() == 6
    page.get_by_role("button", name="critical").click()
    assert shown.count() == 2
    page.get_by_role("button", name="critical").click()
    page.get_by_role("searchbox", name="Search findings").fill("nimbus.visitor")
    assert shown.count() == 1
    assert page.get_by_text("1 of 6 shown").is_visible()
    assert trouble == []


def test_tables_sort_by_number_where_they_hold_numbers(browser: Browser, report: Path) -> None:
    page, _ = opened(browser, report)
    table = page.locator("#inv-cookies table")
    heading = table.get_by_role("button", name="Count")
    for direction in (1, -1):
        heading.click()
        numbers = [int(cell) for cell in table.locator("tbody td:last-child").all_inner_texts()]
        assert numbers == sorted(numbers)[::direction]
        assert len(set(numbers)) > 2


def test_everything_can_be_read_with_scripts_off(browser: Browser, report: Path) -> None:
    page, trouble = opened(browser, report, java_script_enabled=False)
    assert page.locator("article.finding").count() == 6
    assert page.locator("svg.chart").first.is_visible()
    page.get_by_text("As a table").first.click()
    assert page.get_by_role("cell", name="nimbus.visitor (local_storage)").first.is_visible()
    page.get_by_role("link", name="Advertising, silent, no choice yet: 4").click()
    assert page.locator(".cell-list:target").is_visible()
    assert trouble == []


def test_a_hostile_audit_runs_nothing_and_asks_for_nothing(browser: Browser, tmp_path: Path) -> None:
    audit = audits.hostile_audit()
    path = tmp_path / "report.html"
    path.write_text(ToHtml(audits.hostile_context(audit)).render(audit), encoding="utf-8")
    page, trouble = opened(browser, path)
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    assert page.locator("article.finding").count() == len(audit.findings)
    assert page.evaluate("document.querySelectorAll('img, iframe, object, form').length") == 0
    assert trouble == []


def test_the_content_security_policy_is_in_force(browser: Browser, report: Path) -> None:
    page, trouble = opened(browser, report)
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'alive'";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"document.title = 'alive'\\">");
        }"""
    )
    assert page.title() != "alive"
    assert any("Content Security Policy" in line for line in trouble)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious(browser: Browser, report: Path, scheme: str, width: int) -> None:
    folders = [ROOT / "node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))]
    axe = next((folder / AXE for folder in folders if (folder / AXE).is_file()), None)
    if axe is None:
        pytest.skip("axe-core is not fetched")
    page, _ = opened(
        browser,
        report,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
    )
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    page.add_script_tag(content=axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(result => result.violations)")
    assert [
        (fault["id"], fault["impact"], [node["target"] for node in fault["nodes"]][:4])
        for fault in found
        if fault["impact"] in ("serious", "critical", "moderate")
    ] == []


def test_the_report_prints_with_every_section(browser: Browser, report: Path) -> None:
    page, _ = opened(browser, report)
    page.emulate_media(media="print")
    assert not page.locator("nav.contents").is_visible()
    assert page.pdf(format="A4", tagged=True, outline=True).startswith(b"%PDF")


def test_ten_thousand_sightings_stay_usable(browser: Browser, tmp_path: Path) -> None:
    """Sizes decide here, because they do not depend on what else the machine does; the benchmark has the seconds."""
    audit = audits.large_audit()
    assert sum(len(visit.cookies) for visit in audit.visits) >= 10_000
    path = tmp_path / "report.html"
    path.write_text(ToHtml().render(audit), encoding="utf-8")
    assert path.stat().st_size < 6_000_000
    page, trouble = opened(browser, path)
    assert page.evaluate("document.getElementsByTagName('*').length") < 150_000
    page.get_by_role("searchbox", name="Search findings").fill("ck_77")
    assert 0 < page.locator("article.finding:visible").count() < 30
    assert trouble == []
