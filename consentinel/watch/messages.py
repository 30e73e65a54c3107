"""A change in words, for people and machines. Observations only; names from sites are made harmless."""

from __future__ import annotations

from collections.abc import Iterator

from consentinel.watch.changes import Change, Result, ToldFinding, ToldItem
from crawler.observations import Record
from reports.neutral import shorten, visible

MOST = 10
"""Lines of one kind; the report has them all."""
LONGEST = 400
TITLES = {
    Result.PASSED: "passed",
    Result.FINDINGS: "findings",
    Result.TOO_LITTLE_SEEN: "undecided, too little was seen",
    Result.BROKEN: "the scan could not be made",
}


class Message(Record):
    title: str
    body: str
    """Plain text, a line per fact."""
    change: Change


def message_of(change: Change, *, report: str) -> Message:
    """`report`: where the full report of the run lies."""
    was = f" (before: {TITLES[change.before]})" if change.before not in (None, change.result) else ""
    title = f"Consentinel: {visible(change.site)}: {TITLES[change.result]}{was}"
    return Message(title=title, body="\n".join(_lines(change, report)), change=change)


def _lines(change: Change, report: str) -> Iterator[str]:
    yield shorten(visible(change.sentence), LONGEST)
    yield from _part("New findings", [_finding(row) for row in change.new_findings])
    yield from _part("Findings that were shown to be gone", [visible(row) for row in change.gone_findings])
    yield from _part("New on the site", [_item(row) for row in change.new_items])
    yield from _part("Changed on the site", [_item(row) for row in change.changed_items])
    yield from _part("Gone from the site", [_item(row) for row in change.gone_items])
    yield ""
    yield f'Scheduled scan "{change.scan}", run {change.run}, {change.at:%Y-%m-%d %H:%M} UTC. Report: {report}'


def _part(heading: str, rows: list[str]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"{heading} ({len(rows)}):"
    yield from (f"- {shorten(row, LONGEST)}" for row in rows[:MOST])
    if len(rows) > MOST:
        yield f"- and {len(rows) - MOST} more"


def _finding(row: ToldFinding) -> str:
    by = f" Caused by {visible(row.caused_by[-1])}." if row.caused_by else ""
    return f"[{row.severity}] {row.rule} {visible(row.observation)}{by}"


def _item(row: ToldItem) -> str:
    aspects = f": {'; '.join(visible(aspect) for aspect in row.changed)}" if row.changed else ""
    by = f", by {visible(row.introduced_by[-1])}" if row.introduced_by else ""
    return f"{row.kind} {visible(row.name)} of {visible(row.domain)}{by}{aspects}"
