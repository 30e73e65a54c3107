"""The options that several verbs share, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifiers.findings import Severity
from crawler.scenarios import SCENARIOS
from reports.gate import GateMode

LOOK = "What to look at"
JUDGE = "How to judge"
TELL = "What to tell"


def _scenarios(incomplete: str) -> list[str]:
    """Completes the last name of a list with commas."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in SCENARIOS if name.startswith(last)]


def listed(text: str | None) -> tuple[str, ...] | None:
    """`a,b` as a tuple; None: the option was not given."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def crawl_flags(
    *,
    urls: list[str] | None,
    scenarios: str | None,
    max_pages: int | None,
    max_depth: int | None,
    runs: int | None,
    delay: float | None,
    ignore_robots: bool,
) -> dict[str, object]:
    """The `crawl` section as the flags of `audit` and `crawl` say it."""
    return {
        "urls": tuple(urls) if urls else None,
        "scenarios": listed(scenarios),
        "max_pages": max_pages,
        "max_depth": max_depth,
        "runs": runs,
        "delay": delay,
        "obey_robots": False if ignore_robots else None,
    }


Urls = Annotated[
    list[str] | None,
    typer.Argument(metavar="URL…", help="Start pages; their sites are followed from there.", show_default=False),
]
Store = Annotated[
    Path,
    typer.Argument(metavar="STORE", help="A stored scan: scan.sqlite, or the folder that holds it."),
]
ScanId = Annotated[
    str | None, typer.Option("--scan", metavar="ID", help="Which scan of the file; otherwise the newest.")
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration; otherwise consentinel.yaml of this folder if any."),
]
Scenarios = Annotated[
    str | None,
    typer.Option(
        "--scenarios",
        metavar="A,B",
        help=f"Consent scenarios to play, of: {', '.join(SCENARIOS)}.",
        autocompletion=_scenarios,
        rich_help_panel=LOOK,
    ),
]
MaxPages = Annotated[
    int | None, typer.Option("--max-pages", metavar="N", help="Pages of the site at most.", rich_help_panel=LOOK)
]
MaxDepth = Annotated[
    int | None,
    typer.Option("--max-depth", metavar="N", help="Clicks from a start page; 0: those only.", rich_help_panel=LOOK),
]
Runs = Annotated[
    int | None,
    typer.Option("--runs", metavar="N", help="Times that every page is visited.", rich_help_panel=LOOK),
]
Delay = Annotated[
    float | None,
    typer.Option("--delay", metavar="SECONDS", help="Between requests to one host.", rich_help_panel=LOOK),
]
IgnoreRobots = Annotated[
    bool,
    typer.Option("--ignore-robots", help="Do not ask robots.txt; for your own site only.", rich_help_panel=LOOK),
]
KeepValues = Annotated[
    bool,
    typer.Option("--keep-values", help="Keep raw cookie and storage values: personal data.", rich_help_panel=LOOK),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on where a stopped crawl with --resume ended.", rich_help_panel=LOOK),
]
Browser = Annotated[
    Path | None,
    typer.Option(
        "--browser", metavar="FILE", help="The browser to use; otherwise the first found.", rich_help_panel=LOOK
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Folder for the scan and the reports.", rich_help_panel=TELL),
]
Formats = Annotated[
    str | None,
    typer.Option("--format", metavar="A,B", help="Reports to write, such as html,json.", rich_help_panel=TELL),
]
Declaration = Annotated[
    Path | None,
    typer.Option("--declaration", metavar="FILE", help="What the site says about itself.", rich_help_panel=JUDGE),
]
Catalogue = Annotated[
    list[Path] | None,
    typer.Option("--catalogue", metavar="DIR", help="Your own vendor files; may be repeated.", rich_help_panel=JUDGE),
]
Mails = Annotated[
    list[Path] | None,
    typer.Option(
        "--mail",
        metavar="FILE",
        help="Sample of an e-mail the service sends, or a folder of them; may be repeated.",
        rich_help_panel=JUDGE,
    ),
]
Threshold = Annotated[
    Severity | None,
    typer.Option(
        "--threshold",
        metavar="LEVEL",
        help="Findings from this severity on (info, low, medium, high, critical) make the exit code 1.",
        rich_help_panel=JUDGE,
    ),
]
Gate = Annotated[
    GateMode | None,
    typer.Option("--gate", help="What counts: all findings, new ones only, or the inventory.", rich_help_panel=JUDGE),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile", metavar="NAME", help="Whose expectations: eu, fr, de, uk, us_ca or kr.", rich_help_panel=JUDGE
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Findings that are known already.", rich_help_panel=JUDGE),
]
Waivers = Annotated[
    Path | None,
    typer.Option("--waivers", metavar="FILE", help="Findings that someone answers for.", rich_help_panel=JUDGE),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output, for machines.", rich_help_panel=TELL)
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Tell the course of things on standard error.", rich_help_panel=TELL)
]
Items = Annotated[
    bool | None,
    typer.Option(
        "--items/--no-items",
        help="Tell of each item what it is for, whose, how sure, why, and what was declared. Left out by itself with "
        "--gate or a gate.mode of new or inventory: pipelines want it short.",
        rich_help_panel=TELL,
        show_default=False,
    ),
]
TextFile = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; otherwise standard output.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
