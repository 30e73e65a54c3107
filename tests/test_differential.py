"""A page's own results under the audit equal its results without: for real libraries, and for all that it can list.

Two differences are known and left: a rejected promise of a native holds our frames in its error's stack, and so do the
frames that a page's own `Error.prepareStackTrace` is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from crawler.settings import Settle, VisitSettings
from tests.bare import bare_browser, bare_page
from tests.conftest import Auditor
from tests.page_server import Got, Page, PageServer

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "tests" / "differential"
PACKAGES = ROOT / "node_modules"
JAVASCRIPT = "text/javascript; charset=utf-8"
PATIENCE = VisitSettings(
    settle=Settle.FAST, navigation_cap=10, phase_cap=20, visit_cap=40, screenshots=False, source_maps=False
)
"""The pages keep a request open until they are done, and the whole surface takes some seconds. Source maps are asked
for by the audit itself."""

_VOLATILE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b1[5-9]\d{11}\b"), "MILLISECONDS"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "DATE"),
)


@dataclass(frozen=True)
class Library:
    name: str
    page: str
    script: str
    """In `differential/`."""
    bundles: tuple[str, ...] = ()
    """In `node_modules/`; empty: the page's own scripts only."""


LIBRARIES = (
    Library("analytics client", "<title>Shop</title>", "analytics.js", ("@segment/analytics-next/dist/umd/index.js",)),
    Library(
        "consent platform",
        "<script type='text/plain' data-category='ads'>window.waited = 'came';</script>",
        "consent.js",
        ("vanilla-cookieconsent/dist/cookieconsent.umd.js",),
    ),
    Library("fingerprint library", "", "fingerprint.js", ("@fingerprintjs/fingerprintjs/dist/fp.umd.min.js",)),
    Library(
        "session recorder", "<style>p { margin: 0 }</style><p>Text</p>", "recorder.js", ("rrweb/umd/rrweb.min.js",)
    ),
    Library(
        "storage wrappers",
        "",
        "storage.js",
        (
            "localforage/dist/localforage.min.js",
            "store2/dist/store2.min.js",
            "js-cookie/dist/js.cookie.min.js",
        ),
    ),
    Library("whole surface", "", "surface_window.js"),
)


@dataclass
class Run:
    """What one load of a page told."""

    results: dict[str, object]
    requests: list[str]


class Differential:
    def __init__(self, pages: PageServer, library: Library) -> None:
        self._pages = pages
        self._results: list[dict[str, object]] = []
        self._done = Event()
        scripts = ["harness.js", "surface.js", library.script]
        names = [f"/lib/{bundle}" for bundle in library.bundles] + [f"/own/{script}" for script in scripts]
        tags = "".join(f"<script src='{name}'></script>" for name in names)
        pages.page("site", "/", f"<!doctype html><html><head></head><body>{library.page}{tags}</body></html>")
        for bundle in library.bundles:
            for file in (PACKAGES / bundle).parent.glob("*.js"):
                body = (PACKAGES / file).read_bytes()
                pages.page("site", f"/lib/{Path(bundle).parent}/{file.name}", Page(body, JAVASCRIPT))
        for script in scripts:
            pages.page("site", f"/own/{script}", Page((SCRIPTS / script).read_bytes(), JAVASCRIPT))
        worker = "".join((SCRIPTS / name).read_text() for name in ("harness.js", "surface.js", "surface_worker.js"))
        pages.page("site", "/worker.js", Page(worker, JAVASCRIPT))
        pages.page("site", "/results", self._keep)
        pages.page("site", "/wait", self._wait)
        pages.page("site", "/late.js", Page("window.late = 1;", JAVASCRIPT))
        for path in ("/events", "/v1/p", "/v1/i", "/v1/t", "/v1/g", "/v1/a", "/v1/m"):
            pages.page("site", path, Page("{}", "application/json"))
        settings = {"integrations": {"Segment.io": {"apiKey": "key"}}}
        pages.page("site", "/v1/projects/key/settings", Page(json.dumps(settings), "application/json"))

    def run(self, load: Callable[[str], object]) -> Run:
        self._done.clear()
        self._results.clear()
        before = len(self._pages.got)
        load(self._pages.url("site"))
        assert len(self._results) == 1, "the page did not finish"
        requests = sorted(f"{got.method} {got.path} {_plain(got.body.decode())}" for got in self._pages.got[before:])
        return Run(
            self._results[0],
            [one for one in requests if not any(part in one for part in ("favicon", "/results", "/wait"))],
        )

    def _keep(self, got: Got) -> Page:
        self._results.append(json.loads(_plain(got.body.decode())))
        self._done.set()
        return Page("kept")

    def _wait(self, got: Got) -> Page:
        """Keeps the page from being taken for done, so that nobody scrolls or leaves before it is. The page asks again:
        a request that is held open for long counts as a stream."""
        del got
        self._done.wait(1.5)
        return Page("done")


def _plain(text: str) -> str:
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return text


def differences(one: object, other: object, where: str = "") -> Iterator[str]:
    """In words; nothing: they are equal."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key, "nothing"), other.get(key, "nothing"), f"{where}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (mine, yours) in enumerate(zip(one, other, strict=True)):
            yield from differences(mine, yours, f"{where}[{index}]")
    elif one != other:
        yield f"{where}: {str(one)[:600]!r} under the audit, {str(other)[:600]!r} without"


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_a_page_sees_and_does_the_same_under_the_audit_as_without(
    audited: Auditor, pages: PageServer, library: Library
) -> None:
    both = Differential(pages, library)
    watched = both.run(lambda url: audited.visit(url, settings=PATIENCE))

    async def plainly(url: str) -> None:
        settings = audited.browser.settings
        async with (
            bare_browser(settings) as browser,
            bare_page(browser, settings) as page,
            page.expect_response("**/results", timeout=30_000),
        ):
            await page.goto(url)

    unwatched = both.run(lambda url: audited.runner.run(plainly(url)))
    assert not list(differences(watched.results, unwatched.results))
    assert watched.requests == unwatched.requests
