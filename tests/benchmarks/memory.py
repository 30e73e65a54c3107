"""Memory of our own process over two hundred pages: `python -m tests.benchmarks.memory [--pages 200]`.

Printed at page 20, when everything is loaded that ever will be, and at the last page; exit code 1 when it grew by more
than the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
from pathlib import Path

from crawler.browser.browsers import Browsers
from crawler.browser.visit import VisitAsk
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, Settle, VisitSettings
from crawler.visits import VisitStatus
from tests.benchmarks.processes import cpu_seconds, memory_mib
from tests.benchmarks.throughput import HOST, build
from tests.site_server import SiteServer

WARM = 20
LIMIT = 10.0
"""MiB of growth after the first twenty pages."""
_SETTINGS = VisitSettings(settle=Settle.FAST, screenshots=False)


async def measure(pages: int) -> dict[int, float]:
    """Page → MiB, every twenty pages. The server's own list of hits is emptied, since it is not what is measured."""
    told: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        sites = Path(folder) / "sites"
        build(sites, pages=WARM)
        browsers = Browsers(BrowserSettings())
        with SiteServer(sites) as server:
            try:
                for number in range(1, pages + 1):
                    url = server.url(HOST, f"/{number % WARM or 'index'}.html")
                    ask = VisitAsk(url=url, scenario=SCENARIOS["silent"], settings=_SETTINGS, digest_key=b"memory")
                    visit = (await browsers.visit(ask)).visit
                    if visit.status is not VisitStatus.COMPLETE or not visit.cookies:
                        raise SystemExit(f"Not a measurement: page {number} was {visit.status.value}.")
                    if number % WARM == 0:
                        server.hits.clear()
                        gc.collect()
                        told[number] = memory_mib(os.getpid())
            finally:
                await browsers.close()
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200)
    pages: int = parser.parse_args().pages
    told = asyncio.run(measure(pages))
    for number, size in told.items():
        print(f"page {number:4}: {size:6.1f} MiB")
    first, last = told[WARM], told[max(told)]
    print(f"grown by {last - first:.1f} MiB from page {WARM} to page {max(told)} (limit {LIMIT:g} MiB)")
    print(f"{cpu_seconds(os.getpid()) / pages:.2f} s of CPU per page, browser included")
    return 0 if last - first <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
