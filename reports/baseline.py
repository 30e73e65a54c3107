"""The baseline: fingerprints of findings that are known, each with the date and scan that first showed it."""

from __future__ import annotations

from datetime import date

import orjson
from pydantic import ValidationError

from classifiers.findings import Audit, Finding, Severity, VerdictKind
from classifiers.states import ANY, state_of
from crawler.observations import Record
from reports.neutral import json_safe

FORMAT = "consentinel-baseline"
VERSION = 1
RUNS_FOR_ABSENCE = 3
"""Absence is noisy: a known finding leaves the baseline only after this many runs without it."""


class BaselineError(ValueError):
    """The baseline file cannot be used; the message names the file and the way out."""


class BaselineEntry(Record):
    fingerprint: str
    rule: str
    severity: Severity
    site: str
    subject: str
    scenario: str
    first_seen: date
    scan: str
    """Id of the scan that first showed it."""


class Baseline(Record):
    format: str = FORMAT
    version: int = VERSION
    entries: tuple[BaselineEntry, ...] = ()

    def by_fingerprint(self) -> dict[str, BaselineEntry]:
        return {entry.fingerprint: entry for entry in self.entries}


class BaselineUpdate(Record):
    """The difference first: what an update would add, drop and keep."""

    baseline: Baseline
    added: tuple[BaselineEntry, ...] = ()
    dropped: tuple[BaselineEntry, ...] = ()
    kept: tuple[BaselineEntry, ...] = ()
    not_seen: tuple[BaselineEntry, ...] = ()
    """Not seen this time, but kept: the scan could not show their absence."""


def parse_baseline(text: str, *, file: str) -> Baseline:
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BaselineError(f"{file}:{error.lineno}: this is not JSON ({error.msg})") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BaselineError(f"{file}:1: this is not a baseline; make one with `consentinel baseline update`")
    version = raw.get("version")
    if version != VERSION:
        line = _line_of(text, '"version"')
        raise BaselineError(
            f"{file}:{line}: baseline version {version!r} cannot be read, this program reads version {VERSION}; "
            "make it anew with `consentinel baseline update`"
        )
    try:
        baseline = Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of(text, f'"{first["loc"][-1]}"')
        raise BaselineError(f"{file}:{line}: {where}: {first['msg']}") from error
    if len(baseline.by_fingerprint()) != len(baseline.entries):
        raise BaselineError(
            f"{file}: a fingerprint stands in it twice; make it anew with `consentinel baseline update`"
        )
    return baseline


def _line_of(text: str, needle: str) -> int:
    return text[: max(text.find(needle), 0)].count("\n") + 1


def baseline_text(baseline: Baseline) -> str:
    """Sorted and one key per line, so that a change reads well in a review."""
    entries = sorted(baseline.entries, key=lambda entry: (entry.rule, entry.site, entry.subject, entry.fingerprint))
    return json_safe(baseline.model_copy(update={"entries": tuple(entries)}).model_dump_json(indent=2)) + "\n"


def update_baseline(baseline: Baseline, audit: Audit) -> BaselineUpdate:
    """Adds what is new, keeps first-seen dates, and drops only what the scan could show to be gone."""
    known = baseline.by_fingerprint()
    seen = {finding.fingerprint: finding for finding in audit.findings}
    added = tuple(_entry(finding, audit) for print_, finding in seen.items() if print_ not in known)
    kept = tuple(entry for entry in baseline.entries if entry.fingerprint in seen)
    missing = [entry for entry in baseline.entries if entry.fingerprint not in seen]
    dropped = tuple(entry for entry in missing if absence_shown(audit, rule=entry.rule, scenario=entry.scenario))
    gone = {entry.fingerprint for entry in dropped}
    not_seen = tuple(entry for entry in missing if entry.fingerprint not in gone)
    return BaselineUpdate(
        baseline=Baseline(entries=(*kept, *not_seen, *added)),
        added=added,
        dropped=dropped,
        kept=kept,
        not_seen=not_seen,
    )


def absence_shown(audit: Audit, *, rule: str, scenario: str) -> bool:
    """True where "not seen" may be read as "gone": asked, decided, enough coverage and enough runs."""
    if not audit.coverage.enough or audit.scan.runs < RUNS_FOR_ABSENCE:
        return False
    played = {state_of(visit.scenario, audit.visits) for visit in audit.visits} | {v.scenario for v in audit.visits}
    if scenario not in (ANY, *played):
        return False

    def about(state: str | None) -> bool:
        return ANY in (scenario, state) or state in (scenario, None)

    if any(entry.rule == rule and about(entry.scenario) for entry in audit.undecided):
        return False
    judged = [verdict.kind for verdict in audit.verdicts if verdict.rule == rule and about(verdict.scenario)]
    return bool(judged) and VerdictKind.UNDECIDED not in judged


def _entry(finding: Finding, audit: Audit) -> BaselineEntry:
    return BaselineEntry(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        severity=finding.severity,
        site=finding.site,
        subject=f"{finding.subject.kind} {finding.subject.name} ({finding.subject.domain})",
        scenario=finding.scenario,
        first_seen=audit.judged_at.date(),
        scan=audit.scan.id,
    )
