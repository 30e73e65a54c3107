"""`consentinel tags`: what should fire, held against what did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from classifiers.findings import Severity
from classifiers.tagplan.draft import draft
from classifiers.tagplan.reading import read_plan
from classifiers.tagplan.records import Grid, GridCell, LayerEntry, TagHit, TagStep
from classifiers.vendors import Catalogue
from consentinel import options
from consentinel.config import Configuration, ConfigurationError, configured, overridden
from consentinel.judging import Yardstick, read_yardstick
from consentinel.options import listed
from consentinel.summary import AuditOutcome, print_summary
from consentinel.tag_checking import check as checked
from consentinel.tag_checking import read_recorded, steps_recorded
from consentinel.terminal import out, set_up_logging
from consentinel.writing import reporters, write_reports
from reports.gate import ExitCode

app = typer.Typer(help="What should fire, held against what did: tag plans.", no_args_is_help=True)

Plan = Annotated[Path, typer.Argument(metavar="PLAN", help="The tag plan (YAML).")]
Recording = Annotated[
    Path,
    typer.Argument(metavar="STORE|HAR", help="A stored scan (scan.sqlite or its folder), or a HAR of any browser."),
]
Told = Annotated[
    str | None,
    typer.Option("--scenario", metavar="NAME", help="For a HAR: the consent in force, such as silent, accept, reject."),
]
Environment = Annotated[
    str | None, typer.Option("--environment", metavar="NAME", help="Whose accounts are allowed; otherwise by address.")
]


@app.callback()
def _tags() -> None:
    """What should fire, held against what did: tag plans."""


@app.command()
def check(
    plan: Plan,
    recording: Recording,
    environment: Environment = None,
    scenario: Told = None,
    scan: options.ScanId = None,
    threshold: options.Threshold = None,
    mode: options.Gate = None,
    baseline: options.Baseline = None,
    waivers: options.Waivers = None,
    formats: options.Formats = None,
    output: options.Output = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Judge a scan or a HAR by a tag plan. Findings from `medium` on make the exit code 1, unless
    `--threshold` or `gate.threshold` of the configuration says otherwise.

    Reports are written where `--output` says; the matrix and every hit are in the HTML one.
    """
    set_up_logging(verbose)
    configuration = configured(config, top={"catalogue": catalogue, "formats": listed(formats)})
    if threshold is None and "threshold" not in configuration.gate.model_fields_set:
        threshold = Severity.MEDIUM  # what marketers plan is seldom graver
    gate = {"threshold": threshold, "mode": mode, "baseline": baseline, "waivers": waivers}
    yardstick = _yardstick(overridden(configuration, flags=gate, section="gate"))
    read = read_plan(plan, catalogue=yardstick.catalogue)
    recorded = read_recorded(recording, scan_id=scan, scenario=scenario)
    chosen = reporters(configuration.formats)
    judged, context = checked(recorded, read, yardstick, environment=environment)
    written = write_reports(judged, context=context, chosen=chosen, folder=output) if output else {}
    outcome = AuditOutcome.of(judged, gate=context.gate(judged), store=recording, reports=written)
    if as_json:
        sys.stdout.write(outcome.model_dump_json(indent=2) + "\n")
    else:
        print_summary(out, judged, outcome)
        if not written:
            out.print("  [quiet]--output DIR writes the reports: the matrix, every hit step by step, the data layer[/]")
    raise typer.Exit(outcome.exit_code)


