"""`consentinel gate` with stopwatches at its seams; what they saw is the last line of standard error, as JSON.

Imports nothing of its own that the command would load: that is the first thing it measures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

SEAMS = {
    "catalogue": ("Catalogue", "load"),
    "lists": ("Lists", "load"),
    "declaration": ("read_declaration",),
    "store": ("read_scan",),
    "judging": ("audit",),
}
"""Share → the name in `consentinel.judging` whose calls it is."""
Cost = tuple[float, float]
"""Seconds of wall time and of processor time."""


def clock() -> Cost:
    return time.perf_counter(), time.process_time()


def since(begun: Cost) -> Cost:
    now = clock()
    return now[0] - begun[0], now[1] - begun[1]


def timed(name: str, call: Callable[..., Any], seen: dict[str, Cost]) -> Callable[..., Any]:
    @wraps(call)
    def stopped(*arguments: Any, **named: Any) -> Any:
        begun = clock()
        try:
            return call(*arguments, **named)
        finally:
            wall, cpu = since(begun)
            before = seen.get(name, (0.0, 0.0))
            seen[name] = (before[0] + wall, before[1] + cpu)

    return stopped


def main() -> int:
    begun = clock()
    from consentinel.cli import main as command
    from consentinel.verb_table import VERBS, load

    load(next(verb for verb in VERBS if verb.name == "gate"))  # as the command line does when it is asked for
    from consentinel import judging

    seen = {"imports": since(begun)}
    for name, (*outer, last) in SEAMS.items():
        holder = getattr(judging, outer[0]) if outer else judging
        setattr(holder, last, timed(name, getattr(holder, last), seen))
    try:
        command()
    except SystemExit as end:
        wall, cpu = since(begun)
        missed = SEAMS.keys() - seen.keys()
        assert not missed, f"never called: {missed}"
        told = [*seen.values()]
        seen["rest"] = (wall - sum(part[0] for part in told), cpu - sum(part[1] for part in told))
        print(json.dumps(seen), file=sys.stderr)
        return int(end.code or 0)
    raise AssertionError("the command did not end")


if __name__ == "__main__":
    sys.exit(main())
