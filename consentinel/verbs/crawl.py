"""`consentinel crawl`: visit and store, judge later."""

from __future__ import annotations

import sys

import typer

from consentinel import options
from consentinel.config import configured
from consentinel.crawling import crawl_with_progress
from consentinel.judging import STORE_NAME
from consentinel.terminal import out, set_up_logging
from consentinel.verbs.audit import need_pages
from crawler.store import Store
from crawler.visits import VisitStatus
from reports.gate import ExitCode


def crawl(
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
    output: options.Output = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Visit a site and store what was seen; judge it later with `classify`, `report` or `gate`.

    Ends with 0 when every visit was complete, otherwise with 3.
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
        top={"output": output},
    )
    need_pages(configuration)
    path = configuration.output / STORE_NAME
    scan = crawl_with_progress(configuration, store=path, resume=resume, quiet=as_json)
    with Store.open(path) as store:
        states = [visit.status for visit in store.visits(scan.id)]
    counts = {status: states.count(status) for status in VisitStatus}
    whole = bool(states) and counts[VisitStatus.COMPLETE] == len(states)
    if as_json:
        sys.stdout.write(scan.model_dump_json(indent=2) + "\n")
    else:
        told = " · ".join(f"{count} {status.value}" for status, count in counts.items())
        out.print(f"[place]{len(states)} visits[/] ({told}) stored in [place]{path}[/]", soft_wrap=True)
        out.print(f"Next: consentinel report {path}", soft_wrap=True)
    raise typer.Exit(ExitCode.PASSED if whole else ExitCode.TOO_LITTLE_SEEN)
