"""The probes change nothing that a page can see: its own results with them equal its results without."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from crawler.browser.found import find_browser
from crawler.settings import BrowserSettings
from tests.conftest import Auditor
from tests.page_server import Got, Page, PageServer

pytestmark = pytest.mark.browser

CHECKS = (Path(__file__).parent / "probe_checks.js").read_text()


def test_a_page_sees_the_same_with_the_probes_as_without(audited: Auditor, pages: PageServer) -> None:
    results: list[dict[str, object]] = []

    def keep(got: Got) -> Page:
        results.append(json.loads(got.body))
        return Page("kept")

    pages.page("site", "/", f"<!doctype html><body><script>{CHECKS}</script></body>")
    pages.page("site", "/other", "<!doctype html>")
    pages.page("site", "/results", keep)
    audited.visit(pages.url("site"))

    async def plainly() -> None:
        async with async_playwright() as playwright:
            found = find_browser(BrowserSettings())
            browser = await playwright.chromium.launch(executable_path=found.path)
            page = await browser.new_page()
            async with page.expect_response("**/results"):
                await page.goto(pages.url("site"))
            await browser.close()

    asyncio.run(plainly())
    with_probes, without = results
    assert len(without) > 40
    assert with_probes == without
