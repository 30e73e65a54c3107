"""What a scheduled scan shows that was not known before: a pure function of what is known and the new audit."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from classifiers.base import Party
from classifiers.findings import Finding, Item
from crawler.observations import Record
from reports.baseline import Baseline, BaselineEntry, update_baseline
from reports.differences import ChangeKind, Differences, ItemChange
from reports.differences import diff as differences
from reports.gate import ExitCode
from reports.to_json import Document

PASSING_NOISE = "seen "
"""Aspects of this beginning say where an item was met, which varies from scan to scan of itself."""


class Result(StrEnum):
    """How a scheduled scan ended."""

    PASSED = "passed"
    FINDINGS = "findings"
    TOO_LITTLE_SEEN = "too_little_seen"
    BROKEN = "broken"
    """No audit came of it: wrong configuration, no browser, or a fault of the program."""


RESULTS = {
    ExitCode.PASSED: Result.PASSED,
    ExitCode.FINDINGS: Result.FINDINGS,
    ExitCode.TOO_LITTLE_SEEN: Result.TOO_LITTLE_SEEN,
}


class Known(Record):
    """What was known of a scheduled scan before its next run."""

    result: Result | None = None
    """None: it never ran."""
    findings: Baseline = Baseline()
    """Findings that counted at the gate and were not shown to be gone."""
    items: tuple[str, ...] = ()


class ToldFinding(Record):
    rule: str
    severity: str
    observation: str
    fingerprint: str
    pages: tuple[str, ...] = ()
    caused_by: tuple[str, ...] = ()
    fix: str = ""


class ToldItem(Record):
    kind: str
    name: str
    domain: str
    introduced_by: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """`lifetime asked: session → 2 years`."""


class Change(Record):
    """What is told, and nothing else: a scan without news has an empty one."""

    scan: str
    """The scheduled scan's name."""
    run: str
    site: str
    at: datetime
    before: Result | None
    result: Result
    sentence: str
    new_findings: tuple[ToldFinding, ...] = ()
    gone_findings: tuple[str, ...] = ()
    new_items: tuple[ToldItem, ...] = ()
    changed_items: tuple[ToldItem, ...] = ()
    gone_items: tuple[ToldItem, ...] = ()

    @property
    def is_news(self) -> bool:
        """A first scan is news unless it passed: until then nothing was known, and silence would read as a pass."""
        other = self.result is not (self.before or Result.PASSED)
        return other or any(
            (self.new_findings, self.gone_findings, self.new_items, self.changed_items, self.gone_items)
        )


def broken(*, scan: str, run: str, site: str, at: datetime, known: Known, sentence: str) -> tuple[Change, Known]:
    change = Change(scan=scan, run=run, site=site, at=at, before=known.result, result=Result.BROKEN, sentence=sentence)
    return change, known.model_copy(update={"result": Result.BROKEN})


def compare(
    document: Document, previous: Document | None, *, scan: str, run: str, known: Known, inventory: bool
) -> tuple[Change, Known]:
    """`previous`: the last audit of the same scheduled scan, where there is one."""
    audit, gate = document.audit, document.gate
    listed = known.findings.by_fingerprint()
    counting = {finding.fingerprint for finding in gate.failing}
    relevant = [row for row in audit.findings if row.fingerprint in counting or row.fingerprint in listed]
    update = update_baseline(known.findings, audit.model_copy(update={"findings": tuple(relevant)}))
    added = {entry.fingerprint for entry in update.added}
    first = known.result is None
    moved = differences(previous.audit, audit) if previous is not None else None
    new, changed, gone = _items(moved, audit.items, known) if inventory and not first else ([], [], [])
    change = Change(
        scan=scan,
        run=run,
        site=audit.site,
        at=audit.judged_at,
        before=known.result,
        result=RESULTS[ExitCode(gate.exit_code)],
        sentence=gate.sentence,
        new_findings=tuple(_told(row) for row in gate.failing if row.fingerprint in added),
        gone_findings=tuple(_gone(entry) for entry in update.dropped),
        new_items=tuple(new),
        changed_items=tuple(changed),
        gone_items=tuple(gone),
    )
    left = {_key(row.item) for row in moved.of(ChangeKind.GONE)} if moved is not None else set()
    items = (set(known.items) - left) | {_key(item) for item in audit.items if _worth_knowing(item)}
    return change, Known(result=change.result, findings=update.baseline, items=tuple(sorted(items)))


def _items(
    moved: Differences | None, now: tuple[Item, ...], known: Known
) -> tuple[list[ToldItem], list[ToldItem], list[ToldItem]]:
    before = set(known.items)
    rows = [row for row in (moved.items if moved is not None else ()) if _worth_knowing(row.item)]
    by = {_key(row.item): row.introduced_by for row in rows if row.kind is ChangeKind.APPEARED}
    new = [
        _told_item(item, by=by.get(_key(item), ())) for item in now if _worth_knowing(item) and _key(item) not in before
    ]
    changed = [
        _told_item(row.item, by=row.introduced_by, aspects=aspects)
        for row in rows
        if row.kind is ChangeKind.CHANGED and (aspects := _aspects(row))
    ]
    gone = [_told_item(row.item) for row in rows if row.kind is ChangeKind.GONE and _key(row.item) in before]
    return new, changed, gone


def _worth_knowing(item: Item) -> bool:
    """A first party's own requests are its pages."""
    return item.kind != "request" or item.party is Party.THIRD


def _aspects(row: ItemChange) -> tuple[str, ...]:
    return tuple(
        f"{aspect.name}: {aspect.before} → {aspect.after}"
        for aspect in row.aspects
        if not aspect.name.startswith(PASSING_NOISE)
    )


def _key(item: Item) -> str:
    return f"{item.kind} {item.name} {item.domain}"


def _told(finding: Finding) -> ToldFinding:
    return ToldFinding(
        rule=finding.rule,
        severity=finding.severity.value,
        observation=finding.observation,
        fingerprint=finding.fingerprint,
        pages=finding.pages,
        caused_by=finding.blame,
        fix=finding.fix,
    )


def _gone(entry: BaselineEntry) -> str:
    return f"{entry.rule} {entry.subject}"


def _told_item(item: Item, *, by: tuple[str, ...] = (), aspects: tuple[str, ...] = ()) -> ToldItem:
    return ToldItem(kind=item.kind, name=item.name, domain=item.domain, introduced_by=by, changed=aspects)
