"""Throws mutated and random input at every decoder of consent signals: none may raise, none may take long.

`python -m tests.benchmarks.consent_fuzz --count 10000000` runs that many inputs through each decoder.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

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
    "13l3l3l3l1l1",
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
ROUND = 20_000
"""Inputs that are made at a time and then given to every decoder: making them costs as much as decoding them."""
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


@dataclass
class Figures:
    inputs: int = 0
    decoded: int = 0
    seconds: float = 0.0
    """CPU seconds in the decoder alone."""


def fuzz(count: int, *, seed: int = 1, only: Sequence[str] = ()) -> dict[str, Figures]:
    """Runs the same `count` inputs through each decoder. Raises what they raise, with the input."""
    every = decoders()
    if unknown := [name for name in only if name not in every]:
        raise SystemExit(f"no decoder is called {unknown[0]!r}; there are: {', '.join(every)}")
    chosen = {name: decode for name, decode in every.items() if not only or name in only}
    figures = {name: Figures() for name in chosen}
    source = inputs(random.Random(seed))
    while (left := count - min(each.inputs for each in figures.values())) > 0:
        texts = list(islice(source, min(left, ROUND)))
        for name, decode in chosen.items():
            _feed(decode, texts, figures[name], name)
    return figures


def _feed(decode: Callable[[str], object], texts: Sequence[str], figures: Figures, name: str) -> None:
    begun = time.process_time()
    for text in texts:
        try:
            answer = decode(text)
        except Exception as error:
            error.add_note(f"{name} was given {text!r}")
            raise
        figures.decoded += answer is not None and not isinstance(answer, Undecodable)
    figures.seconds += time.process_time() - begun
    figures.inputs += len(texts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="inputs for each decoder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="some decoders by name")
    given = parser.parse_args()
    for name, told in fuzz(given.count, seed=given.seed, only=given.only).items():
        each = told.seconds / max(told.inputs, 1) * 1e6
        print(
            f"{name:28} {told.inputs:>12,} inputs, {told.decoded:>11,} decoded, {each:6.1f} µs each, none raised",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
