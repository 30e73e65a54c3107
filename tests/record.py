"""Records three pages of the demo site anew, for the goldens: `python -m tests.record`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import orjson

from crawler.store import Store
from reports.gate import ExitCode
from tests.demo import CATALOGUE, DECLARATION, consentinel
from tests.recording import RECORDINGS
from tests.site_server import SiteServer

PAGES = ("www.business.localhost", "news.business.localhost", "video.business.localhost")
SCENARIOS = ("silent", "accept", "reject")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, SiteServer() as server:
        done = consentinel(
            *("audit", *map(server.url, PAGES), "--declaration", str(DECLARATION), "--catalogue", str(CATALOGUE)),
            *("--scenarios", ",".join(SCENARIOS), "--max-pages", str(len(PAGES)), "--max-depth", "0", "--delay", "0"),
            *("--output", folder),
        )
        if done.returncode != ExitCode.FINDINGS:
            return done.returncode or 1
        with Store.open(Path(folder) / "scan.sqlite") as store:
            scan = store.scan()
            visits = [visit.model_dump(mode="json") for visit in store.visits(scan.id)]
    # A line per visit, so that what changed in one is no change of all.
    lines = b",\n".join(orjson.dumps(visit) for visit in visits)
    text = b'{"scan": ' + orjson.dumps(scan.model_dump(mode="json")) + b',\n"visits": [\n' + lines + b"\n]}\n"
    (RECORDINGS / "business-services.json").write_bytes(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