@app.command("list")
def list_(
    plan: Plan,
    recording: Recording,
    environment: Environment = None,
    scenario: Told = None,
    hits: Annotated[bool, typer.Option("--hits", help="Also every hit, step by step.")] = False,
    scan: options.ScanId = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Print plan × observed: each planned tag, and each that is in no plan, under each consent scenario.

    Ends with 0 whatever it shows; `tags check` tells the result.
    """
    configuration = configured(config, top={"catalogue": catalogue})
    yardstick = _yardstick(configuration)
    read = read_plan(plan, catalogue=yardstick.catalogue)
    recorded = read_recorded(recording, scan_id=scan, scenario=scenario)
    judged, _ = checked(recorded, read, yardstick, environment=environment)
    assert judged.tags is not None, "there is a plan"
    if as_json:
        sys.stdout.write(judged.tags.model_dump_json(indent=2) + "\n")
        return
    out.print(_matrix(judged.tags.grid))
    for step in judged.tags.steps if hits else ():
        _print_hits(step)


@app.command()
def init(
    recording: Recording,
    file: Annotated[
        Path, typer.Option("--file", "-f", metavar="FILE", help="Where to write it; `-`: print it.")
    ] = Path("tagplan.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    scenario: Told = None,
    scan: options.ScanId = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
) -> None:
    """Draft a tag plan from what a scan or a HAR shows. It says what was seen, not what is right."""
    configuration = configured(config, top={"catalogue": catalogue})
    known = Catalogue.load(*configuration.catalogue)
    recorded = read_recorded(recording, scan_id=scan, scenario=scenario)
    try:
        text = draft(steps_recorded(recorded, known))
    except ValueError as error:
        raise ConfigurationError([f"{recording}: {error}"]) from error
    if str(file) == "-":
        sys.stdout.write(text)
        return
    if file.exists() and not force:
        raise ConfigurationError([f"{file}: is there already; --force replaces it, --file names another"])
    file.write_text(text, encoding="utf-8")
    out.print(
        f"[place]{file}[/] is drafted. Correct it, then: consentinel tags check {file} {recording}", soft_wrap=True
    )


@app.command()
def vendors(
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD…", help="Only those whose name has them.")] = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
) -> None:
    """List the vendors whose hits are decoded, with the ids that plans use."""
    known = Catalogue.load(*configured(config, top={"catalogue": catalogue}).catalogue)
    table = Table(box=None, pad_edge=False, show_header=False)
    shown = 0
    for vendor in sorted(known.vendors.values(), key=lambda vendor: vendor.id):
        named = f"{vendor.id} {vendor.name}".casefold()
        if vendor.endpoints and all(word.casefold() in named for word in words or ()):
            table.add_row(vendor.id, escape(vendor.name), vendor.category.value.replace("_", " "))
            shown += 1
    if not shown:
        out.print("No vendor of the catalogue has such a name.")
        raise typer.Exit(ExitCode.WRONG_USE)
    out.print(table)


def _yardstick(configuration: Configuration) -> Yardstick:
    """The plan is the one that was named, not the configured one."""
    return read_yardstick(configuration.model_copy(update={"tag_plan": None}))


def _matrix(grid: Grid) -> Table:
    """Under each consent scenario: what is planned, what was observed, and what that amounts to."""
    table = Table(
        title="Plan × observed",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_lines=False,
    )
    for title in ("tag", "account", "events", *grid.states):
        table.add_column(title, overflow="fold")
    for row in grid.rows:
        name = escape(row.tag) if row.planned else f"{escape(row.tag)}\n[quiet]not in the plan[/]"
        table.add_row(name, escape(row.account), escape(row.events), *(_cell(cell) for cell in row.cells))
    return table


def _cell(cell: GridCell) -> str:
    if cell.planned is None:
        return f"[quiet]{cell.observed} seen, not judged[/]" if cell.observed else "[quiet]—[/]"
    style = {"as planned": "passed", "undecided": "undecided", "not judged": "quiet", "—": "quiet"}.get(
        cell.verdict, "failed"
    )
    planned = cell.planned.value.replace("_", " ")
    return f"[quiet]{planned}:[/] {cell.observed}\n[{style}]{escape(cell.verdict)}[/]"


def _print_hits(step: TagStep) -> None:
    out.print(
        f"\n[bold]{escape(step.scenario)} · {escape(step.name)}[/] · {escape(step.page)} "
        f"[quiet]({step.consent.value})[/]",
        soft_wrap=True,
    )
    lines = [(hit.at, hit.order, _hit(hit)) for hit in step.hits]
    lines += [(entry.at or step.begins, 0, _entry(entry)) for entry in step.layer or ()]
    for at, _, line in sorted(lines):
        out.print(f"  [quiet]{at:7.2f} s[/]  {line}", soft_wrap=True)
    if step.layer is None:
        out.print("  [quiet]the data layer was not recorded[/]")
    elif not lines:
        out.print("  [quiet]no hit, and nothing in the data layer[/]")


def _hit(hit: TagHit) -> str:
    told = " ".join(f"{one.name}={'(withheld)' if one.withheld else one.value}" for one in hit.parameters)
    line = f" [quiet]line {escape(hit.tag)} of the plan[/]" if hit.tag else ""
    error = f" [failed]{escape(hit.error)}[/]" if hit.error else ""
    return f"[bold]{escape(hit.name)}[/]{line}{error}\n               {escape(told)}"


def _entry(entry: LayerEntry) -> str:
    by = f"\n               [quiet]by {escape(entry.by[0])}[/]" if entry.by else ""
    return f"data layer: {escape(entry.title)} [quiet]{escape(entry.told)}[/]{by}"
