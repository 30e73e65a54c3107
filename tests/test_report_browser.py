"""The HTML report in a real browser: it opens fast, reads well everywhere, and nothing in it is alive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from crawler.browser.found import find_browser
from crawler.observations import NameValue
from crawler.settings import BrowserSettings
from reports.to_html import ToHtml
from tests import audits
from tests.recording import recorded_audit, recorded_context

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


@pytest.fixture(scope="module")
def demo_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of three pages of the demo site, as they were recorded."""
    path = tmp_path_factory.mktemp("demo") / "report.html"
    path.write_text(ToHtml(recorded_context()).render(recorded_audit()), encoding="utf-8")
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
    """The path of docs/reading-the-report.md: the first row of the first table answers; its link leads to the proof."""
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


def test_the_demo_answers_the_three_questions_in_its_first_row(browser: Browser, demo_report: Path) -> None:
    """The path of docs/reading-the-report.md, followed on the demo site."""
    page, trouble = opened(browser, demo_report, viewport={"width": 1280, "height": 900})
    first = page.locator("section h2").first
    assert first.inner_text() == "Ran while no acceptance was in force"
    row = page.locator("table.looks tbody tr").first
    box = row.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900, "without scrolling"
    what, when, who, change = row.locator("td").all_inner_texts()
    assert "AdNimbus" in what
    assert "cookie an_uid" in what
    assert when.startswith("no choice yet")
    script, _, brought_in = who.partition("brought in by")
    assert "ads.adnimbus.localhost" in script
    assert "/assets/consent.js" in brought_in
    assert change.startswith("Let the script that sets the cookie wait")
    row.get_by_role("link", name="CONSENT-001").click()
    card = page.locator("article.finding:target")
    assert "Before any choice" in card.locator(".observation").inner_text()
    chain = card.locator(".blame li").all_inner_texts()
    assert [text.splitlines()[0] for text in (chain[0], chain[-1])] == ["page", "cookie"]
    assert any("ad.js" in text for text in chain)
    assert "declaration.yaml" in card.inner_text() or "lock.yaml" in card.inner_text()
    card.get_by_text("Evidence (").click()
    assert card.get_by_role("cell", name="no choice yet").first.is_visible()
    assert trouble == []


def test_what_was_clicked_is_outlined_where_it_was(browser: Browser, tmp_path: Path) -> None:
    audit = audits.audit()
    viewport = NameValue(name="browser.viewport", value="1280, 900")
    audit = audit.model_copy(
        update={"scan": audit.scan.model_copy(update={"settings": (*audit.scan.settings, viewport)})}
    )
    path = tmp_path / "report.html"
    path.write_text(ToHtml(audits.context(audit)).render(audit), encoding="utf-8")
    page, _ = opened(browser, path)
    frame = page.locator(".frame:has(.outline)").first
    frame.scroll_into_view_if_needed()
    picture, line = frame.locator("img").bounding_box(), frame.locator("rect").first.bounding_box()
    assert picture is not None
    assert line is not None
    click = next(click for visit in audit.visits for choice in visit.choices for click in choice.clicks)
    assert click.box is not None
    centre = (line["x"] + line["width"] / 2 - picture["x"]) / picture["width"] * 1280
    assert abs(centre - (click.box.x + click.box.width / 2)) < 3


def test_the_page_with_the_most_without_acceptance_is_open(browser: Browser, demo_report: Path) -> None:
    page, _ = opened(browser, demo_report)
    assert page.locator("#timeline details.page[open]").count() == 1
    counts = [int(text.split()[0]) for text in page.locator("#timeline summary .chip.hot").all_inner_texts()]
    shown = page.locator("#timeline details.page[open] > summary .chip.hot").inner_text()
    assert int(shown.split()[0]) == max(counts)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_name_is_long_enough_to_scroll_the_window_sideways(browser: Browser, tmp_path: Path, width: int) -> None:
    name = "x" * 400
    audit = audits.audit()
    label = {"vendor": name, "entity": name, "reason": name}
    audit = audit.model_copy(
        update={
            "items": tuple(
                item.model_copy(update={"name": name, "label": item.label.model_copy(update=label)})
                for item in audit.items
            ),
            "findings": tuple(
                finding.model_copy(
                    update={
                        "observation": f"{name} https://a.example/{name}",
                        "title": name,
                        "fix": name,
                        "blame": (f"https://a.example/{name}", name),
                        "subject": finding.subject.model_copy(update={"name": name, "domain": name, "vendor": name}),
                    }
                )
                for finding in audit.findings
            ),
        }
    )
    path = tmp_path / "report.html"
    path.write_text(ToHtml(audits.context(audits.audit())).render(audit), encoding="utf-8")
    page, _ = opened(browser, path, viewport={"width": width, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach(element => { element.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


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


@pytest.mark.parametrize(
    ("which", "width", "scheme"),
    [
        *(("report", width, scheme) for width in (390, 1280) for scheme in ("light", "dark")),
        ("demo_report", 390, "dark"),
        ("demo_report", 1280, "light"),
    ],
)
def test_axe_finds_nothing_serious(
    browser: Browser, request: pytest.FixtureRequest, scheme: str, width: int, which: str
) -> None:
    folders = [ROOT / "node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))]
    axe = next((folder / AXE for folder in folders if (folder / AXE).is_file()), None)
    if axe is None:
        pytest.skip("axe-core is not fetched")
    page, _ = opened(
        browser,
        request.getfixturevalue(which),
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
    )
    page.evaluate("document.querySelectorAll('details').forEach(element => { element.open = true })")
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
