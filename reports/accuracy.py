"""How often each rule was right and wrong over the labelled fixture sites: measured once, shipped beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from crawler.observations import Record
from reports.context import RuleAccuracy

FILE = "accuracy.json"
_PATH = Path(__file__).with_name(FILE)


class Accuracy(Record):
    sites: int
    rules: tuple[RuleAccuracy, ...]


@cache
def measured_accuracy() -> Accuracy:
    return Accuracy.model_validate_json(_PATH.read_text("utf-8"))


def write_accuracy(accuracy: Accuracy) -> None:
    _PATH.write_text(accuracy.model_dump_json(indent=2) + "\n", "utf-8")
