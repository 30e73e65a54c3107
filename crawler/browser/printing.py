"""Prints an HTML file of our own to PDF: page numbers, bookmarks from its headings, tags for screen readers."""

from __future__ import annotations

import os
from base64 import b64decode
from pathlib import Path

from playwright.async_api import Error, async_playwright

from crawler.browser.found import BrowserMissing, find_browser
from crawler.settings import BrowserSettings

_INCH_CM = 2.54
_A4_CM = (21.0, 29.7)
_MARGIN_CM = 1.6
_FOOTER = (
    '<div style="width:100%;font:8px sans-serif;color:#555;margin:0 1.6cm;display:flex;justify-content:space-between">'
    '<span class="title"></span><span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>'
)


async def print_pdf(html: Path, pdf: Path, *, settings: BrowserSettings | None = None) -> None:
    """Scripts stay off and nothing is loaded: the file carries all it needs. Raises BrowserMissing."""
    found = find_browser((settings or BrowserSettings()).model_copy(update={"headless": True}))
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=found.path, chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0
            )
        except Error as error:
            raise BrowserMissing(f"{found.path} could not be started to print: {error.message}") from error
        context = await browser.new_context(java_script_enabled=False, offline=True)
        page = await context.new_page()
        await page.goto(html.absolute().as_uri())
        devtools = await context.new_cdp_session(page)
        printed = await devtools.send(
            "Page.printToPDF",
            {
                "printBackground": True,
                "displayHeaderFooter": True,
                "headerTemplate": "<span></span>",
                "footerTemplate": _FOOTER,
                "paperWidth": _A4_CM[0] / _INCH_CM,
                "paperHeight": _A4_CM[1] / _INCH_CM,
                **{f"margin{side}": _MARGIN_CM / _INCH_CM for side in ("Top", "Bottom", "Left", "Right")},
                "generateTaggedPDF": True,
                "generateDocumentOutline": True,
            },
        )
        await browser.close()
    pdf.parent.mkdir(parents=True, exist_ok=True)
    pdf.write_bytes(b64decode(printed["data"]))
