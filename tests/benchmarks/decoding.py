"""How long loading the catalogue and decoding take. Run: `python -m tests.benchmarks.decoding`."""

from __future__ import annotations

import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import orjson

from classifiers.decode import decode
from classifiers.decode_har import read_har
from classifiers.vendor_files import read_folders
from classifiers.vendors import PACKAGED, Catalogue
from tests.test_decode_hits import CASES

REQUESTS = 100_000
HAR_ENTRIES = 5_000


def _unknown(number: int) -> tuple[str, str, dict[str, str], bytes | None]:
    """Requests of nobody's, which must try the host, then every grammar."""
    return f"https://www{number % 50}.shop.example/assets/{number}.js?v={number}&id=a{number}&e=1", "GET", {}, None


def main() -> None:
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold", "warm"):
            began = time.process_time()
            vendors, digest = read_folders([PACKAGED], cache=Path(cache))
            catalogue = Catalogue(vendors, digest=digest)
            print(f"catalogue of {len(vendors)} vendors, {state} cache: {time.process_time() - began:.2f} s of CPU")
    known = [(case.url, case.method, case.headers, case.body.encode() if case.body else None) for _, case in CASES]
    requests = [
        request if number % 2 else _unknown(number)
        for number, request in enumerate(islice(cycle(known), REQUESTS), start=1)
    ]
    began = time.process_time()
    hits = sum(len(decode(*request, catalogue=catalogue)) for request in requests)
    took = time.process_time() - began
    print(f"{REQUESTS:,} requests, {hits:,} hits: {took:.1f} s of CPU ({REQUESTS / took:,.0f} requests/s)")
    entries = [
        {
            "request": {
                "url": url,
                "method": method,
                "headers": [{"name": name, "value": value} for name, value in headers.items()],
                "postData": {"mimeType": "", "text": body.decode()} if body else {},
            }
        }
        for url, method, headers, body in requests[:HAR_ENTRIES]
    ]
    har = orjson.dumps({"log": {"entries": entries}})
    began = time.process_time()
    result = read_har(har, catalogue=catalogue)
    print(f"HAR of {result.entries:,} entries, {len(result.hits):,} hits: {time.process_time() - began:.2f} s of CPU")


if __name__ == "__main__":
    main()
