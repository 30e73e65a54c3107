"""How each finding stands: new or known, waived or not, as of the day the audit was judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase

from classifiers.findings import Audit, Finding
from classifiers.states import ANY, state_of
from crawler.observations import Record
from reports.baseline import Baseline, BaselineEntry
from reports.waivers import Waiver, WaiverMatch


class Standing(Record):
    finding: Finding
    known: BaselineEntry | None = None
    waiver: Waiver | None = None
    """In force."""
    expired: Waiver | None = None
    """Would cover it, had it not expired: the finding is back."""

    @property
    def intermittent(self) -> bool:
        return self.finding.seen_in_runs < self.finding.runs


class WaiverUse(Record):
    """A waiver and what it covers today."""

    waiver: Waiver
    expired: bool
    covers: int


def standings(
    audit: Audit, *, baseline: Baseline | None = None, waivers: Sequence[Waiver] = ()
) -> tuple[Standing, ...]:
    """In the audit's order. Pure: the day is the audit's own."""
    today = audit.judged_at.date()
    known = baseline.by_fingerprint() if baseline else {}
    by_rule: dict[str, list[Waiver]] = defaultdict(list)
    for waiver in waivers:
        by_rule[waiver.rule].append(waiver)
    rows: list[Standing] = []
    for finding in audit.findings:
        covering = [waiver for waiver in by_rule[finding.rule] if waiver.covers(finding)]
        force = next((waiver for waiver in covering if not waiver.expired(today)), None)
        lapsed = next((waiver for waiver in covering if waiver.expired(today)), None)
        rows.append(
            Standing(
                finding=finding,
                known=known.get(finding.fingerprint),
                waiver=force,
                expired=lapsed if force is None else None,
            )
        )
    return tuple(rows)


def waiver_uses(audit: Audit, waivers: Sequence[Waiver]) -> tuple[WaiverUse, ...]:
    today = audit.judged_at.date()
    return tuple(
        WaiverUse(
            waiver=waiver,
            expired=waiver.expired(today),
            covers=sum(waiver.covers(finding) for finding in audit.findings),
        )
        for waiver in waivers
    )


def waivers_told(audit: Audit, waivers: Sequence[Waiver]) -> tuple[str, ...]:
    """A sentence for each waiver, in force or expired: a report that shows fewer findings says who answers for that."""
    return tuple(_told(use) for use in waiver_uses(audit, waivers))


def _told(use: WaiverUse) -> str:
    waiver, covers = use.waiver, f"{use.covers} finding{'' if use.covers == 1 else 's'}"
    counts = "counts" if use.covers == 1 else "count"
    who = f"{waiver.owner} ({waiver.ticket}): {waiver.reason}"
    if use.expired:
        return f"The waiver of {waiver.rule} expired on {waiver.expires}, so {covers} {counts} again. {who}"
    return f"{waiver.rule} is waived until {waiver.expires} for {covers}. {who}"


def stale_waivers(audit: Audit, waivers: Sequence[Waiver]) -> tuple[str, ...]:
    """Sentences with file:line for waivers in force that cover nothing although their rule was decided here."""
    undecided = {entry.rule for entry in audit.undecided}
    states = {ANY, *audit.scan.scenarios, *(state_of(name, audit.visits) for name in audit.scan.scenarios)}

    def is_meant_for_this(match: WaiverMatch) -> bool:
        here = match.site is None or fnmatchcase(audit.site, match.site)
        return here and (match.scenario is None or any(fnmatchcase(state, match.scenario) for state in states))

    return tuple(
        f"{use.waiver.source}: match: this waiver of {use.waiver.rule} covers no finding of {audit.site}; remove it, "
        "or say in `site` where it belongs"
        for use in waiver_uses(audit, waivers)
        if not use.expired
        and use.covers == 0
        and audit.coverage.enough
        and use.waiver.rule not in undecided
        and is_meant_for_this(use.waiver.match)
    )
