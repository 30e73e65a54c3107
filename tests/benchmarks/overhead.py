"""What full capture costs: the same page by bare Playwright and under the tap, in turns, in one run.

`python -m tests.benchmarks.overhead [--loads 30]` prints medians and their ratio; exit code 1 above the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter, process_time

from playwright.async_api import Browser, Page, Playwright, async_playwright

from crawler.browser.collectors.base import Scene
from crawler.browser.exchanges import Exchanges
from crawler.browser.found import find_browser
from crawler.browser.launch import AuditedBrowser, audited_browser, started
from crawler.browser.recorder import Recorder
from crawler.browser.values import Digester
from crawler.browser.watch import Watch
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, VisitSettings
from tests.benchmarks.processes import cpu_seconds
from tests.page_server import GIF, PageServer
from tests.page_server import Page as Served

LIMIT = 1.25
AIM = 1.10
PYTHON = 0.120
"""Seconds."""
REQUESTS = 60


def serve(server: PageServer) -> None:
    """About 60 requests: styles, scripts that write and send, images, third-party frames."""
    head = "".join(f"<link rel=stylesheet href=/s{i}.css>" for i in range(5))
    scripts = "".join(f"<script src=/t{i}.js></script>" for i in range(14))
    images = "".join(f"<img src=/i{i}.gif>" for i in range(10))
    frames = "".join(f"<iframe src=http://third{i}.localhost:PORT/frame></iframe>" for i in range(3))
    fetches = "<script>for (let i = 0; i < 6; i += 1) fetch('/f' + i)</script>"
    server.page("site", "/", f"<!doctype html><head>{head}</head><body>{images}{scripts}{fetches}{frames}</body>")
    for i in range(5):
        server.page("site", f"/s{i}.css", Served(".a { color: red }" * 200, "text/css"))
    for i in range(14):
        script = (
            f"document.cookie = 'c{i}=' + Math.random(); localStorage.setItem('k{i}', 'v');"
            f"new Image().src = '/p{i}.gif';"
            "let n = 0; for (let j = 0; j < 2e5; j += 1) n += j;"
        )
        server.page("site", f"/t{i}.js", Served(f"(() => {{ {script} }})();", "text/javascript"))
        server.page("site", f"/p{i}.gif", Served(GIF, "image/gif"))
    for i in range(10):
        server.page("site", f"/i{i}.gif", Served(GIF, "image/gif"))
    for i in range(6):
        server.page("site", f"/f{i}", Served("{}", "application/json"))
    for i in range(3):
        server.page(f"third{i}", "/frame", "<script>localStorage.a = 1; document.cookie = 'a=1'</script>frame")


def serve_until_told(line: Connection) -> None:
    with PageServer() as server:
        serve(server)
        line.send(server.url("site"))
        line.recv()


@contextmanager
def serving() -> Iterator[str]:
    """The server has its own process: its work must not be counted as the capture's."""
    spawn = get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve_until_told, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("enough")
        process.join(10)


@dataclass(frozen=True)
class Load:
    wall: float
    """Seconds to the load event."""
    python: float
    """CPU seconds of this process."""
    all: float
    """CPU seconds of this process and all below it: browsers, drivers, and the server, which is the same for all."""


async def timed(page: Page, url: str) -> Load:
    cpu, python, start = cpu_seconds(os.getpid()), process_time(), perf_counter()
    await page.goto(url, wait_until="load")
    return Load(perf_counter() - start, process_time() - python, cpu_seconds(os.getpid()) - cpu)


async def bare(browser: Browser, url: str) -> Load:
    context = await browser.new_context()
    page = await context.new_page()
    try:
        return await timed(page, url)
    finally:
        await context.close()


