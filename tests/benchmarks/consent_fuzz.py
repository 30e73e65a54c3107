"""Throws mutated and random input at every decoder of consent signals: none may raise, none may take long.

`python -m tests.benchmarks.consent_fuzz --count 10000000` runs that many inputs through each decoder.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator

from crawler.signals.apis import APIS, decode_api
from crawler.signals.base import Undecodable
from crawler.signals.generic import read_generic
from crawler.signals.google import decode_gcd, decode_gcs, fold_consent_mode
from crawler.signals.gpc import decode_gpc_json
from crawler.signals.gpp import decode_gpp
from crawler.signals.meta import decode_meta
from crawler.signals.microsoft import decode_clarity, decode_uet
from crawler.signals.records import DECODERS, decode_record
from crawler.signals.tcf import decode_tc
from crawler.signals.usp import decode_usp

SEEDS = (
    "CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA.IDKQA4AAgAKAGQAygAAA.YAAAAAAAAAAA",
    "CQbMAEAQbMAEAAHABBENCWFgAP_gAAAAAAYgAaMBAAIAAABAAAAA.IAaQBQAAgACAAUABkAGg",
    "DBABBg~BUUAAACA.YA",
    "DBABLA~CVQVAAAAAACA.YA",
    "DBACNY~CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA~1YNN",
    "1YNN",
    "G111",
    "13r3p3u3v5",
    "isGpcEnabled=0&interactionCount=1&groups=C0001%3A1%2CC0002%3A0",
    "{stamp:'x',necessary:true,preferences:false,statistics:false,marketing:true,method:'explicit',ver:1}",
    "eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbImEiXSwiZGlzYWJsZWQiOlsiYiJdfX0=",
    "consentid:a,consent:yes,action:yes,necessary:yes,functional:no",
    "!gajs=true!youtube=wait",
    "0,1,2:",
    '{"analytics":true,"marketing":false,"necessary":true}',
    '{"services":[{"id":"a","status":true,"history":[{"action":"onAcceptAllServices"}]}]}',
    '{"gdpr":{"consentStatus":{"rejectedAll":true}}}',
    '{"consents":{"essential":["a"],"statistics":[]}}',
    '{"gpc":true,"lastUpdate":"2026-01-01"}',
    '["necessary","analytics"]',
    '{"consent":{"services":{"a":{"consent":true}}},"gcm":{"adStorage":"denied"}}',
    '{"tcString":"CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA"}',
    '{"purposes":{"1":true,"2":false}}',
    '{"strict":"1","thirdparty":"0"}',
    "eyJhbmFseXRpY3MiOiJ5ZXMiLCJ2ZXIiOiIxIn0=",
    "permit 1,2 required",
    "accepted",
    "allow",
    "LDU",
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
STRANGE = "\x00\n\"'{}[]:,%&=!\\ \u200b٣²é漢\U0001f36a\ud800"


def inputs(dice: random.Random) -> Iterator[str]:
    """Without end: seeds with signs flipped, cut, doubled and spliced; random letters; strange signs."""
    while True:
        kind = dice.random()
        if kind < 0.7:
            text = dice.choice(SEEDS)
            for _ in range(dice.randrange(1, 4)):
                at = dice.randrange(len(text) + 1)
                act = dice.randrange(6)
                if act == 0:
                    text = text[:at] + dice.choice(LETTERS) + text[at + 1 :]
                elif act == 1:
                    text = text[:at]
                elif act == 2:
                    text = text[:at] + text[max(0, at - 8) : at] * dice.randrange(1, 6) + text[at:]
                elif act == 3:
                    text = text[:at] + dice.choice(SEEDS)[: dice.randrange(40)]
                elif act == 4:
                    text = text[:at] + dice.choice(STRANGE) + text[at:]
                else:
                    text = text[at:] + text[:at]
            yield text
        elif kind < 0.93:
            first = dice.choice(("C", "CQ", "D", "DBA", "B", ""))
            yield first + "".join(dice.choices(LETTERS, k=dice.randrange(1, 60)))
        else:
            yield "".join(dice.choices(STRANGE + LETTERS, k=dice.randrange(30)))


def _mapping(text: str) -> dict[str, object]:
    """Answers of the shapes that some platform's API has, with the text where theirs has names and states."""
    half = len(text) // 2
    flags = {text: len(text) % 2 == 0, text[:half]: text[half:]}
    return {
        text[:half]: text[half:],
        "groups": text,
        "all": [{"id": text, "status": text}, text],
        "enabled": [text, 1, None],
        "consent": flags,
        "consents": flags,
        "categories": flags,
        "state": flags,
        "services": [{"name": text, "status": half % 2 == 0, "essential": text}, text, None],
        "preferences": {"acceptedCategories": [text], "rejectedCategories": text},
        "marketing": "yes",
    }


def decoders() -> dict[str, Callable[[str], object]]:
    every: dict[str, Callable[[str], object]] = {
        "tcf": decode_tc,
        "gpp": decode_gpp,
        "usp": decode_usp,
        "gcs": decode_gcs,
        "gcd": decode_gcd,
        "consent_mode": lambda text: fold_consent_mode(
            [("default", {"ad_storage": text, "wait_for_update": text}), (text, {})]
        ),
        "meta": lambda text: decode_meta({"dpo": text, "dpoco": text, "dpost": text}),
        "uet": lambda text: decode_uet({"asc": text}),
        "clarity": lambda text: decode_clarity({text: text, "ad_Storage": text}),
        "gpc_json": decode_gpc_json,
        "generic": lambda text: read_generic("cookie_consent", text),
    }
    for name in DECODERS:
        every[f"record:{name}"] = lambda text, name=name: decode_record(name, "cmplz_marketing", text)  # type: ignore[misc]  # default argument binds the loop variable
    for name in APIS:
        every[f"api:{name}"] = lambda text, name=name: decode_api(name, _mapping(text))  # type: ignore[misc]  # as above
    return every


def fuzz(count: int, *, seed: int = 1, only: str | None = None) -> dict[str, tuple[float, int]]:
    """Runs `count` inputs through each decoder; (microseconds each, how many decoded). Raises what they raise."""
    figures: dict[str, tuple[float, int]] = {}
    for name, decode in decoders().items():
        if only is not None and only != name:
            continue
        source = inputs(random.Random(seed))
        decoded = 0
        begun = time.perf_counter()
        for _ in range(count):
            text = next(source)
            try:
                answer = decode(text)
            except Exception as error:
                error.add_note(f"{name} was given {text!r}")
                raise
            decoded += answer is not None and not isinstance(answer, Undecodable)
        figures[name] = ((time.perf_counter() - begun) / count * 1e6, decoded)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="inputs for each decoder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one decoder by name")
    given = parser.parse_args()
    for name, (microseconds, decoded) in fuzz(given.count, seed=given.seed, only=given.only).items():
        print(
            f"{name:28} {given.count:>12,} inputs, {decoded:>11,} decoded, {microseconds:6.1f} µs each, none raised",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
