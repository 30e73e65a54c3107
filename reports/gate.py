"""The gate: the one place where an audit becomes an exit code, with the sentence that says why."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from enum import StrEnum

from pydantic import field_validator

from classifiers.base import Party
from classifiers.findings import Audit, Confidence, DeclaredState, Finding, Item, Outcome, Severity, VerdictKind
from classifiers.rules import RULES
from classifiers.states import ANY, state_of
from crawler.observations import Record, StorageArea
from crawler.visits import VisitStatus
from reports.baseline import Baseline
from reports.exit_codes import ExitCode as ExitCode  # part of what the gate says
from reports.standing import Standing, standings
from reports.waivers import Waiver

MOST_REASONS = 3
"""Told in the sentence; the result has them all."""


class GateMode(StrEnum):
    NEW = "new"
    """Findings that are not in the baseline."""
    ALL = "all"
    INVENTORY = "inventory"
    """Anything that is not in the lock file, whatever the rules say of it."""


class GatePolicy(Record):
    threshold: Severity = Severity.HIGH
    mode: GateMode = GateMode.ALL
    reviews: bool = False
    """Fail on `review` findings too, whose meaning needs a person."""
    weak: bool = False
    """Fail on weak findings too."""
    intermittent: tuple[str, ...] = ()
    """Rules whose findings count though not every run showed them, and though that alone makes their evidence weak;
    critical ones always do."""

    @field_validator("intermittent")
    @classmethod
    def _rules_there_are(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return known_rules(ids)


def known_rules(ids: Sequence[str]) -> tuple[str, ...]:
    """The ids as they are. Raises ValueError for one that no rule has."""
    known = [rule.id for rule in RULES]
    for name in ids:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise ValueError(f"{name!r} is not a rule{hint}; `consentinel rules` lists them")
    return tuple(ids)


class Spared(Record):
    """A finding that does not fail the gate, and why not."""

    finding: Finding
    why: str


class GateResult(Record):
    exit_code: int
    sentence: str
    policy: GatePolicy
    failing: tuple[Finding, ...] = ()
    """Worst first."""
    unlisted: tuple[Item, ...] = ()
    """Mode `inventory`: items that are in no lock file."""
    spared: tuple[Spared, ...] = ()
    blind: tuple[str, ...] = ()
    """Why too little was seen to say; empty: enough was."""
    not_asked: tuple[str, ...] = ()
    """Rules that need a scenario this scan was not asked to play: the gate says nothing about them."""

    @property
    def passed(self) -> bool:
        return self.exit_code == ExitCode.PASSED


def gate(
    audit: Audit,
    *,
    threshold: Severity = Severity.HIGH,
    mode: GateMode = GateMode.ALL,
    policy: GatePolicy | None = None,
    baseline: Baseline | None = None,
    waivers: Sequence[Waiver] = (),
) -> GateResult:
    """Findings win over incompleteness, and incompleteness over a pass. `policy` replaces threshold and mode."""
    policy = policy or GatePolicy(threshold=threshold, mode=mode)
    failing: list[Finding] = []
    spared: list[Spared] = []
    for standing in standings(audit, baseline=baseline, waivers=waivers):
        why = _spare(standing, policy)
        if why is None:
            failing.append(standing.finding)
        else:
            spared.append(Spared(finding=standing.finding, why=why))
    failing.sort(key=lambda finding: (-finding.severity.rank, finding.rule, finding.fingerprint))
    unlisted = tuple(item for item in audit.items if _unlisted(item)) if policy.mode is GateMode.INVENTORY else ()
    blind = blind_spots(audit)
    if failing or unlisted:
        code = ExitCode.FINDINGS
    elif blind:
        code = ExitCode.TOO_LITTLE_SEEN
    else:
        code = ExitCode.PASSED
    return GateResult(
        exit_code=int(code),
        sentence=_sentence(code, audit, policy, failing, unlisted, spared, blind, baseline),
        policy=policy,
        failing=tuple(failing),
        unlisted=unlisted,
        spared=tuple(spared),
        blind=blind,
        not_asked=_not_asked(audit),
    )


def _spare(standing: Standing, policy: GatePolicy) -> str | None:
    """Why a finding does not fail the gate; None: it does. Cheapest reason to act on first."""
    finding = standing.finding
    if policy.mode is GateMode.INVENTORY:
        return "the gate looks at the inventory only"
    if finding.outcome is Outcome.INFORMATIONAL:
        return "informational"
    if finding.severity.rank < policy.threshold.rank:
        return f"below {policy.threshold}"
    if standing.waiver is not None:
        return f"waived until {standing.waiver.expires} by {standing.waiver.owner}"
    if policy.mode is GateMode.NEW and standing.known is not None:
        return f"known since {standing.known.first_seen}"
    if finding.outcome is Outcome.REVIEW and not policy.reviews:
        return "needs a person's review"
    if finding.severity is Severity.CRITICAL:  # one capture of a critical event is enough
        return None
    if standing.intermittent:  # who lets a rule's intermittent findings count has weighed how weak they are
        named = finding.rule in policy.intermittent
        return None if named else f"seen in {finding.seen_in_runs} of {finding.runs} runs only"
    if finding.confidence is Confidence.WEAK and not policy.weak:
        return "weak evidence"
    return None


_LISTABLE = {"cookie", "request", "beacon", *StorageArea}


def _unlisted(item: Item) -> bool:
    """A first party's own requests are its pages, and no lock file lists behaviour; all else must be there."""
    if item.kind not in _LISTABLE:
        return False
    own = item.kind == "request" and item.party is not Party.THIRD
    return item.declared is not DeclaredState.ITEM and not own


