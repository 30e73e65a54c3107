"""consentinel.yaml as a whole: each section's model belongs to the layer that acts on it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from classifiers.cname_settings import LookupSettings
from classifiers.declaration import Declaration
from classifiers.findings import Place
from classifiers.lists.records import ListSettings
from classifiers.tagplan.reading import read_plan
from classifiers.vendors import Catalogue
from classifiers.yaml_source import PLACE_KEY, SourceError, read_yaml
from consentinel.watch.sections import NotifySection, ScheduleSection
from crawler.addresses import page_address as full_address
from crawler.journey_scenarios import scenario_of
from crawler.observations import Record
from crawler.own_scenarios import read_scenarios
from crawler.scenarios import SCENARIOS, Scenario
from crawler.settings import BrowserSettings, CrawlSettings, FrontierSettings, Recipe, VisitSettings
from reports.gate import GatePolicy, known_rules

FILE_NAME = "consentinel.yaml"
OWN_MACHINE = ("localhost", "127.0.0.1", "[::1]")


class ConfigurationError(SourceError):
    """The configuration or a flag cannot be used: one sentence per fault, with place and accepted form."""


class CrawlSection(FrontierSettings):
    """What to visit, how far to go, and how politely."""

    @field_validator("urls")
    @classmethod
    def _urls_that_can_be_visited(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(page_address(url) for url in urls)

    @field_validator("scenarios")
    @classmethod
    def _at_least_one(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError(f"at least one scenario is needed; accepted: {', '.join(SCENARIOS)}")
        return tuple(dict.fromkeys(names))


class GateSection(GatePolicy):
    """What fails the release, and what someone answers for."""

    baseline: Path | None = Field(None, description="Findings that are known (JSON); mode `new` looks past them.")
    waivers: Path | None = Field(None, description="Findings that someone answers for, until a date (YAML).")
    waivable: tuple[str, ...] = Field((), description="Rules that may be waived although they normally may not.")

    @field_validator("waivable")
    @classmethod
    def _waivable_rules_there_are(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return known_rules(ids)

    def policy(self) -> GatePolicy:
        return GatePolicy(**{name: getattr(self, name) for name in GatePolicy.model_fields})


class EvidenceSection(Record):
    """What stands beside an evidence pack."""

    timestamp: str | None = Field(
        None, description="Address of an RFC 3161 time-stamping authority, asked for every pack."
    )


class Configuration(Record):
    """All that can be set. Relative paths in the file start at the file's own folder."""

    declaration: Path | None = Field(None, description="What the site says: declaration or lock file (YAML).")
    catalogue: tuple[Path, ...] = Field((), description="Folders of your own vendor files, beside the built-in ones.")
    profile: Literal["eu", "fr", "de", "uk", "us_ca", "kr"] = Field(
        "eu", description="Whose expectations the rules apply."
    )
    mails: tuple[Path, ...] = Field(
        (), description="Samples of e-mails the service sends (`.eml`, HTML, or folders of them): read, never opened."
    )
    scenario_file: Path | None = Field(None, description="Scenarios of your own, with your own steps (YAML).")
    tag_plan: Path | None = Field(None, description="What should fire, and the journeys that show it (YAML).")
    output: Path = Field(Path("consentinel-report"), description="Folder for the scan, its evidence and the reports.")
    formats: tuple[str, ...] = Field(("html", "json"), description="Reports that an audit writes.")
    crawl: CrawlSection = CrawlSection()
    browser: BrowserSettings = BrowserSettings()
    visit: VisitSettings = VisitSettings()
    consent: Recipe | None = Field(None, description="How to play your own consent banner, where it is not found.")
    gate: GateSection = GateSection()
    evidence: EvidenceSection = EvidenceSection()
    lists: ListSettings = ListSettings()
    dns: LookupSettings = LookupSettings()
    schedule: ScheduleSection = ScheduleSection()
    notify: NotifySection = NotifySection()

    def crawl_settings(self) -> CrawlSettings:
        shared = {name: getattr(self.crawl, name) for name in FrontierSettings.model_fields}
        shared["scenarios"] = tuple(dict.fromkeys((*self.crawl.scenarios, *self.journeys())))
        return CrawlSettings(
            **shared, browser=self.browser, visit=self.visit, consent=self.consent, policy=self._policy_page()
        )

    def _policy_page(self) -> str | None:
        """Raises SourceError."""
        if self.declaration is None:
            return None
        source = read_yaml(self.declaration, Declaration, what="declaration").source
        return source.page if source is not None else None

    def journeys(self) -> dict[str, Scenario]:
        """Those of the tag plan; they are always asked for. Raises TagPlanError, ScenarioError."""
        if self.tag_plan is None:
            return {}
        plan = read_plan(self.tag_plan, catalogue=Catalogue.load(*self.catalogue))
        return {journey.name: scenario_of(journey) for journey in plan.journeys}

    def scenarios(self) -> dict[str, Scenario]:
        """Those that are asked for. Raises ConfigurationError, and ScenarioError for the file of one's own."""
        known = SCENARIOS | (read_scenarios(self.scenario_file) if self.scenario_file else {})
        for name in self.crawl.scenarios:
            if name not in known:
                raise ConfigurationError([f"scenarios: no scenario is called {name!r}{did_you_mean(name, known)}"])
        return {name: known[name] for name in self.crawl.scenarios} | self.journeys()


