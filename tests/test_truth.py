"""The manifests against reality: what Chromium, driven plainly, does on the demo's pages is what they say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser

from crawler.scenarios import DEFAULT_SCENARIOS
from tests.manifests import CookieItem, RequestItem
from tests.plain_chromium import Witness, plain_chromium, play
from tests.site_server import SiteServer
from tests.truth import PageId, Truth

TRUTH = Truth.load()


def jar_at_the_end(page: PageId, scenario: str) -> set[str]:
    """Names of the cookies that were stored and not removed again."""
    jar: set[str] = set()
    for deed in TRUTH.deeds(page, scenario):
        if isinstance(deed.item, CookieItem) and deed.item.refused is None:
            (jar.discard if deed.item.removes else jar.add)(deed.item.name)
    return jar


def wrong_fields(page: PageId, scenario: str, witness: Witness) -> list[str]:
    """Requests whose parameters have other names than the manifests say."""
    lines = []
    for deed in TRUTH.deeds(page, scenario):
        if isinstance(deed.item, RequestItem):
            sent = witness.fields.get((deed.host, deed.item.path), set())
            if sent != {*deed.item.fields}:
                lines.append(f"{deed.host}{deed.item.path} had the fields {sorted(sent)}")
    return lines


async def differences(profile: Path) -> list[str]:
    """Of all pages under all scenarios, some at a time, each with a server of its own."""
    asked = [(page, scenario) for page in TRUTH.pages for scenario in DEFAULT_SCENARIOS]
    lines: list[str] = []

    async def worker(browser: Browser) -> None:
        with SiteServer() as server:
            while asked:
                page, scenario = asked.pop(0)
                witness, jar = await play(browser, server, page, scenario, bar=TRUTH.page(page).bar)
                found = TRUTH.done(page, scenario).differences(witness.done)
                should = jar_at_the_end(page, scenario)
                found += wrong_fields(page, scenario, witness)
                found += [f"jar holds {sorted(jar)}, should hold {sorted(should)}"] * (jar != should)
                lines.extend(f"{page.host}{page.path} {scenario}: {line}" for line in (*found, *witness.errors))

    async with plain_chromium(profile) as browser:
        await asyncio.gather(*(worker(browser) for _ in range(3)))
    return lines


@pytest.mark.browser
@pytest.mark.slow
def test_pages_do_exactly_what_their_manifests_say(tmp_path: Path) -> None:
    assert asyncio.run(differences(tmp_path)) == []
