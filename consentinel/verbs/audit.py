"""`consentinel audit`: crawl, classify, report, gate."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from consentinel import options
from consentinel.config import Configuration, ConfigurationError, configured
from consentinel.crawling import crawl_with_progress
from consentinel.items_told import tell_items, wanted
from consentinel.judging import STORE_NAME, exit_code, judge, read_yardstick
from consentinel.options import listed
from consentinel.summary import AuditOutcome, print_summary
from consentinel.terminal import out, set_up_logging, working
from consentinel.writing import reporters, write_reports
from crawler.store import Store
from crawler.visits import ProblemKind, Scan


def audit(
    urls: options.Urls = None,
    scenarios: options.Scenarios = None,
    max_pages: options.MaxPages = None,
    max_depth: options.MaxDepth = None,
    runs: options.Runs = None,
    delay: options.Delay = None,
    ignore_robots: options.IgnoreRobots = False,
    keep_values: options.KeepValues = False,
    resume: options.Resume = False,
    browser: options.Browser = None,
    declaration: options.Declaration = None,
    mails: options.Mails = None,
    catalogue: options.Catalogue = None,
    profile: options.Profile = None,
    threshold: options.Threshold = None,
    gate: options.Gate = None,
    baseline: options.Baseline = None,
    waivers: options.Waivers = None,
    output: options.Output = None,
    formats: options.Formats = None,
    config: options.Config = None,
    items: options.Items = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Audit a site: visit its pages under each consent scenario, judge what was seen, write reports.

    DIR gets scan.sqlite, audit.json and report.html. Without a declaration, what needs one stays undecided.
    """
    set_up_logging(verbose)
    configuration = configured(
        config,
        crawl=options.crawl_flags(
            urls=urls,
            scenarios=scenarios,
            max_pages=max_pages,
            max_depth=max_depth,
            runs=runs,
            delay=delay,
            ignore_robots=ignore_robots,
        ),
        visit={"keep_values": True if keep_values else None},
        browser={"executable": browser},
        gate={"threshold": threshold, "mode": gate, "baseline": baseline, "waivers": waivers},
        top={
            "declaration": declaration,
            "mails": mails,
            "profile": profile,
            "catalogue": catalogue,
            "output": output,
            "formats": listed(formats),
        },
    )
    need_pages(configuration)
    chosen = reporters(configuration.formats)
    yardstick = read_yardstick(configuration)
    store = configuration.output / STORE_NAME
    scan = crawl_with_progress(configuration, store=store, resume=resume, quiet=as_json)
    refuse_misfit_recipe(store, scan)
    with working("judging what was seen", quiet=as_json):
        judged, context = judge(store, yardstick, scan_id=scan.id)
        written = write_reports(judged, context=context, chosen=chosen, folder=configuration.output)
    outcome = AuditOutcome.of(judged, gate=context.gate(judged), store=store, reports=written)
    outcome = outcome.model_copy(update={"exit_code": exit_code(judged, context)})
    if as_json:
        sys.stdout.write(outcome.model_dump_json(indent=2) + "\n")
    else:
        if wanted(items, gate=gate, mode=configuration.gate.mode):
            tell_items(judged.items)
        print_summary(out, judged, outcome)
    raise typer.Exit(outcome.exit_code)


def refuse_misfit_recipe(store: Path, scan: Scan) -> None:
    """A recipe or step that does not fit a start page is the user's to mend, as any wrong line of the file.

    What was seen stays stored. Later pages may be of another kind: there it is a problem of the visit.
    """
    with Store.open(store) as opened:
        problems = [problem for visit in opened.visits(scan.id) if visit.entry for problem in visit.problems]
    faults = dict.fromkeys(problem.message for problem in problems if problem.kind is ProblemKind.RECIPE)
    if faults:
        raise ConfigurationError(faults)


def need_pages(configuration: Configuration) -> None:
    """Mistakes in what is to be visited are told before the slow part begins."""
    configuration.scenarios()
    if not configuration.crawl.urls:
        raise ConfigurationError(
            ["nothing to visit: give a URL (`consentinel audit https://www.example.com`) or set crawl.urls "
             "in consentinel.yaml (`consentinel init` writes one)"]
        )  # fmt: skip