class _File(Configuration):
    """As it stands in the file: the reader tells every mapping its place, and the recipe has a use for it."""

    place: Place | None = None

    @model_validator(mode="before")
    @classmethod
    def _place_of_the_recipe(cls, raw: object) -> object:
        if not isinstance(raw, dict):
            return raw
        recipe = raw.get("consent")
        if isinstance(recipe, dict) and isinstance(place := recipe.get(PLACE_KEY), dict):
            raw = {**raw, "consent": {**recipe, "source": f"{place['file']}:{place['line']}"}}
        return {key: _without_places(value) for key, value in raw.items()}

    def plain(self) -> Configuration:
        return Configuration(**{name: getattr(self, name) for name in Configuration.model_fields})


def read_configuration(path: Path | None) -> Configuration:
    """`path` None: consentinel.yaml of the working folder if there is one. Raises ConfigurationError."""
    if path is None:
        path = Path(FILE_NAME)
        if not path.exists():
            return Configuration()
    try:
        read = read_yaml(path, _File, what="configuration").plain()
    except SourceError as error:
        raise ConfigurationError(_in_words(error.faults)) from error
    return _from_folder(read, path.parent)


def overridden(
    configuration: Configuration, *, flags: Mapping[str, object], section: str | None = None
) -> Configuration:
    """With the flags that were given (not None) in place of what the file says. Raises ConfigurationError."""
    given = {name: value for name, value in flags.items() if value is not None}
    if not given:
        return configuration
    model = getattr(configuration, section) if section else configuration
    values = {name: getattr(model, name) for name in type(model).model_fields} | given
    try:
        changed = type(model).model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(_flag_fault(detail["loc"], detail["msg"]) for detail in error.errors()) from error
    return configuration.model_copy(update={section: changed}) if section else changed


Flags = Mapping[str, object]
"""Setting → what a flag says of it; None: the flag was not given."""
NONE_GIVEN: Flags = MappingProxyType({})


def configured(
    path: Path | None,
    *,
    top: Flags = NONE_GIVEN,
    crawl: Flags = NONE_GIVEN,
    visit: Flags = NONE_GIVEN,
    browser: Flags = NONE_GIVEN,
    gate: Flags = NONE_GIVEN,
) -> Configuration:
    """The file with the flags over it. Raises ConfigurationError."""
    configuration = overridden(read_configuration(path), flags=top)
    for section, flags in (("crawl", crawl), ("visit", visit), ("browser", browser), ("gate", gate)):
        configuration = overridden(configuration, flags=flags, section=section)
    return configuration


def page_address(text: str) -> str:
    """A URL as people type it, in full. Raises ValueError with the accepted form."""
    written = text.strip()
    if "://" not in written:
        host = written.partition("/")[0].rpartition(":")[0] or written.partition("/")[0]
        own = host in OWN_MACHINE or host.endswith(".localhost")
        written = f"{'http' if own else 'https'}://{written}"
    if not written.partition("://")[2].strip("/") or any(character.isspace() for character in written):
        raise ValueError(f"{text!r} is not an address of a page; accepted: https://host/path or http://host:port/path")
    return full_address(written)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"{hint}; accepted: {', '.join(names)}"


def _in_words(faults: Iterable[str]) -> list[str]:
    """In the order of the file, and in the words of YAML rather than Python's."""

    def line(fault: str) -> int:
        number = fault.partition(":")[2].partition(":")[0]
        return int(number) if number.isdigit() else 0

    return sorted((fault.replace("a valid tuple", "a list: [one, two]") for fault in faults), key=line)


def _flag_fault(location: tuple[int | str, ...], message: str) -> str:
    flag = "URL" if location[0] == "urls" else f"--{str(location[0]).replace('_', '-')}"
    message = message.removeprefix("Value error, ")
    return f"{flag}: {message[:1].lower()}{message[1:]}"


def _without_places(node: object) -> object:
    if isinstance(node, dict):
        return {key: _without_places(value) for key, value in node.items() if key != PLACE_KEY}
    return [_without_places(value) for value in node] if isinstance(node, list) else node


def _from_folder(read: Configuration, folder: Path) -> Configuration:
    """Paths in the file count from the file, so that it works from any working folder."""

    def from_file(path: Path | None) -> Path | None:
        return None if path is None else folder / path.expanduser()

    program = read.browser.executable
    if program is not None and len(program.parts) > 1:  # a bare name is looked for on the PATH
        program = from_file(program)
    return read.model_copy(
        update={
            "declaration": from_file(read.declaration),
            "catalogue": tuple(folder / path.expanduser() for path in read.catalogue),
            "mails": tuple(folder / path.expanduser() for path in read.mails),
            "scenario_file": from_file(read.scenario_file),
            "tag_plan": from_file(read.tag_plan),
            "output": folder / read.output.expanduser(),
            "gate": read.gate.model_copy(
                update={"baseline": from_file(read.gate.baseline), "waivers": from_file(read.gate.waivers)}
            ),
            "crawl": read.crawl.model_copy(update={"job_dir": from_file(read.crawl.job_dir)}),
            "browser": read.browser.model_copy(update={"executable": program}),
        }
    )
