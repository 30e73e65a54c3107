"""What a person sees on the terminal after an audit, and what a machine gets instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from classifiers.findings import Audit, Coverage, Finding, Outcome, Severity, Undecided
from classifiers.recipe_text import recipe_for
from classifiers.states import ANY
from crawler.observations import Record
from crawler.visits import ChoiceStatus, VisitStatus
from reports.gate import ExitCode, GateResult
from reports.neutral import shorten

MOST_REASONS = 2
LONGEST_REASON = 150
MOST_RULES = 10
MOST_SUBJECTS = 3
MOST_UNDECIDED = 6
RESULTS = {
    ExitCode.PASSED: ("passed", "PASSED"),
    ExitCode.FINDINGS: ("failed", "FINDINGS"),
    ExitCode.TOO_LITTLE_SEEN: ("undecided", "TOO LITTLE SEEN"),
}


class AuditOutcome(Record):
    """The result in one piece; `--json` prints it."""

    exit_code: int
    sentence: str
    site: str
    scan: str
    store: Path
    reports: dict[str, Path]
    coverage: Coverage
    gate: GateResult
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]

    @classmethod
    def of(cls, audit: Audit, *, gate: GateResult, store: Path, reports: dict[str, Path]) -> AuditOutcome:
        return cls(
            exit_code=gate.exit_code,
            sentence=gate.sentence,
            site=audit.site,
            scan=audit.scan.id,
            store=store,
            reports=reports,
            coverage=audit.coverage,
            gate=gate,
            findings=audit.findings,
            undecided=audit.undecided,
        )


def print_summary(console: Console, audit: Audit, outcome: AuditOutcome) -> None:
    style, word = RESULTS[ExitCode(outcome.exit_code)]
    console.print()
    title = f" {word} · {escape(audit.site)} "
    console.print(Panel(escape(_short(outcome.gate)), title=title, title_align="left", border_style=style))
    for line in _coverage(audit):
        console.print(Padding(line, (0, 0, 0, 2)))
    if findings := [finding for finding in audit.findings if finding.outcome is not Outcome.INFORMATIONAL]:
        console.print()
        console.print(_findings_table(findings))
    _print_problems(console, audit)
    _print_advice(console, audit)
    _print_undecided(console, audit)
    _print_files(console, outcome)


def _short(gate: GateResult) -> str:
    """The gate's sentence with the first reasons only: the others stand below it, and all in the report."""
    if (more := len(gate.blind) - MOST_REASONS) <= 0:
        return gate.sentence
    shown = "; ".join([*gate.blind[:MOST_REASONS], f"and {more} more reasons"])
    return gate.sentence.replace("; ".join(gate.blind), shown)


def _coverage(audit: Audit) -> tuple[str, str]:
    seen = audit.coverage
    severities = Counter(finding.severity for finding in audit.findings if finding.outcome is not Outcome.INFORMATIONAL)
    limits = sum(finding.outcome is Outcome.INFORMATIONAL for finding in audit.findings)
    counts = ", ".join(f"[{level}]{severities[level]} {level}[/]" for level in reversed(Severity) if severities[level])
    visits = [f"{seen.visits_complete} complete"]
    visits += [f"[undecided]{seen.visits_partial} partial[/]"] if seen.visits_partial else []
    visits += [f"[failed]{seen.visits_failed} failed[/]"] if seen.visits_failed else []
    return (
        f"{seen.pages_seen} of {seen.pages_asked} pages seen · {seen.visits_asked} visits ({', '.join(visits)})"
        f" · {audit.scan.ledger()}",
        f"findings: {counts or 'none'} [quiet]· {limits} statements of limits in the report[/]",
    )


