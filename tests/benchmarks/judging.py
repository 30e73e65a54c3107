"""How long judging takes: audit() over 10,000 sightings, with declaration and catalogue.

Run: `python -m tests.benchmarks.judging`
"""

from __future__ import annotations

import gc
import statistics
import time
from pathlib import Path

from classifiers.audit import audit
from classifiers.declaration import read_declaration
from classifiers.vendors import Catalogue
from crawler.observations import Consent
from crawler.visits import Visit
from tests.rule_cases import (
    START,
    ShortChoice,
    ShortCookie,
    ShortRequest,
    ShortStorage,
    ShortVisit,
    whole_scan,
    whole_visit,
)

DECLARATION = Path(__file__).parents[2] / "fixtures" / "declarations" / "business-services.yaml"
SITE = "http://www.business.localhost:8080"
PAGES = 20
CHOSEN = {"accept": Consent.ACCEPTED, "reject": Consent.REJECTED}


def visits_with(sightings: int) -> list[Visit]:
    """20 pages under three scenarios that share `sightings`: one part cookies, one storage, three requests."""
    each = max(sightings // (PAGES * 3 * 5), 1)
    return [
        whole_visit(_visit(f"{SITE}/page-{page}", scenario, each))
        for scenario in ("silent", "accept", "reject")
        for page in range(PAGES)
    ]


def _visit(url: str, scenario: str, each: int) -> ShortVisit:
    wanted = CHOSEN.get(scenario)
    tracker = "http://collect.pulsemetrics.localhost:8080/collect"
    return ShortVisit(
        scenario=scenario,
        url=url,
        entry=url.endswith("page-0"),
        choices=(ShortChoice(wanted=wanted),) if wanted else (),
        cookies=tuple(
            ShortCookie(name=("_ga", "_pm_id", f"own_{n}", "_fbp")[n % 4], domain="business.localhost", at=n % 6,
                        lifetime="730 days", value="uuid", by=f"{SITE}/a.js")
            for n in range(each)
        ),
        storage=tuple(ShortStorage(key=f"key-{n % 7}", origin=SITE, at=n % 6) for n in range(each)),
        requests=tuple(
            ShortRequest(
                url=(
                    f"{tracker}?id=P-1&n={n}&page={url}",
                    f"https://www.google-analytics.com/g/collect?v=2&tid=G-ABCDEF&cid={n}.1&en=scroll&gcs=G100",
                    f"{SITE}/assets/{n}.css",
                    f"https://ads.adnimbus.localhost/imp.gif?i={n}",
                )[n % 4],
                beacon=("tracker",) if n % 4 != 2 else (),
                at=n % 6,
                by=f"{SITE}/a.js",
            )
            for n in range(3 * each)
        ),
    )  # fmt: skip


def measure(sightings: int = 10_000, *, rounds: int = 5) -> tuple[float, int, int]:
    """Median processor seconds of a judgement (it waits for nothing), sightings judged, findings made."""
    visits = visits_with(sightings)
    scan = whole_scan(visits, scenarios=("silent", "accept", "reject"))
    declaration, catalogue = read_declaration(DECLARATION), Catalogue.load()
    count = sum(len(visit.sightings()) for visit in visits)
    seconds = []
    findings = 0
    for _ in range(rounds):
        gc.collect()
        begin = time.process_time()
        judged = audit(scan, visits, declaration=declaration, catalogue=catalogue, judged_at=START)
        seconds.append(time.process_time() - begin)
        findings = len(judged.findings)
    return statistics.median(seconds), count, findings


def main() -> None:
    seconds, count, findings = measure()
    print(f"judging: {count} sightings, {findings} findings, median {seconds:.3f} s cpu of 5 rounds,")
    print(f"         {seconds / count * 10_000:.3f} s cpu per 10,000 sightings")


if __name__ == "__main__":
    main()
