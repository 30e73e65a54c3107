"""A page's doings seen without the product: server log, script hooks and Playwright's events in a plain Chromium."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from crawler.browser.found import find_browser
from crawler.scenarios import SCENARIOS, Action
from crawler.settings import BrowserSettings
from tests.site_server import SiteServer
from tests.truth import CookieKey, Done, PageId, RequestKey, StorageKey

QUIET = 0.4
"""Seconds without a request or write that end a phase; no script of the demo waits as long."""

WITNESS = """(() => {
  if (!isSecureContext) return;  // about:blank, before the page
  const tell = (...what) => window.__witness(JSON.stringify(what));
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  Object.defineProperty(Document.prototype, 'cookie', {
    ...cookie, set(line) { tell('script', line, location.hostname); cookie.set.call(this, line); } });
  const setCookie = CookieStore.prototype.set;
  CookieStore.prototype.set = function (options) {
    const age = Math.round((options.expires - Date.now()) / 1000);
    const line = `${options.name}=x; Path=${options.path}; Max-Age=${age}; Secure; SameSite=` +
      options.sameSite[0].toUpperCase() + options.sameSite.slice(1);
    tell('cookie_store', line, location.hostname);
    return setCookie.call(this, options); };
  const setItem = Storage.prototype.setItem;
  Storage.prototype.setItem = function (key, value) {
    const area = this === localStorage ? 'local_storage' : 'session_storage';
    tell(area, null, key, this.getItem(key) === null ? 'write' : 'overwrite', location.hostname);
    return setItem.call(this, key, value); };
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    const asked = this.getKey(key);
    asked.onsuccess = () => tell('indexed_db', `${this.transaction.db.name}/${this.name}`, String(key),
      asked.result === undefined ? 'write' : 'overwrite', location.hostname);
    return put.call(this, value, key); };
})();"""


@dataclass
class Witness:
    """Of one browser context that alone talks to one server."""

    server: SiteServer
    done: Done = field(default_factory=Done)
    errors: set[str] = field(default_factory=set)
    fields: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """Names of query parameters and form fields, by host and path."""
    phase: str = ""
    _flying: int = 0
    _last: float = field(default_factory=monotonic)
    _types: dict[tuple[str, str, str], str] = field(default_factory=dict)

    async def attach(self, context: BrowserContext) -> None:
        await context.expose_binding("__witness", lambda _, message: self._wrote(json.loads(message)))
        await context.add_init_script(WITNESS)
        context.on("request", self._left)
        context.on("requestfinished", lambda _: self._came())
        context.on("requestfailed", lambda _: self._came())
        context.on("weberror", lambda error: self.errors.add(str(error.error)))

    def begin(self, phase: str) -> None:
        self.phase, self._last = phase, monotonic()

    async def quiet(self) -> None:
        """Waits until nothing happens any more, then takes the server's log as this phase's."""
        hits = 0
        while self._flying > 0 or monotonic() - self._last < QUIET:
            await asyncio.sleep(0.02)
            if len(self.server.hits) != hits:
                hits, self._last = len(self.server.hits), monotonic()
        log, self.server.hits[:] = list(self.server.hits), []
        for hit in log:
            unseen = "preflight" if hit.method == "OPTIONS" else "unseen by Playwright"
            kind = self._types.get((hit.method, hit.host, hit.path), unseen)
            self.done.requests[RequestKey(self.phase, hit.method, hit.host, hit.path, kind, hit.status)] += 1
            form = parse_qs(hit.body.decode(), keep_blank_values=True) if b"=" in hit.body else {}
            self.fields.setdefault((hit.host, hit.path), set()).update(hit.fields, form)
            for line in hit.set_cookie:
                self.done.cookies[cookie_key(self.phase, "header", line, hit.host)] += 1

    def _left(self, request: Request) -> None:
        url = urlsplit(request.url)
        self._types[request.method, url.hostname or "", url.path] = request.resource_type
        self._flying += 1
        self._last = monotonic()

    def _came(self) -> None:
        self._flying -= 1
        self._last = monotonic()

    def _wrote(self, what: list[str]) -> None:
        self._last = monotonic()
        if what[0] in ("script", "cookie_store"):
            self.done.cookies[cookie_key(self.phase, *what)] += 1
        else:
            area, container, key, operation, host = what
            self.done.storage[StorageKey(self.phase, area, host, container, key, operation)] += 1


def cookie_key(phase: str, by: str, line: str, host: str) -> CookieKey:
    """Of a raw cookie line, read with as little code as possible; refused is what Chromium is known to refuse."""
    name = line.split("=")[0]
    said = {part.partition("=")[0].lower(): part.partition("=")[2] for part in line.split("; ")[1:]}
    age = int(said["max-age"]) if "max-age" in said else None
    return CookieKey(
        phase=phase,
        name=name,
        domain=said.get("domain", host),
        path=said["path"],
        by=by,
        lifetime=None if age is None else round(age / 60),
        secure="secure" in said,
        http_only="httponly" in said,
        same_site=said.get("samesite"),
        removes=age == 0,
        stored=not (said.get("samesite") == "None" and "secure" not in said),
    )


@asynccontextmanager
async def plain_chromium(profile: Path) -> AsyncIterator[Browser]:
    """Chromium as users have it, third-party cookies allowed by preference."""
    (profile / "Default").mkdir()
    preferences = {"profile": {"cookie_controls_mode": 0}, "net": {"network_prediction_options": 0}}
    (profile / "Default" / "Preferences").write_text(json.dumps(preferences))
    flags = ["--headless=new", "--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    flags += ["--no-sandbox"] * (os.geteuid() == 0)
    process = subprocess.Popen([find_browser(BrowserSettings()).path, *flags], stderr=subprocess.DEVNULL)
    try:
        address = await _devtools(profile / "DevToolsActivePort", process)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(address)
            yield browser
            await browser.close()
    finally:
        process.terminate()
        process.wait()


async def _devtools(file: Path, process: subprocess.Popen[bytes]) -> str:
    while not file.exists() or not re.fullmatch(r"\d+\n/\S+", text := file.read_text()):
        assert process.poll() is None, f"the browser ended with {process.returncode} before it listened"
        await asyncio.sleep(0.02)
    port, path = text.split("\n")
    return f"ws://127.0.0.1:{port}{path}"


async def play(
    browser: Browser, server: SiteServer, page_id: PageId, scenario: str, *, bar: bool
) -> tuple[Witness, set[str]]:
    """One page under one scenario; the witness, and the names left in the jar."""
    context = await browser.new_context()
    witness = Witness(server)
    await witness.attach(context)
    page = await context.new_page()
    for phase in SCENARIOS[scenario].phases:
        if phase.action in (Action.ACCEPT, Action.REJECT) and not bar:
            continue
        witness.begin(phase.name)
        await _act(page, phase.action, server.url(*page_id))
        await witness.quiet()
    jar = {str(cookie.get("name")) for cookie in await context.cookies()}
    await context.close()
    return witness, jar


async def _act(page: Page, action: Action, url: str) -> None:
    if action is Action.OPEN:
        await page.goto(url)
    elif action is Action.RELOAD:
        await page.reload()
    else:
        await page.get_by_role("button", name=f"{action.value} all").click()
