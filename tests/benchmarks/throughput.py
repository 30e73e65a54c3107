"""Pages per minute over twenty pages, silent: `python -m tests.benchmarks.throughput`.

Each page has a script, a stylesheet, two images, a cookie, a storage write and a third-party pixel. The delay is 0,
because what is measured is the crawler and not its politeness.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from time import perf_counter

from crawler.frontier.run import crawl
from crawler.scenarios import SCENARIOS
from crawler.settings import CrawlSettings, Settle, VisitSettings
from crawler.store import Store
from crawler.visits import VisitStatus
from tests.benchmarks.processes import cpu_seconds
from tests.site_server import SiteServer

HOST, TRACKER = "twenty.localhost", "pixel.elsewhere.localhost"
PAGE = """<!doctype html><title>Page {number}</title><link rel="stylesheet" href="/style.css">
<img src="/a.gif"><img src="/b.gif"><p>{links}</p><script src="/page.js"></script>"""
SCRIPT = """document.cookie = "page=" + location.pathname + "; max-age=3600";
localStorage.setItem("last", location.pathname);
new Image().src = "{{origin:pixel.elsewhere.localhost}}/p.gif?page=" + encodeURIComponent(location.pathname);"""


def build(folder: Path, *, pages: int) -> None:
    links = " ".join(f'<a href="/{number}.html">{number}</a>' for number in range(1, pages))
    site = folder / HOST
    site.mkdir(parents=True)
    for number in range(pages):
        name = "index.html" if number == 0 else f"{number}.html"
        (site / name).write_text(PAGE.format(number=number, links=links))
    (site / "page.js").write_text(SCRIPT)
    (site / "style.css").write_text("p { color: #123 }")
    for host, path in ((HOST, "/?.gif"), (TRACKER, "/p.gif")):
        (folder / host).mkdir(exist_ok=True)
        (folder / host / "_routes.yaml").write_text(json.dumps({"routes": [{"path": path, "gif": True}]}))


def measure(folder: Path, *, pages: int, concurrency: int, settle: Settle) -> str:
    with SiteServer(folder) as server, tempfile.TemporaryDirectory() as out:
        settings = CrawlSettings(
            urls=(server.url(HOST),),
            scenarios=("silent",),
            max_pages=pages,
            delay=0,
            concurrency=concurrency,
            visit=VisitSettings(settle=settle),
        )
        path = Path(out) / "scan.sqlite"
        began, used = perf_counter(), cpu_seconds(os.getpid())
        scan = crawl(settings, store=path, scenarios=SCENARIOS)
        took, used = perf_counter() - began, cpu_seconds(os.getpid()) - used
        with Store.open(path) as store:
            visits = list(store.visits(scan.id))
    whole = [visit for visit in visits if visit.status is VisitStatus.COMPLETE]
    beacons = sum(any(TRACKER in request.url for request in visit.requests) for visit in visits)
    if len(whole) != pages or beacons != pages:
        raise SystemExit(f"Not a measurement: {len(whole)} complete visits and {beacons} beacons of {pages}.")
    median = sorted(visit.duration for visit in visits)[len(visits) // 2]
    return (
        f"{settle:9} concurrency {concurrency}: {len(whole) / took * 60:6.1f} pages/min "
        f"({took:.1f} s with browser start and its own test page, median visit {median:.2f} s, "
        f"{used / len(whole):.2f} s of CPU per page, browser and server included)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Pages per minute, silent.")
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--settle", type=Settle, default=Settle.STANDARD, choices=list(Settle))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "sites", pages=asked.pages)
        for concurrency in asked.concurrency:
            print(
                measure(Path(folder) / "sites", pages=asked.pages, concurrency=concurrency, settle=asked.settle),
                flush=True,
            )


if __name__ == "__main__":
    main()
