"""The published policy from crawl to finding: its words are what counts, and nothing seen is no pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from classifiers.declaration import read_declaration
from tests.page_server import Got, Page, PageServer
from tests.test_cli_audit import consentinel

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = "<h1>Privacy</h1><p>We keep one cookie.</p>"
SETTINGS = "crawl: {delay: 0, max_depth: 0, sitemaps: false}\nvisit: {settle: fast, screenshots: false}\n"


class Shop:
    def __init__(self, pages: PageServer, folder: Path) -> None:
        self.pages, self.folder, self.opened = pages, folder, 0
        self.words = WORDS
        self.declaration = folder / "declaration.yaml"
        pages.page("shop", "/", "<!doctype html><title>Shop</title><p>No link to the policy.</p>")
        pages.page("shop", "/privacy", self._policy)
        (folder / "consentinel.yaml").write_text(SETTINGS)
        self.declare(pages.url("shop", "/privacy"))

    def _policy(self, got: Got) -> Page:
        """Each answer is written otherwise, with a nonce of its own."""
        del got
        self.opened += 1
        script = f'<script nonce="n{self.opened}">document.body.dataset.opened = "{self.opened}"</script>'
        kind = "section" if self.opened % 2 else "div"
        return Page(f"<!doctype html><title>({self.opened})</title><{kind}>{self.words}</{kind}>{script}")

    def declare(self, url: str) -> None:
        self.declaration.write_text(
            "schema: tracker-declaration/1  # ours\nservice: the shop\n"
            f"source: {{kind: privacy_policy, url: '{url}', effective_date: 2026-01-15}}\n"
        )

    def audited(self) -> dict[str, Any]:
        arguments = ["audit", self.pages.url("shop"), "--declaration", "declaration.yaml", "-o", "out"]
        done = consentinel(*arguments, "--scenarios", "silent", "--format", "json", "--no-items", cwd=self.folder)
        assert done.returncode in (0, 1, 3), done.stdout + done.stderr
        read: dict[str, Any] = json.loads((self.folder / "out" / "audit.json").read_text())["audit"]
        return read


@pytest.fixture
def shop(pages: PageServer, tmp_path: Path) -> Shop:
    return Shop(pages, tmp_path)


def verdict(audit: dict[str, Any], rule: str) -> tuple[str, str]:
    [found] = [row for row in audit["verdicts"] if row["rule"] == rule]
    return found["kind"], found["sentence"]


def of_the_text(audit: dict[str, Any]) -> set[str]:
    return {row["rule"] for row in audit["findings"] if row["subject"]["name"] == "text"}


def visited(audit: dict[str, Any]) -> list[str]:
    return sorted(visit["url"].rpartition("/")[2] for visit in audit["visits"])


def test_other_words_are_found_and_other_markup_is_not(shop: Shop) -> None:
    first = shop.audited()
    assert visited(first) == ["", "privacy"]  # no page leads there, and no link is followed
    assert verdict(first, "DECL-014")[0] == verdict(first, "SCAN-025")[0] == "not_applicable"

    told = consentinel("declare", "update", "out", "declaration.yaml", cwd=shop.folder)
    assert told.returncode == 0, told.stderr
    source = read_declaration(shop.declaration).source
    assert source is not None
    assert source.page_sha256 is not None
    assert source.page_sha256 in verdict(first, "SCAN-025")[1]
    assert shop.declaration.read_text().startswith("schema: tracker-declaration/1  # ours\n")

    before = shop.opened
    same = shop.audited()
    assert shop.opened > before
    assert verdict(same, "DECL-014")[0] == "pass"
    assert of_the_text(same) == set()

    shop.words = WORDS.replace("one cookie", "two cookies")
    changed = shop.audited()
    assert verdict(changed, "DECL-014")[0] == "fail"
    assert of_the_text(changed) == {"DECL-014", "SCAN-025"}


def test_a_policy_that_is_not_reached_decides_nothing(shop: Shop) -> None:
    shop.declare(shop.pages.url("shop", "/moved"))
    text = shop.declaration.read_text().replace("effective_date", f"page_sha256: {'a' * 64}, effective_date")
    shop.declaration.write_text(text)
    gone = shop.audited()
    assert verdict(gone, "DECL-014")[0] == verdict(gone, "SCAN-025")[0] == "undecided"
