"""The labelled fixture sites: hosts of one observable fact each, and the rules that must find it (`facts.json`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from classifiers.rules import RULES
from crawler.observations import Record
from crawler.scenarios import SCENARIOS
from tests.site_server import SITES

SUFFIX = ".facts.localhost"
UNSEEN = ".unseen.localhost"
"""Pages that were written by the catalogue's words alone, and first judged when the rules had long been written."""
VENDORS = SITES.parent / "fact_vendors"
STATEMENTS = frozenset({"SCAN-001", "SCAN-002", "SCAN-003", "SCAN-004", "SCAN-021"})
"""Statements about the scan that a page brings about; the others are made about every scan, so nothing is measured."""
MEASURED = tuple(rule.id for rule in RULES if not rule.states_limit or rule.id in STATEMENTS)
UNBUILT = "There is no such rule yet"
"""How the reason of a gap begins where the fact's own rule has not been written."""


class Facts(Record):
    """`facts.json`: what the page does, and what must be said about it. Whatever is not named must not be found."""

    fact: str
    scenarios: tuple[str, ...]
    depth: int = 0
    """Clicks from the start page that are followed."""
    finds: dict[str, Literal["fail", "review"]]
    """Rule → outcome of its findings."""
    statements: tuple[str, ...] = ()
    """Those of `STATEMENTS` that must be made."""
    page_seen: bool = True
    """False: something else answers in the page's place, so no rule may pass."""
    known_gaps: dict[str, str] = Field(default_factory=dict)
    """Rule that is wrong about this page → why. It counts as an error all the same."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Facts:
        if unknown := set(self.scenarios) - SCENARIOS.keys():
            raise ValueError(f"no such scenario: {', '.join(sorted(unknown))}")
        if unknown := set(self.statements) - STATEMENTS:
            raise ValueError(f"not a statement that is measured: {', '.join(sorted(unknown))}")
        for rule in self.finds:
            if rule not in MEASURED and not self.known_gaps.get(rule, "").startswith(UNBUILT):
                raise ValueError(f"{rule}: no such rule, and `known_gaps` does not say so ({UNBUILT!r} …)")
        for rule, why in self.known_gaps.items():
            if why.startswith(UNBUILT) and rule in MEASURED:
                raise ValueError(f"{rule}: there is such a rule by now")
        return self

    @property
    def expected(self) -> frozenset[tuple[str, str]]:
        """Rule and outcome."""
        return frozenset(self.finds.items()) | {(rule, "informational") for rule in self.statements}


class LabelledSite(Record):
    folder: Path
    facts: Facts

    @property
    def host(self) -> str:
        return self.folder.name

    @property
    def unseen(self) -> bool:
        return self.host.endswith(UNSEEN)

    @property
    def name(self) -> str:
        return self.host.partition(".")[0]

    @property
    def declaration(self) -> Path | None:
        return self._file("declaration.yaml")

    @property
    def plan(self) -> Path | None:
        return self._file("plan.yaml")

    def _file(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.is_file() else None


def labelled_sites(sites: Path = SITES, *, suffix: str = SUFFIX) -> tuple[LabelledSite, ...]:
    return tuple(
        LabelledSite(folder=path.parent, facts=Facts.model_validate_json(path.read_text("utf-8")))
        for path in sorted(sites.glob(f"*{suffix}/facts.json"))
    )
