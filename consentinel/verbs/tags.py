"""`consentinel tags`: what should fire, held against what did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from classifiers.findings import Severity
from classifiers.tagplan.draft import draft
from classifiers.tagplan.reading import read_plan
from classifiers.tagplan.records import Grid, TagStep
from classifiers.vendors import Catalogue
from consentinel import options
from consentinel.config import ConfigurationError, configured
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
    formats: options.Formats = None,
    output: options.Output = None,
    catalogue: options.Catalogue = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Judge a scan or a HAR by a tag plan. Findings from `medium` on make the exit code 1, unless told otherwise.

    Reports are written where `--output` says; the matrix and every hit are in the HTML one.
    """
    set_up_logging(verbose)
    configuration = configured(
        config,
        gate={"threshold": threshold or Severity.MEDIUM},
        top={"catalogue": catalogue, "formats": listed(formats)},
    )
    known = Catalogue.load(*configuration.catalogue)
    read = read_plan(plan, catalogue=known)
    recorded = read_recorded(recording, scan_id=scan, scenario=scenario)
    chosen = reporters(configuration.formats)
    judged, context = checked(recorded, read, configuration=configuration, catalogue=known, environment=environment)
    written = write_reports(judged, context=context, chosen=chosen, folder=output) if output else {}
    outcome = AuditOutcome.of(judged, gate=context.gate(judged), store=recording, reports=written)
    if as_json:
        sys.stdout.write(outcome.model_dump_json(indent=2) + "\n")
    else:
        print_summary(out, judged, outcome)
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
    known = Catalogue.load(*configuration.catalogue)
    read = read_plan(plan, catalogue=known)
    recorded = read_recorded(recording, scan_id=scan, scenario=scenario)
    judged, _ = checked(recorded, read, configuration=configuration, catalogue=known, environment=environment)
    assert judged.tags is not None, "there is a plan"
    if as_json:
        sys.stdout.write(judged.tags.model_dump_json(indent=2) + "\n")
        return
    out.print(_matrix(judged.tags.grid))
    for step in judged.tags.steps if hits else ():
        out.print(_hits(step))


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


def _matrix(grid: Grid) -> Table:
    table = Table(title="Plan × observed", title_justify="left", box=None, pad_edge=False)
    for title in ("tag", "account", "events", *grid.states):
        table.add_column(title, overflow="fold")
    for row in grid.rows:
        cells = [f"{cell.observed} · {_coloured(cell.verdict)}" for cell in row.cells]
        name = escape(row.tag) if row.planned else f"[quiet]not in the plan:[/] {escape(row.tag)}"
        table.add_row(name, escape(row.account), escape(row.events), *cells)
    return table


def _coloured(verdict: str) -> str:
    style = {"as planned": "passed", "undecided": "undecided", "not judged": "quiet", "—": "quiet"}.get(
        verdict, "failed"
    )
    return f"[{style}]{escape(verdict)}[/]"


def _hits(step: TagStep) -> Table:
    title = f"{step.scenario} · {step.name} · {step.page} ({step.consent.value})"
    table = Table(title=escape(title), title_justify="left", box=None, pad_edge=False, show_header=False)
    for hit in step.hits:
        told = " ".join(f"{one.name}={'(withheld)' if one.withheld else one.value}" for one in hit.parameters)
        table.add_row(f"{hit.at:.2f} s", escape(hit.tag or ""), escape(hit.name), escape(told), escape(hit.error or ""))
    if not step.hits:
        table.add_row("[quiet]no hit[/]")
    return table
