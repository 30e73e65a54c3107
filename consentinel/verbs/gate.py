"""`consentinel gate`: the exit code of a stored scan, and why."""

from __future__ import annotations

import sys

import typer

from consentinel import options
from consentinel.config import configured
from consentinel.judging import exit_code, judge_bare, read_yardstick, store_path
from consentinel.terminal import out, set_up_logging


def gate(
    store: options.Store,
    scan: options.ScanId = None,
    threshold: options.Threshold = None,
    mode: options.Gate = None,
    declaration: options.Declaration = None,
    mails: options.Mails = None,
    catalogue: options.Catalogue = None,
    profile: options.Profile = None,
    baseline: options.Baseline = None,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Pass or fail a stored scan: 0 passed, 1 findings that count, 3 too little was seen to say."""
    set_up_logging(verbose)
    configuration = configured(
        config,
        gate={"threshold": threshold, "mode": mode, "baseline": baseline, "waivers": waivers},
        top={"declaration": declaration, "mails": mails, "profile": profile, "catalogue": catalogue},
    )
    judged, context = judge_bare(store_path(store), read_yardstick(configuration), scan_id=scan)
    result = context.gate(judged)
    result = result.model_copy(update={"exit_code": exit_code(judged, context)})
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        out.print(result.sentence, markup=False)
        for finding in result.failing:
            out.print(f"  {finding.severity:<8} {finding.rule:<12} {finding.observation}", markup=False, soft_wrap=True)
    raise typer.Exit(result.exit_code)
