"""`consentinel pdf`: the HTML report of a stored scan on paper."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from consentinel import options
from consentinel.config import configured
from consentinel.judging import judge, read_yardstick, store_path
from consentinel.terminal import out, set_up_logging, working
from crawler.browser.found import find_browser
from reports.to_html import ToHtml


def pdf(
    store: options.Store,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it; otherwise report.pdf beside."),
    ] = None,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    catalogue: options.Catalogue = None,
    profile: options.Profile = None,
    baseline: options.Baseline = None,
    waivers: options.Waivers = None,
    browser: options.Browser = None,
    config: options.Config = None,
    verbose: options.Verbose = False,
) -> None:
    """Print the report of a stored scan to PDF, with page numbers and bookmarks; visits nothing."""
    set_up_logging(verbose)
    configuration = configured(
        config,
        browser={"executable": browser},
        gate={"baseline": baseline, "waivers": waivers},
        top={"declaration": declaration, "profile": profile, "catalogue": catalogue},
    )
    find_browser(configuration.browser)
    path = store_path(store)
    judged, context = judge(path, read_yardstick(configuration), scan_id=scan)
    target = output or path.with_name("report.pdf")
    from crawler.browser.printing import print_pdf  # the browser's driver takes a while to load

    with tempfile.TemporaryDirectory(prefix="consentinel-") as folder, working("printing"):
        page = Path(folder) / ToHtml.filename
        page.write_text(ToHtml(context).render(judged), encoding="utf-8")
        asyncio.run(print_pdf(page, target, settings=configuration.browser))
    out.print(f"[place]{target}[/]", soft_wrap=True)
