"""What labelling costs: 10,000 sightings with the catalogue alone and with lists, and how fast the lists are ready."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from classifiers.declared import DeclarationIndex
from classifiers.label import Labeller, cascade
from classifiers.lists.engine import AdblockEngine
from classifiers.lists.loaded import Lists
from classifiers.lists.shelf import lists_folder
from classifiers.vendors import packaged
from crawler.observations import AnySighting
from tests.rule_cases import PAGE, ShortCookie, ShortRequest, ShortVisit, whole_visit

SIGHTINGS = 10_000
RULES = 110_000
"""As many as EasyList and EasyPrivacy have together."""
WARM_START = 0.3
"""Seconds of processor time in which the compiled lists must be ready."""
PER_10_000 = 5.0
"""Seconds of processor time for 10,000 different sightings, all sources asked."""

T = TypeVar("T")


def main() -> int:
    items = sightings()
    catalogue = packaged()
    _, alone = timed(lambda: label_all(items, Lists()))
    print(f"{SIGHTINGS:,} different sightings, {len(catalogue.vendors)} vendors, catalogue alone: {alone:.2f} s")
    with_lists = alone
    lists = Lists.load(lists_folder())
    if lists.versions:
        used = ", ".join(version.title for version in lists.versions)
        _, first = timed(lambda: len(lists.engines))
        _, with_lists = timed(lambda: label_all(items, lists))
        print(f"the same with {used}: {with_lists:.2f} s; filter lists ready in {first:.2f} s")
    cold, warm, check = engine_times()
    print(f"{RULES:,} made-up rules: compiled in {cold:.2f} s, ready from the cache in {warm:.2f} s")
    print(f"asking them about {SIGHTINGS:,} requests: {check:.2f} s ({check / SIGHTINGS * 1e6:.0f} µs each)")
    slow = [
        name
        for name, took, limit in (("warm start", warm, WARM_START), ("labelling", with_lists, PER_10_000))
        if took > limit
    ]
    if slow:
        print(f"slower than the limit: {', '.join(slow)}")
    return 1 if slow else 0


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Result and seconds of processor time, which other programs on the machine do not lengthen."""
    begun = time.process_time()
    result = work()
    return result, time.process_time() - begun


def label_all(items: list[AnySighting], lists: Lists) -> int:
    labeller = Labeller(cascade(DeclarationIndex(None), packaged(), affiliates=(), lists=lists))
    return len([labeller.label(item, page=PAGE) for item in items])


def sightings() -> list[AnySighting]:
    """Half known and half unknown, as cookies and requests; no two alike, so that no answer is reused."""
    quarter = SIGHTINGS // 4
    visit = whole_visit(
        ShortVisit(
            cookies=tuple(
                ShortCookie(name=name, value="hex", tokens=("t",))
                for n in range(quarter)
                for name in (f"_ga_{n:06d}", f"own_{n}")
            ),
            requests=tuple(
                ShortRequest(url=url)
                for n in range(quarter)
                for url in (
                    f"https://www.google-analytics.com/g/collect?v=2&tid=G-ABCDEF&cid={n}.1",
                    f"https://cdn{n % 97}.site{n}.example/a/{n}.png",
                )
            ),
        )
    )
    return list(visit.sightings())


def engine_times() -> tuple[float, float, float]:
    """Compiling, loading the compiled, and asking."""
    text = "[Adblock Plus 2.0]\n" + "\n".join(rules()) + "\n"
    with TemporaryDirectory() as folder:
        cache = Path(folder) / "compiled"

        def build() -> AdblockEngine:
            return AdblockEngine.build(list_id="made_up", title="Made up", text=lambda: text, cache=cache)

        _, cold = timed(build)
        engine, warm = timed(build)
        urls = [f"https://www.site{n}.example/assets/{n}/script.js?v={n}" for n in range(SIGHTINGS)]
        _, check = timed(lambda: [engine.check(url=url, page=PAGE, resource_type="script") for url in urls])
    return cold, warm, check


def rules() -> Iterator[str]:
    """In the proportions of the real lists: mostly hosts, some paths, some with options."""
    for n in range(RULES):
        match n % 10:
            case 0:
                yield f"/banner{n}/ad-"
            case 1:
                yield f"||host{n}.example^$third-party"
            case 2:
                yield f"||cdn{n}.example/js/track{n}.js$script,domain=site{n}.example"
            case _:
                yield f"||tracker{n}.example^"


if __name__ == "__main__":
    sys.exit(main())