def blind_spots(audit: Audit) -> tuple[str, ...]:
    """Every reason why the absence of findings may not be read as a pass."""
    coverage = audit.coverage
    reasons: list[str] = []
    if not coverage.enough:
        reasons.extend(coverage.why_not or ("coverage was below what is needed",))
    seen = [visit for visit in audit.visits if visit.status is not VisitStatus.FAILED]
    if coverage.pages_seen == 0 or not seen:
        reasons.append("no page was seen")
    if not audit.verdicts:
        reasons.append("no rule was judged")
    played = {visit.scenario for visit in seen}
    reasons.extend(
        f'the scenario "{name}" was asked for, but no visit of it was seen'
        for name in audit.scan.scenarios
        if name not in played
    )
    reasons.extend(
        f'the entry page {visit.url} was not seen under "{visit.scenario}"'
        for visit in audit.visits
        if visit.entry and visit.status is VisitStatus.FAILED
    )
    undecided = _undecided_rules(audit, asked=True)
    if undecided:
        reasons.append(f"{_count(len(undecided), 'rule')} could not be decided ({_some(undecided)})")
    return tuple(dict.fromkeys(reason.rstrip(". ") for reason in reasons))


def _undecided_rules(audit: Audit, *, asked: bool) -> tuple[str, ...]:
    """Asked: about the whole scan, about a state that a scenario of this scan brings about, or about a visit of it."""
    names = audit.scan.scenarios
    states = {None, ANY, *names, *(state_of(name, audit.visits) for name in names)}
    rows = [(entry.rule, entry.visit is not None or entry.scenario in states) for entry in audit.undecided]
    rows += [(row.rule, row.scenario in states) for row in audit.verdicts if row.kind is VerdictKind.UNDECIDED]
    blocking = {rule for rule, mine in rows if mine}
    return tuple(sorted(blocking if asked else {rule for rule, _ in rows} - blocking))


def _not_asked(audit: Audit) -> tuple[str, ...]:
    return _undecided_rules(audit, asked=False)


def _sentence(
    code: ExitCode,
    audit: Audit,
    policy: GatePolicy,
    failing: Sequence[Finding],
    unlisted: Sequence[Item],
    spared: Sequence[Spared],
    blind: Sequence[str],
    baseline: Baseline | None,
) -> str:
    coverage = audit.coverage
    scope = (
        f"{coverage.pages_seen} of {_count(coverage.pages_asked, 'page')} under "
        f"{_count(len(audit.scan.scenarios), 'scenario')}"
    )
    parts: list[str] = []
    if failing:
        new = "new " if policy.mode is GateMode.NEW else ""
        worst = failing[0]
        parts.append(
            f"Failed: {_count(len(failing), f'{new}finding')} at or above {policy.threshold} on {scope}; the worst is "
            f"{worst.rule} ({worst.severity}), {worst.subject.name}."
        )
    if unlisted:
        names = _some([item.name for item in unlisted])
        parts.append(f"Failed: {_count(len(unlisted), 'item')} in no lock file on {scope} ({names}).")
    if blind:
        lead = "Besides, too little" if parts else "Undecided: too little"
        parts.append(f"{lead} was seen to say{' more' if parts else ''}: {_some(blind, MOST_REASONS, between='; ')}.")
    if code is ExitCode.PASSED and policy.mode is GateMode.INVENTORY:
        parts.append(f"Passed: every item observed on {scope} is in the lock file.")
    elif code is ExitCode.PASSED:
        new = "new " if policy.mode is GateMode.NEW else ""
        parts.append(f"Passed: no {new}finding at or above {policy.threshold} was observed on {scope}.")
    if policy.mode is GateMode.NEW and baseline is None:
        parts.append("No baseline was given, so every finding counts as new.")
    heavy = [row for row in spared if row.finding.severity.rank >= policy.threshold.rank]
    held = [row for row in heavy if row.finding.outcome is not Outcome.INFORMATIONAL]
    if held:
        reasons = _some(sorted({row.why for row in held}))
        parts.append(f"{_count(len(held), 'finding')} at that level did not count ({reasons}).")
    return " ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _some(names: Sequence[str], most: int = 4, *, between: str = ", ") -> str:
    shown = between.join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
