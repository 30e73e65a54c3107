"""A browser with the audited one's flags and preferences, and nothing else of it: no tap, no probes."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from crawler.browser.flags import launch_flags, preferences
from crawler.browser.found import find_browser
from crawler.settings import BrowserSettings


@asynccontextmanager
async def bare_browser(settings: BrowserSettings) -> AsyncIterator[Browser]:
    found = find_browser(settings)
    with tempfile.TemporaryDirectory(prefix="bare-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder)
        (profile / "Default").mkdir()
        (profile / "Default" / "Preferences").write_bytes(orjson.dumps(preferences(settings)))
        flags = [flag.name for flag in launch_flags(settings, found.kind)]
        process = subprocess.Popen(
            [found.path, *flags, f"--user-data-dir={profile}", "about:blank"], stderr=subprocess.DEVNULL
        )
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.connect_over_cdp(await _endpoint(profile, process))
                yield browser
                await browser.close()
        finally:
            process.terminate()
            process.wait(10)


async def _endpoint(profile: Path, process: subprocess.Popen[bytes]) -> str:
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(30):
        while not file.exists() or len(lines := file.read_text().splitlines()) < 2:
            assert process.poll() is None, f"the browser ended with {process.returncode} before it listened"
            await asyncio.sleep(0.02)
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"


@asynccontextmanager
async def bare_page(browser: Browser, settings: BrowserSettings) -> AsyncIterator[Page]:
    width, height = settings.viewport
    context = await browser.new_context(viewport=ViewportSize(width=width, height=height), locale=settings.locale)
    try:
        yield await context.new_page()
    finally:
        await context.close()
