"""The labelled fixture sites: hosts of one observable fact each, and the rules that must find it (`facts.json`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from classifiers.declaration import Declaration, read_declaration
from classifiers.rules import RULES
from classifiers.rules.severity import PROFILES
from crawler.observations import Record
from crawler.scenarios import SCENARIOS
from tests.site_server import SITES

SUFFIX = ".facts.localhost"
UNSEEN = ".unseen.localhost"
"""Pages that were written by the catalogue's words alone, and first judged when the rules had long been written."""
VENDORS = SITES.parent / "fact_vendors"
MAILS = "mails"
STATEMENTS = frozenset({"SCAN-001", "SCAN-002", "SCAN-003", "SCAN-004", "SCAN-012", "SCAN-021", "SCAN-025"})
"""Statements about the scan that a page brings about; `WITHOUT_PAGE` says why the others are not measured."""
MEASURED = tuple(rule.id for rule in RULES if not rule.states_limit or rule.id in STATEMENTS)
_EVERY_SCAN = "It states a limit of every scan, whatever the page does."
WITHOUT_PAGE = {
    "SCAN-005": "Each page is played under the scenarios that its fact needs, so it is stated of all of them.",
    "SCAN-006": _EVERY_SCAN,
    "SCAN-007": _EVERY_SCAN,
    "SCAN-008": _EVERY_SCAN,
    "SCAN-009": "Each page is played once, so it is stated of all of them.",
    "SCAN-011": "The engine opens each page in a profile of its own; no page can fill it beforehand.",
    "SCAN-013": "What has no name in the catalogue is most pages' plain material, so it is stated of most.",
    "SCAN-015": _EVERY_SCAN,
    "SCAN-016": _EVERY_SCAN,
    "SCAN-017": _EVERY_SCAN,
    "SCAN-020": _EVERY_SCAN,
}
"""Rules that no labelled page shows, and why none does. Every other rule is shown by one at least."""
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
    profile: str = "eu"
    """Jurisdiction that the page is judged under."""
    leads_to: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Host of the site → its chain of CNAMEs, which a name server on this machine answers with."""
    page_seen: bool = True
    """False: something else answers in the page's place, so no rule may pass."""
    known_gaps: dict[str, str] = Field(default_factory=dict)
    """Rule that is wrong about this page → why. It counts as an error all the same."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Facts:
        if unknown := set(self.scenarios) - SCENARIOS.keys():
            raise ValueError(f"no such scenario: {', '.join(sorted(unknown))}")
        if self.profile not in PROFILES:
            raise ValueError(f"no such profile: {self.profile}")
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

    def declared(self, url: str) -> Declaration | None:
        """`url`: where the site is served; the published page of the declaration's source is on the same port."""
        declaration = None if self.declaration is None else read_declaration(self.declaration)
        if declaration is None or declaration.source is None or declaration.source.page is None:
            return declaration
        page = urlsplit(declaration.source.page)
        served = page._replace(netloc=f"{page.hostname}:{urlsplit(url).port}").geturl()
        return declaration.model_copy(update={"source": declaration.source.model_copy(update={"url": served})})

    def policy(self, url: str) -> str | None:
        """The published page that its declaration names."""
        declaration = self.declared(url)
        return declaration.source.page if declaration is not None and declaration.source is not None else None

    @property
    def plan(self) -> Path | None:
        return self._file("plan.yaml")

    @property
    def mails(self) -> Path | None:
        """Samples of the e-mails that its service sends."""
        path = self.folder / MAILS
        return path if path.is_dir() else None

    def _file(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.is_file() else None


def labelled_sites(sites: Path = SITES, *, suffix: str = SUFFIX) -> tuple[LabelledSite, ...]:
    return tuple(
        LabelledSite(folder=path.parent, facts=Facts.model_validate_json(path.read_text("utf-8")))
        for path in sorted(sites.glob(f"*{suffix}/facts.json"))
    )
