"""What full capture costs: the same page by bare Playwright and under the tap, in turns, in one run.

`python -m tests.benchmarks.overhead [--loads 30]` prints medians and their ratio; exit code 1 above the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter, process_time

from playwright.async_api import Browser, Page, async_playwright

from crawler.browser.collectors.base import Scene
from crawler.browser.exchanges import Exchanges
from crawler.browser.found import find_browser
from crawler.browser.launch import AuditedBrowser, audited_browser
from crawler.browser.recorder import Recorder
from crawler.browser.values import Digester
from crawler.browser.watch import Watch
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, VisitSettings
from tests.page_server import GIF, PageServer
from tests.page_server import Page as Served

LIMIT = 1.25
AIM = 1.10


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


async def timed(page: Page, url: str) -> tuple[float, float]:
    """Wall seconds to the load event, and CPU seconds of this process."""
    cpu, start = process_time(), perf_counter()
    await page.goto(url, wait_until="load")
    return perf_counter() - start, process_time() - cpu


async def bare(browser: Browser, url: str) -> tuple[float, float]:
    context = await browser.new_context()
    page = await context.new_page()
    try:
        return await timed(page, url)
    finally:
        await context.close()


async def captured(browser: AuditedBrowser, url: str) -> tuple[float, float]:
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


Results = tuple[list[tuple[float, float]], ...]


async def measure(loads: int) -> Results:
    """By bare Playwright, under full capture, and under capture with the network log."""
    with serving() as url:
        async with AsyncExitStack() as stack:
            playwright = await stack.enter_async_context(async_playwright())
            found = find_browser(BrowserSettings())
            plain = await playwright.chromium.launch(executable_path=found.path)
            stack.push_async_callback(plain.close)
            audited = await stack.enter_async_context(audited_browser(BrowserSettings()))
            logging = await stack.enter_async_context(audited_browser(BrowserSettings(netlog=True)))
            turns: tuple[Callable[[], Awaitable[tuple[float, float]]], ...] = (
                lambda: bare(plain, url),
                lambda: captured(audited, url),
                lambda: captured(logging, url),
            )
            for turn in turns:
                await turn()  # the first load of a browser fills its caches of code
            results: Results = ([], [], [])
            for _ in range(loads):
                for turn, result in zip(turns, results, strict=True):
                    result.append(await turn())
            return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=30)
    arguments = parser.parse_args()
    without, with_capture, with_log = asyncio.run(measure(arguments.loads))
    base, full = median(wall for wall, _ in without), median(wall for wall, _ in with_capture)
    cpu = median(cpu for _, cpu in with_capture)
    logged = median(wall for wall, _ in with_log)
    ratio = full / base
    print(f"bare Playwright {base * 1000:.0f} ms, full capture {full * 1000:.0f} ms, Python {cpu * 1000:.0f} ms of CPU")
    print(f"ratio {ratio:.2f} (median of {arguments.loads}, in turns; limit {LIMIT}, aim {AIM})")
    print(f"with the network log {logged * 1000:.0f} ms, ratio {logged / base:.2f}: it costs {logged / full:.3f}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
