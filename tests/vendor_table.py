"""The README's table of decoded vendors, from the catalogue and the sample hits: `python -m tests.vendor_table`."""

from __future__ import annotations

import sys
from collections import Counter

from classifiers.vendor_records import Category, Vendor
from classifiers.vendors import packaged
from tests.test_decode_hits import CASES

_TITLES = {Category.AB_TEST: "A/B testing", Category.CMP: "consent platforms", Category.CDN: "content delivery"}


def vendor_table() -> str:
    """By category: vendors with a real-shaped sample hit in the tests, each with the number of samples."""
    samples = Counter(vendor for vendor, case in CASES if case.hits)
    by_category: dict[Category, list[Vendor]] = {}
    for vendor in sorted(packaged().vendors.values(), key=lambda vendor: vendor.name.casefold()):
        if samples[vendor.id]:
            by_category.setdefault(vendor.category, []).append(vendor)
    lines = ["| category | vendors, with the number of sample hits that are decoded in the tests |", "| --- | --- |"]
    for category in sorted(by_category, key=lambda category: category.value):
        title = _TITLES.get(category, category.value.replace("_", " "))
        named = ", ".join(f"{vendor.name} ({samples[vendor.id]})" for vendor in by_category[category])
        lines.append(f"| {title} | {named} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(vendor_table() + "\n")
