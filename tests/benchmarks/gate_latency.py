"""What `consentinel gate` costs over a stored scan of 10,000 sightings.

`python -m tests.benchmarks.gate_latency [--runs 7]`: the real command, in turns with a bare interpreter and with the
same command under stopwatches, which show where its time goes. A process that has just scanned is loaded already, so
between its scan and its exit code lies the rest: reading what it is held against, reading the scan, judging, deciding.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmarks.judging import DECLARATION, visits_with
from tests.rule_cases import whole_scan
from tests.stores import scan_file

SIGHTINGS = 10_000
LIMIT = 1.0
"""Seconds that a release gate may wait once the scan has ended."""
LOADING = ("imports", "interpreter")
"""Shares that a process which has just scanned has behind it."""
FAILED = 1
"""The exit code that this scan must have: anything else would not have judged it."""


class Cost(NamedTuple):
    wall: float
    cpu: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    visits = visits_with(SIGHTINGS)
    scan = whole_scan(visits, scenarios=("silent", "accept", "reject"))
    with TemporaryDirectory(prefix="gate-") as folder:
        store = scan_file(Path(folder), scan=scan, visits=visits)
        print(f"{sum(len(visit.sightings()) for visit in visits):,} sightings, {store.stat().st_size / 1e6:.1f} MB")
        return measure(store, runs=arguments.runs, cache=Path(folder) / "cache")


def measure(store: Path, *, runs: int, cache: Path) -> int:
    verb = ["gate", str(store), "--declaration", str(DECLARATION)]
    command = ["-m", "consentinel", *verb]
    first, _ = run(command, cache=cache, code=FAILED)
    bare: list[Cost] = []
    whole: list[Cost] = []
    shares: list[dict[str, Cost]] = []
    for _ in range(runs):
        bare.append(run(["-c", "pass"], cache=cache)[0])
        whole.append(run(command, cache=cache, code=FAILED)[0])
        shares.append(shares_of(*run(["-m", "tests.watched_gate", *verb], cache=cache, code=FAILED)))
    print(f"first run, caches empty    {told([first])}")
    print(f"gate, median of {runs:<2}         {told(whole)}, {pairs(whole, bare):.0f} × a bare interpreter's start")
    for name in shares[0]:
        print(f"  {name:25}{told([share[name] for share in shares])}")
    after = [after_the_scan(one) for one in shares]
    kept = "kept" if median(cost.cpu for cost in after) <= LIMIT else "NOT kept"
    print(f"after a scan               {told(after)}, limit {LIMIT} s {kept}")
    return 0


def run(arguments: Sequence[str], *, cache: Path, code: int = 0) -> tuple[Cost, str]:
    """What it cost, and what it said on standard error. The caches are this measurement's own."""
    environment = {**os.environ, "CONSENTINEL_CACHE": str(cache)}
    before, began = _children(), time.perf_counter()
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    cost = Cost(time.perf_counter() - began, _children() - before)
    if done.returncode != code:
        raise SystemExit(f"Not a measurement: {command} ended with {done.returncode}.\n{done.stderr}")
    return cost, done.stderr


def shares_of(whole: Cost, said: str) -> dict[str, Cost]:
    """By name; what no stopwatch saw is the interpreter's own start and end."""
    shares = {name: Cost(*cost) for name, cost in json.loads(said.splitlines()[-1]).items()}
    unseen = Cost(
        whole.wall - sum(cost.wall for cost in shares.values()), whole.cpu - sum(s.cpu for s in shares.values())
    )
    return {**shares, "interpreter": unseen}


def after_the_scan(shares: Mapping[str, Cost]) -> Cost:
    behind = [cost for name, cost in shares.items() if name not in LOADING]
    return Cost(sum(cost.wall for cost in behind), sum(cost.cpu for cost in behind))


def told(costs: Sequence[Cost]) -> str:
    return f"{median(cost.wall for cost in costs):6.3f} s wall {median(cost.cpu for cost in costs):6.3f} s CPU"


def pairs(costs: Sequence[Cost], others: Sequence[Cost]) -> float:
    """Median of the ratios of runs that were made one after the other: a busy machine slows both."""
    return median(cost.wall / other.wall for cost, other in zip(costs, others, strict=True))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
