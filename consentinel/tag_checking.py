"""A stored scan or a HAR, held against a tag plan: reads the files, so that judging itself is pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from classifiers.audit import audit
from classifiers.decode_har import HarError
from classifiers.findings import Audit
from classifiers.rules import RULES
from classifiers.rules.base import Rule
from classifiers.tagplan.har import SCENARIOS, visits_of
from classifiers.tagplan.plan import STATES, TagPlan
from classifiers.tagplan.reading import refuse_unseen_pages
from classifiers.tagplan.records import TagStep
from classifiers.tagplan.steps import steps_of
from classifiers.vendors import Catalogue
from consentinel.config import ConfigurationError
from consentinel.evidence_files import manifest, screenshots
from consentinel.judging import EVIDENCE_NAME, Yardstick, store_path
from consentinel.manuals import rule_texts
from consentinel.terminal import complain
from crawler.observations import Consent, RequestSighting
from crawler.store import Store
from crawler.visits import Scan, Visit
from reports.context import Context

_SQLITE = b"SQLite format 3\0"
TAG_RULES = tuple(rule for rule in RULES if rule.id.startswith("TAG-"))


@dataclass(frozen=True)
class Recorded:
    """What there is to judge, whoever recorded it."""

    scan: Scan
    visits: tuple[Visit, ...]
    rules: tuple[type[Rule], ...]
    folder: Path
    har: bool


def read_recorded(given: Path, *, scan_id: str | None, scenario: str | None) -> Recorded:
    """A scan or a HAR, told by their first characters. Raises HarError, StoreError, ConfigurationError."""
    beginning = given.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \t\r\n") if given.is_file() else _SQLITE
    if beginning.startswith(b"{"):
        return _read_har(given, scenario)
    if not beginning.startswith(_SQLITE):
        raise ConfigurationError([f"{given}: neither a scan (scan.sqlite, or its folder) nor a HAR (JSON)"])
    if scenario is not None:
        raise ConfigurationError(["--scenario: only a HAR needs to be told its consent; a scan knows it"])
    path = store_path(given)
    with Store.open(path) as opened:
        scan = opened.scan(scan_id)
        visits = tuple(opened.visits(scan.id))
    return Recorded(scan=scan, visits=visits, rules=TAG_RULES, folder=path.parent, har=False)


def _read_har(path: Path, scenario: str | None) -> Recorded:
    if scenario is None or STATES.get(scenario.upper(), scenario) not in SCENARIOS:
        accepted = ", ".join(SCENARIOS)
        raise ConfigurationError(
            [f"--scenario: a HAR does not tell which choice was in force; say it, one of: {accepted}"]
        )
    try:
        scan, visits, problems = visits_of(path.read_bytes(), scenario=scenario)
    except HarError as error:
        raise HarError(f"{path}: {error}") from error
    for problem in problems:
        complain(f"{path}: {problem}")
    # A HAR tells requests, and proves no choice: rules that need more have nothing to look at.
    rules = tuple(rule for rule in TAG_RULES if rule.scenarios is None and set(rule.reads) <= {RequestSighting})
    return Recorded(scan=scan, visits=visits, rules=rules, folder=path.parent, har=True)


def check(recorded: Recorded, plan: TagPlan, yardstick: Yardstick, *, environment: str | None) -> tuple[Audit, Context]:
    """Raises TagPlanError for globs that fit no page of the recording."""
    judged = audit(
        recorded.scan,
        recorded.visits,
        declaration=yardstick.declaration,
        catalogue=yardstick.catalogue,
        judged_at=datetime.now(UTC),
        profile=yardstick.configuration.profile,
        lists=yardstick.lists,
        plan=plan,
        environment=environment,
        rules=recorded.rules,
    )
    refuse_unseen_pages(plan, judged, environment=environment)
    evidence = recorded.folder / EVIDENCE_NAME
    context = Context(
        policy=yardstick.configuration.gate.policy(),
        baseline=yardstick.baseline,
        waivers=yardstick.waivers,
        rules=rule_texts(),
        screenshots={} if recorded.har else screenshots(evidence, recorded.visits),
        manifest=() if recorded.har else manifest(evidence, recorded.visits),
    )
    return judged, context


def steps_recorded(recorded: Recorded, catalogue: Catalogue) -> tuple[TagStep, ...]:
    """For a draft, which people correct: choices count as they were made."""
    return steps_of(recorded.visits, catalogue=catalogue, proved=_taken_as_told)


def _taken_as_told(_visit: Visit, _consent: Consent) -> bool:
    return True
