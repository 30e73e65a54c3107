"""`consentinel watch`: scans by the clock, and word of what changed."""

from __future__ import annotations

import logging
import os
import signal
import sys
from datetime import datetime
from types import FrameType
from typing import Annotated

import orjson
import typer

from consentinel import options
from consentinel.terminal import err, out, set_up_logging
from consentinel.watch.changes import Change, Result
from consentinel.watch.loop import Bell
from consentinel.watch.loop import once as run_once
from consentinel.watch.loop import watch as keep_watching
from consentinel.watch.plans import Plan, channels, read_plans
from reports.gate import ExitCode

INTERRUPTED = 130
CODES = {
    Result.BROKEN: ExitCode.WRONG_USE,
    Result.FINDINGS: ExitCode.FINDINGS,
    Result.TOO_LITTLE_SEEN: ExitCode.TOO_LITTLE_SEEN,
    Result.PASSED: ExitCode.PASSED,
}
"""Worst first."""


def watch(
    scan: Annotated[
        list[str] | None, typer.Option("--scan", metavar="NAME", help="Only this one; may be repeated.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Scan now, tell what changed, and end with the worst exit code.")
    ] = False,
    now: Annotated[bool, typer.Option("--now", help="Begin with a scan, then go by the clock.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Run the scheduled scans of consentinel.yaml and tell only what changed; runs until it is stopped.

    Each scan is a process of its own. Scans, what is known and what is to be told are kept in schedule.history.
    """
    set_up_logging(verbose)
    logging.getLogger("consentinel.watch").setLevel(logging.DEBUG if verbose else logging.INFO)
    plans = read_plans(config, only=scan or ())
    told = channels(plans.notify, os.environ)
    bell = Bell()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        bell.ring_out()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        if not once:
            keep_watching(plans, told, bell=bell, at_once=now, told=_first)
            return
        changes = run_once(plans, told, stop=bell.stop)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _tell(changes, as_json=as_json)
    if bell.stop.is_set():
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(_worst(changes))


def _first(plan: Plan, at: datetime) -> None:
    err.print(f"{plan.name}: {plan.scan.cron}, first at {at:%Y-%m-%d %H:%M %Z}", markup=False, soft_wrap=True)


def _tell(changes: list[Change], *, as_json: bool) -> None:
    if as_json:
        plain = [{**change.model_dump(mode="json"), "is_news": change.is_news} for change in changes]
        sys.stdout.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for change in changes:
        news = "changed" if change.is_news else "nothing new"
        out.print(f"{change.scan}: {news}. {change.sentence}", markup=False, soft_wrap=True)


def _worst(changes: list[Change]) -> ExitCode:
    results = {change.result for change in changes}
    return next((code for result, code in CODES.items() if result in results), ExitCode.TOO_LITTLE_SEEN)
