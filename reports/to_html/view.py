"""Everything the HTML template shows, computed from the audit and its context."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from classifiers.findings import Audit, Outcome, Severity, VerdictKind
from crawler.visits import Visit, VisitStatus
from reports.context import Context
from reports.differences import ChangeKind, ItemChange
from reports.gate import ExitCode, GateResult
from reports.standing import WaiverUse, standings, waiver_uses
from reports.to_html.cards import Card, cards
from reports.to_html.consents import MOST_CONSENT_RECORDS, ConsentRecord, asked, consent_records
from reports.to_html.first_look import FirstLook, first_look
from reports.to_html.inventory import (
    DeclaredGroup,
    InventoryTable,
    ThirdParty,
    declared_groups,
    inventory,
    third_parties,
)
from reports.to_html.limits import (
    ABOUT_THE_SCAN,
    DeadChannel,
    OpenQuestion,
    Trouble,
    dead_channels,
    open_questions,
    silent_channels,
    troubles,
)
from reports.to_html.lookup import Lookup
from reports.to_html.matrix import Matrix, matrix
from reports.to_html.tags import PlanView, plan_view
from reports.to_html.timeline import ALL_ROWS, FEWEST_ROWS, MOST_ROWS, Timeline, timeline
from reports.to_html.words import count, moment

MOST_PAGES = 60
_STATES = {
    ExitCode.PASSED: ("passed", "Passed"),
    ExitCode.FINDINGS: ("failed", "Findings"),
    ExitCode.TOO_LITTLE_SEEN: ("undecided", "Undecided"),
}


@dataclass(frozen=True)
class PageTimelines:
    url: str
    title: str
    timelines: tuple[Timeline, ...]
    opened: bool
    """Shown unasked: the page with the most of it."""
    open_count: int
    """The most items, of purposes that ask for consent, that one visit showed without an acceptance."""


@dataclass(frozen=True)
class VerdictCount:
    kind: str
    title: str
    number: int


@dataclass(frozen=True)
class View:
    audit: Audit
    context: Context
    gate: GateResult
    state: str
    state_title: str
    paragraph: str
    looks: tuple[FirstLook, ...]
    severities: tuple[tuple[str, int], ...]
    verdicts: tuple[VerdictCount, ...]
    questions: tuple[OpenQuestion, ...]
    troubles: tuple[Trouble, ...]
    channels: tuple[DeadChannel, ...]
    silent_channels: tuple[DeadChannel, ...]
    statements: tuple[Card, ...]
    """What the scan says of its own limits; each is among the cards as well."""
    matrix: Matrix
    pages: tuple[PageTimelines, ...]
    cards: tuple[Card, ...]
    tables: tuple[InventoryTable, ...]
    parties: tuple[ThirdParty, ...]
    declared: tuple[DeclaredGroup, ...]
    consent_records: tuple[ConsentRecord, ...]
    more_consent_records: int
    changes: tuple[tuple[str, tuple[ItemChange, ...]], ...]
    waivers: tuple[WaiverUse, ...]
    started: str
    judged: str
    vantage: tuple[tuple[str, str], ...]
    most_pages: int = MOST_PAGES
    plan: PlanView | None = None


def view(audit: Audit, context: Context) -> View:
    lookup = Lookup(audit)
    gate = context.gate(audit)
    rows = standings(audit, baseline=context.baseline, waivers=context.waivers)
    deck = cards(audit, rows, gate, context, lookup)
    tables = inventory(audit, lookup)
    parties = third_parties(audit)
    state, state_title = _STATES[ExitCode(gate.exit_code)]
    return View(
        audit=audit,
        context=context,
        gate=gate,
        state=state,
        state_title=state_title,
        paragraph=_paragraph(audit, tables, parties),
        looks=first_look(deck, audit),
        severities=_severities(audit),
        verdicts=_verdicts(audit),
        questions=open_questions(audit),
        troubles=troubles(audit),
        channels=dead_channels(audit),
        silent_channels=silent_channels(audit),
        statements=tuple(card for card in deck if card.finding.rule.startswith(ABOUT_THE_SCAN)),
        matrix=matrix(audit, lookup),
        pages=_pages(audit, lookup),
        cards=deck,
        tables=tables,
        parties=parties,
        declared=declared_groups(tables),
        consent_records=tuple(consent_records(audit, context)),
        more_consent_records=max(len(asked(audit)) - MOST_CONSENT_RECORDS, 0),
        changes=_changes(context),
        waivers=waiver_uses(audit, context.waivers),
        started=moment(audit.scan.started),
        judged=moment(audit.judged_at),
        vantage=_vantage(audit),
        plan=plan_view(audit),
    )


def _vantage(audit: Audit) -> tuple[tuple[str, str], ...]:
    """From where and as whom the site was looked at, as far as the scan was told to."""
    settings = {setting.name: setting.value for setting in audit.scan.settings}
    names = {"browser.locale": "language", "browser.timezone": "time zone", "browser.proxy": "through"}
    return tuple((title, settings[name]) for name, title in names.items() if settings.get(name))


def _paragraph(audit: Audit, tables: tuple[InventoryTable, ...], parties: tuple[ThirdParty, ...]) -> str:
    coverage = audit.coverage
    numbers = {table.anchor: len(table.rows) for table in tables}
    scenarios = f"{count(len(audit.scan.scenarios), 'scenario')} ({', '.join(audit.scan.scenarios)})"
    runs = count(audit.scan.runs, "run")
    were = "was" if coverage.pages_asked == 1 else "were"
    return (
        f"{coverage.pages_seen:,} of {count(coverage.pages_asked, 'page')} of {audit.site} {were} seen in a real "
        f"browser ({audit.scan.browser}) under {scenarios}, {runs} each, "
        f"from {moment(audit.scan.started)}. Observed: {count(numbers.get('inv-cookies', 0), 'cookie')}, "
        f"{count(numbers.get('inv-storage', 0), 'storage entry', 'storage entries')}, "
        f"{count(numbers.get('inv-beacons', 0), 'beacon target')} and "
        f"{count(len(parties), 'outside party', 'outside parties')}."
    )


def _severities(audit: Audit) -> tuple[tuple[str, int], ...]:
    counts: dict[Severity, int] = defaultdict(int)
    for finding in audit.findings:
        if finding.outcome is not Outcome.INFORMATIONAL:
            counts[finding.severity] += 1
    return tuple((severity.value, counts[severity]) for severity in reversed(Severity) if counts[severity])


def _verdicts(audit: Audit) -> tuple[VerdictCount, ...]:
    titles = {
        VerdictKind.FAIL: "failed",
        VerdictKind.REVIEW: "for review",
        VerdictKind.UNDECIDED: "undecided",
        VerdictKind.PASS: "passed",
        VerdictKind.NOT_APPLICABLE: "not applicable",
    }
    return tuple(
        VerdictCount(kind=kind.value, title=title, number=sum(row.kind is kind for row in audit.verdicts))
        for kind, title in titles.items()
    )


def _pages(audit: Audit, lookup: Lookup) -> tuple[PageTimelines, ...]:
    """Every page once, its scenarios in the order asked, run 1 (or the first that was seen)."""
    by_page: dict[str, dict[str, Visit]] = defaultdict(dict)
    for visit in sorted(audit.visits, key=lambda visit: (visit.status is VisitStatus.FAILED, visit.run)):
        by_page[visit.url].setdefault(visit.scenario, visit)
    order = {name: number for number, name in enumerate(audit.scan.scenarios)}
    most_rows = min(max(ALL_ROWS // max(len(audit.visits), 1), FEWEST_ROWS), MOST_ROWS)
    pages: list[PageTimelines] = []
    for url, visits in by_page.items():
        ranked = sorted(visits.values(), key=lambda visit: order.get(visit.scenario, len(order)))
        drawn = tuple(timeline(visit, lookup, most_rows=most_rows) for visit in ranked)
        title = next((visit.title for visit in ranked if visit.title), "")
        most = max(line.open_count for line in drawn)
        pages.append(PageTimelines(url=url, title=title, timelines=drawn, opened=False, open_count=most))
    first = {visit.url: number for number, visit in enumerate(audit.visits)}
    entries = {visit.url for visit in audit.visits if visit.entry}
    pages.sort(key=lambda page: (page.url not in entries, first[page.url]))
    worst = max(pages[:MOST_PAGES], key=lambda page: page.open_count, default=None)
    return tuple(replace(page, opened=page is worst) for page in pages)


def _changes(context: Context) -> tuple[tuple[str, tuple[ItemChange, ...]], ...]:
    if context.change is None:
        return ()
    titles = {
        ChangeKind.APPEARED: "Appeared",
        ChangeKind.CHANGED: "Changed",
        ChangeKind.GONE: "Gone",
        ChangeKind.NOT_SEEN: "Not seen this time (absence not shown)",
    }
    return tuple((title, context.change.of(kind)) for kind, title in titles.items())
