"""How long a HAR takes from file to verdict by a tag plan. Run: `python -m tests.benchmarks.har_judging`."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import orjson

from classifiers.lists.loaded import Lists
from classifiers.tagplan.draft import draft
from classifiers.tagplan.reading import parse_plan
from classifiers.vendors import Catalogue
from consentinel.config import Configuration
from consentinel.judging import Yardstick
from consentinel.tag_checking import check, read_recorded, steps_recorded
from tests.test_decode_hits import CASES

ENTRIES = 5_000
PAGES = 20
NO_HEADERS: dict[str, str] = {}
LIMIT = 5.0
"""Seconds that a HAR of 5,000 entries may take."""


def har() -> bytes:
    """20 pages with every vendor's sample hits, and as many requests of nobody's."""
    began = datetime(2026, 6, 1, tzinfo=UTC)
    known = cycle([(case.url, case.method, case.headers, case.body) for _, case in CASES])
    entries = []
    for number in range(ENTRIES):
        page = number * PAGES // ENTRIES
        address = f"https://www.shop.example/page-{page}"
        if number % (ENTRIES // PAGES) == 0:
            url, method, headers, body, kind = address, "GET", NO_HEADERS, None, "document"
        elif number % 2:
            url, method, headers, body, kind = f"{address}/{number}.js", "GET", NO_HEADERS, None, "script"
        else:
            (url, method, headers, body), kind = next(islice(known, 1)), "image"
        entries.append(
            {
                "startedDateTime": (began + timedelta(milliseconds=10 * number)).isoformat(),
                "pageref": f"page_{page}",
                "_resourceType": kind,
                "request": {
                    "url": url,
                    "method": method,
                    "headers": [{"name": name, "value": value} for name, value in headers.items()],
                    "postData": {"mimeType": "", "text": body} if body else {},
                },
                "response": {"status": 200, "headers": [{"name": "ETag", "value": '"1"'}]},
            }
        )
    pages = [{"id": f"page_{page}", "title": f"https://www.shop.example/page-{page}"} for page in range(PAGES)]
    return orjson.dumps({"log": {"pages": pages, "entries": entries}})


def main() -> None:
    catalogue = Catalogue.load()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shop.har"
        file.write_bytes(har())
        recorded = read_recorded(file, scan_id=None, scenario="accept")
        plan = parse_plan(draft(steps_recorded(recorded, catalogue)), name="tagplan.yaml", catalogue=catalogue)
        yardstick = Yardstick(
            configuration=Configuration(),
            declaration=None,
            catalogue=catalogue,
            baseline=None,
            waivers=(),
            lists=Lists(),
        )
        began, began_cpu = time.perf_counter(), time.process_time()
        recorded = read_recorded(file, scan_id=None, scenario="accept")
        judged, context = check(recorded, plan, yardstick, environment=None)
        code = context.gate(judged).exit_code
        took, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    assert judged.tags is not None
    hits = sum(len(step.hits) for step in judged.tags.steps)
    print(
        f"HAR of {ENTRIES:,} entries, {hits:,} hits, plan of {len(plan.tags)} tags: judged in {cpu:.2f} s of CPU "
        f"({took:.2f} s by the clock; at most {LIMIT:g} s), exit code {code}, {len(judged.findings)} findings"
    )
    if cpu > LIMIT:
        raise SystemExit(f"slower than {LIMIT:g} s")


if __name__ == "__main__":
    main()