def _findings_table(findings: Iterable[Finding]) -> Table:
    """By rule, worst first: a rule that met twenty cookies is one thing to understand, not twenty."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    by_rule: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: (-finding.severity.rank, finding.rule, finding.fingerprint)):
        by_rule.setdefault(finding.rule, []).append(finding)
    for rule, found in list(by_rule.items())[:MOST_RULES]:
        level = found[0].severity
        subjects = [_subject(finding) for finding in found]
        shown = subjects[:MOST_SUBJECTS] + (
            [f"and {len(found) - MOST_SUBJECTS} more"] if len(found) > MOST_SUBJECTS else []
        )
        lines = [f"[bold]{escape(found[0].title)}[/] [quiet]({len(found)})[/]", *(f"  {subject}" for subject in shown)]
        table.add_row(f"  [{level}]{level}[/]", rule, "\n".join(lines))
    if (more := len(by_rule) - MOST_RULES) > 0:
        table.add_row("", "", f"[quiet]and findings of {more} more rules in the report[/]")
    return table


def _subject(finding: Finding) -> str:
    subject = finding.subject
    kind = subject.kind.replace("_", " ")
    what = f"all {_plural(kind)}" if subject.name == "*" else f"{kind} {escape(subject.name)}"
    details = [escape(subject.vendor or subject.entity or subject.domain)]
    details += [escape(finding.scenario)] if finding.scenario != ANY else []
    details += [f"{len(finding.pages)} pages"] if len(finding.pages) > 1 else []
    doubt = " [undecided]for a person to judge[/]" if finding.outcome is Outcome.REVIEW else ""
    return f"{what} [quiet]· {' · '.join(details)}[/]{doubt}"


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def _print_problems(console: Console, audit: Audit) -> None:
    """Pages that were not seen, each once, with the reason a person can act on."""
    failed = [visit for visit in audit.visits if visit.status is VisitStatus.FAILED]
    told = dict.fromkeys((visit.url, problem.message) for visit in failed for problem in visit.problems[:1])
    if not told:
        return
    console.print()
    console.print("  [failed]Not seen[/]")
    for url, message in list(told)[:MOST_UNDECIDED]:
        sentence = message if url in message else f"{url}: {message}"
        console.print(Padding(escape(sentence), (0, 0, 0, 4)))


def _print_advice(console: Console, audit: Audit) -> None:
    """What to do where no choice could be made at all: the commonest reason for an audit that decides little."""
    tried = [choice for visit in audit.visits for choice in visit.choices]
    offered = any(choice.status is not ChoiceStatus.NOT_OFFERED for choice in tried)
    if not tried or offered or any(visit.interfaces for visit in audit.visits):
        return
    console.print()
    console.print("  [undecided]No consent interface was recognised on any visit[/]")
    lines = (
        "If the site has none, ask only for what can be seen without a choice: --scenarios silent",
        f"If it has one, name its controls: {recipe_for(tried[0].wanted)}",
    )
    for line in lines:
        console.print(Padding(escape(line), (0, 0, 0, 4)))


def _print_undecided(console: Console, audit: Audit) -> None:
    """By reason. Visits that failed are told already, and scenarios that nobody asked for are one line."""
    failed = {visit.id for visit in audit.visits if visit.status is VisitStatus.FAILED}
    asked = {None, ANY, *audit.scan.scenarios}
    reasons: dict[str, set[str]] = {}
    not_asked: dict[str, set[str]] = {}
    for row in audit.undecided:
        if row.visit not in failed:
            where = (reasons, row.why) if row.scenario in asked else (not_asked, row.scenario or "")
            where[0].setdefault(where[1], set()).add(row.rule)
    if reasons or not_asked:
        console.print()
        console.print("  [undecided]Undecided[/] [quiet](neither pass nor fail)[/]")
    ordered = sorted(reasons.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    for why, rules in ordered[:MOST_UNDECIDED]:
        console.print(Padding(f"{escape(shorten(why, LONGEST_REASON))} [quiet]{_some(sorted(rules))}[/]", (0, 0, 0, 4)))
    if (more := len(ordered) - MOST_UNDECIDED) > 0:
        console.print(Padding(f"[quiet]and {more} more reasons in the report[/]", (0, 0, 0, 4)))
    if not_asked:
        need_them = sorted(set().union(*not_asked.values()))
        line = f"Scenarios not asked for: {', '.join(sorted(not_asked))}. [quiet]{_some(need_them)}[/]"
        console.print(Padding(line, (0, 0, 0, 4)))


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _print_files(console: Console, outcome: AuditOutcome) -> None:
    """Unwrapped, so that a terminal makes each path one link."""
    console.print()
    for name, path in (*outcome.reports.items(), ("scan", outcome.store)):
        console.print(f"  {name:<9} [place]{escape(str(path))}[/]", soft_wrap=True)