async def captured(browser: AuditedBrowser, url: str) -> Load:
    context = await browser.driver.new_context()
    context_id = browser.tap.last_context
    assert context_id is not None
    if browser.netlog is not None:
        browser.netlog.begin(context_id)
    recorder = Recorder()
    digester = Digester(key=b"bench", keep_values=False, now=recorder.started)
    scene = Scene(recorder, Exchanges(), digester, browser.tap, context_id, VisitSettings())
    watch = Watch(scene, probes=browser.probes, scenario=SCENARIOS["silent"], settings=VisitSettings())
    browser.tap.watch(context_id, watch)
    page = await context.new_page()
    try:
        return await timed(page, url)
    finally:
        assert len(watch.exchanges.hops) >= 50, "nothing was captured, so nothing was measured"
        assert not watch.problems, watch.problems
        browser.tap.unwatch(context_id)
        await context.close()


@asynccontextmanager
async def same_browser(playwright: Playwright, settings: BrowserSettings) -> AsyncIterator[Browser]:
    """The audited browser's own flags and preferences, driven by bare Playwright: what is fair to compare with."""
    async with started(settings) as running:
        browser = await playwright.chromium.connect_over_cdp(running.endpoint)
        try:
            yield browser
        finally:
            await browser.close()


Results = dict[str, list[Load]]


async def measure(loads: int) -> Results:
    """By Playwright's own launch, by bare Playwright on our browser, under full capture, and with the network log."""
    with serving() as url:
        async with AsyncExitStack() as stack:
            playwright = await stack.enter_async_context(async_playwright())
            own = await stack.enter_async_context(same_browser(playwright, BrowserSettings()))
            launched = await playwright.chromium.launch(executable_path=find_browser(BrowserSettings()).path)
            stack.push_async_callback(launched.close)
            audited = await stack.enter_async_context(audited_browser(BrowserSettings()))
            logging = await stack.enter_async_context(audited_browser(BrowserSettings(netlog=True)))
            turns: dict[str, Callable[[], Awaitable[Load]]] = {
                "launched": lambda: bare(launched, url),
                "bare": lambda: bare(own, url),
                "captured": lambda: captured(audited, url),
                "logged": lambda: captured(logging, url),
            }
            for turn in turns.values():
                await turn()  # the first load of a browser fills its caches of code
            results: Results = {name: [] for name in turns}
            for number in range(loads):
                names = list(turns)
                for name in names[number % 4 :] + names[: number % 4]:  # whoever follows the dearest pays for it
                    results[name].append(await turns[name]())
            return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=30)
    arguments = parser.parse_args()
    results = asyncio.run(measure(arguments.loads))
    names = {
        "launched": "Playwright's own launch",
        "bare": "bare Playwright, our flags",
        "captured": "full capture",
        "logged": "full capture and network log",
    }
    base = results["bare"]
    print(
        f"Medians of {arguments.loads} loads of {REQUESTS} requests, in turns. × is the median of pairs with the bare."
    )
    for name, title in names.items():
        loads = results[name]
        wall, cpu = (median(getattr(load, what) for load in loads) * 1000 for what in ("wall", "all"))
        python = median(load.python for load in loads) * 1000
        times = " ".join(f"×{pairs(loads, base, what):.2f}" for what in ("wall", "all"))
        print(f"{title:28}  {wall:5.0f} ms wall  {cpu:5.0f} ms CPU in all, {python:4.0f} ms of it Python  {times}")
    ratio, cpu = pairs(results["captured"], base, "wall"), pairs(results["captured"], base, "all")
    python = median(load.python for load in results["captured"])
    print(f"full capture: ×{ratio:.2f} by the clock, ×{cpu:.2f} by CPU time (limit {LIMIT}, aim {AIM});")
    print(f"Python {python * 1000:.0f} ms per page (limit {PYTHON * 1000:.0f} ms)")
    return 0 if min(ratio, cpu) <= LIMIT and python <= PYTHON else 1


def pairs(loads: list[Load], base: list[Load], what: str) -> float:
    """Median of the ratios of loads that were made one after the other: a busy machine slows both."""
    ratio: float = median(getattr(load, what) / getattr(other, what) for load, other in zip(loads, base, strict=True))
    return ratio


if __name__ == "__main__":
    sys.exit(main())
