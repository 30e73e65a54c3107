"""What a report tells beside the audit: gate, baseline, waivers, change, rule texts, pictures."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from classifiers.findings import Audit, Severity
from crawler.observations import Record
from reports.baseline import Baseline
from reports.differences import Differences
from reports.gate import GatePolicy, GateResult, gate
from reports.waivers import Waiver

_PICTURE = re.compile(r"data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/]+=*")


class RuleText(Record):
    """A rule's manual, for readers who meet its id."""

    id: str
    title: str
    severity: Severity
    why: str = ""
    fix: str = ""
    help_uri: str | None = None
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """What it rests on, each with how far that was checked."""


class RuleAccuracy(Record):
    """Measured over the labelled fixture pages."""

    rule: str
    true_positives: int
    false_positives: int
    false_negatives: int
    undecided: int = 0
    """Pages on which it could not be decided: neither right nor wrong."""

    @property
    def precision(self) -> float | None:
        """None: it found nothing, so nothing can be said."""
        found = self.true_positives + self.false_positives
        return self.true_positives / found if found else None

    @property
    def recall(self) -> float | None:
        there = self.true_positives + self.false_negatives
        return self.true_positives / there if there else None


class ManifestEntry(Record):
    """A file of the evidence, for whoever checks it later."""

    file: str
    sha256: str
    size: int


class Context(Record):
    policy: GatePolicy = GatePolicy()
    baseline: Baseline | None = None
    waivers: tuple[Waiver, ...] = ()
    change: Differences | None = None
    rules: tuple[RuleText, ...] = ()
    accuracy: tuple[RuleAccuracy, ...] = ()
    screenshots: dict[str, str] = Field(default_factory=dict)
    """File name in the evidence folder → `data:image/png;base64,…`."""
    manifest: tuple[ManifestEntry, ...] = ()
    root: str | None = None
    """Absolute path of the repository, with forward slashes: code hosts want paths relative to it."""

    @field_validator("screenshots")
    @classmethod
    def _only_pictures(cls, given: dict[str, str]) -> dict[str, str]:
        for name, uri in given.items():
            if not _PICTURE.fullmatch(uri):
                raise ValueError(f"{name}: not a PNG, JPEG or WebP as a base64 data: URI")
        return given

    def gate(self, audit: Audit) -> GateResult:
        return gate(audit, policy=self.policy, baseline=self.baseline, waivers=self.waivers)
