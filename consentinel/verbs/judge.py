"""`consentinel classify` and `consentinel report`: judge a stored scan again, without a browser."""

from __future__ import annotations

import sys

import typer

from consentinel import options
from consentinel.config import configured
from consentinel.items_told import tell_items, wanted
from consentinel.judging import exit_code, judge, read_yardstick, store_path
from consentinel.options import listed
from consentinel.summary import AuditOutcome, print_summary
from consentinel.terminal import out, set_up_logging
from consentinel.writing import reporters, write_reports
from reports.gate import ExitCode


def classify(
    store: options.Store,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    mails: options.Mails = None,
    catalogue: options.Catalogue = None,
    profile: options.Profile = None,
    threshold: options.Threshold = None,
    gate: options.Gate = None,
    baseline: options.Baseline = None,
    waivers: options.Waivers = None,
    config: options.Config = None,
    items: options.Items = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Judge a stored scan again and tell the result; needs no browser and visits nothing."""
    set_up_logging(verbose)
    configuration = configured(
        config,
        gate={"threshold": threshold, "mode": gate, "baseline": baseline, "waivers": waivers},
        top={"declaration": declaration, "mails": mails, "profile": profile, "catalogue": catalogue},
    )
    path = store_path(store)
    judged, context = judge(path, read_yardstick(configuration), scan_id=scan)
    outcome = AuditOutcome.of(judged, gate=context.gate(judged), store=path, reports={})
    if as_json:
        sys.stdout.write(reporters(["json"])[0](context).render(judged))
    else:
        if wanted(items, gate=gate, mode=configuration.gate.mode):
            tell_items(judged.items)
        print_summary(out, judged, outcome)
    raise typer.Exit(exit_code(judged, context))


def report(
    store: options.Store,
    formats: options.Formats = None,
    scan: options.ScanId = None,
    declaration: options.Declaration = None,
    mails: options.Mails = None,
    catalogue: options.Catalogue = None,
    profile: options.Profile = None,
    baseline: options.Baseline = None,
    waivers: options.Waivers = None,
    output: options.Output = None,
    config: options.Config = None,
    verbose: options.Verbose = False,
) -> None:
    """Write reports of a stored scan. `--output -` prints one report instead.

    Ends with 0 when the reports are written, whatever they say; `gate` tells the result.
    """
    set_up_logging(verbose)
    configuration = configured(
        config,
        gate={"baseline": baseline, "waivers": waivers},
        top={
            "declaration": declaration,
            "mails": mails,
            "profile": profile,
            "catalogue": catalogue,
            "formats": listed(formats),
        },
    )
    path = store_path(store)
    chosen = reporters(configuration.formats)
    judged, context = judge(path, read_yardstick(configuration), scan_id=scan)
    if output is not None and str(output) == "-":
        for reporter in chosen:
            sys.stdout.write(reporter(context).render(judged))
        raise typer.Exit(ExitCode.PASSED)
    for name, file in write_reports(judged, context=context, chosen=chosen, folder=output or path.parent).items():
        out.print(f"{name:<9} [place]{file}[/]", soft_wrap=True)
