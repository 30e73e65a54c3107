"""One scheduled scan, start to finish: the audit in a process of its own, then what is new, settled in one piece."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consentinel.watch.changes import Change, Known, Result, broken, compare
from consentinel.watch.channels.base import Channel
from consentinel.watch.history import History, RunState
from consentinel.watch.messages import message_of
from consentinel.watch.outbox import parcel
from consentinel.watch.plans import Plan, Plans
from reports.to_html import ToHtml
from reports.to_json import Document, DocumentError, ToJson, read_document

log = logging.getLogger(__name__)

GRACE = 60.0
"""Seconds for a stopped audit to judge what it saw."""
LOG_NAME = "audit.log"
TICK = 0.5
"""Seconds between looks at whether to stop; the audit's own end is noticed at once."""


@dataclass(frozen=True)
class Ended:
    code: int
    log: str
    """The last line that the audit wrote."""


def run_plan(plan: Plan, plans: Plans, channels: Mapping[str, Channel], *, stop: threading.Event) -> Change | None:
    """None: stopped from outside, so nothing is said about the site."""
    with History.open(plans.history) as history:
        run = history.begin(plan.name, at=datetime.now(UTC))
        folder = history.folder_of(run, scan=plan.name)
        log.info("%s: scan %s begins", plan.name, run)
        ended = audit_in_own_process(
            plan.arguments(output=folder),
            folder=folder,
            cap=plans.section.time_cap,
            stop=stop,
            without=plans.notify.environment(),
        )
        if stop.is_set():
            log.info("%s: scan %s was stopped", plan.name, run)
            return None  # the next start marks it as interrupted
        known = history.known(plan.name)
        change, after = _compared(ended, plan, plans, history, run=run, folder=folder, known=known)
        now = datetime.now(UTC)
        report = folder / (ToHtml.filename if "html" in plan.formats else ToJson.filename)
        message = message_of(change, report=str(report))
        parcels = [parcel(message, run=run, target=target, now=now) for target in channels] if change.is_news else []
        history.settle(
            run, scan=plan.name, at=now, result=change.result, sentence=change.sentence, known=after, parcels=parcels
        )
        section = plans.section
        history.forget(plan.name, now=now, keep_scans=section.keep_scans, keep_days=section.keep_days)
    log.info("%s: %s%s", plan.name, change.sentence, "" if change.is_news else " Nothing new.")
    return change


def _compared(
    ended: Ended, plan: Plan, plans: Plans, history: History, *, run: str, folder: Path, known: Known
) -> tuple[Change, Known]:
    document = _document(folder / ToJson.filename)
    if document is None or document.gate.exit_code != ended.code:  # a report without its exit code is no result
        sentence = f"The audit ended with {ended.code} and no result: {ended.log or 'it wrote nothing'}"
        return broken(scan=plan.name, run=run, site=plan.site, at=datetime.now(UTC), known=known, sentence=sentence)
    return compare(
        document,
        _previous(history, plan.name),
        scan=plan.name,
        run=run,
        known=known,
        inventory=plans.notify.inventory,
    )


def _previous(history: History, scan: str) -> Document | None:
    for run in history.runs(scan):
        if run.state is RunState.FINISHED and run.result is not Result.BROKEN:
            found = _document(history.folder_of(run.id, scan=scan) / ToJson.filename)
            if found is not None:
                return found
    return None


def _document(path: Path) -> Document | None:
    if not path.is_file():
        return None
    try:
        return read_document(path.read_text(encoding="utf-8"), file=str(path))
    except DocumentError as error:
        log.warning("%s", error)
        return None


def audit_in_own_process(
    arguments: list[str], *, folder: Path, cap: float, stop: threading.Event, without: tuple[str, ...] = ()
) -> Ended:
    """Ended softly when `stop` is set or after `cap` seconds: what was seen until then is judged."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in without}
    command = [sys.executable, "-m", "consentinel", "audit", *arguments]
    with (folder / LOG_NAME).open("w", encoding="utf-8") as written:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal reaches the watching process alone, which stops this one
        )
        code = _wait(process, cap=cap, stop=stop)
    lines = (folder / LOG_NAME).read_text(encoding="utf-8", errors="replace").split("\n")
    return Ended(code=code, log=next((line.strip() for line in reversed(lines) if line.strip()), ""))


def _wait(process: subprocess.Popen[bytes], *, cap: float, stop: threading.Event) -> int:
    ends = time.monotonic() + cap
    while not stop.is_set() and time.monotonic() < ends:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(TICK)
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(GRACE)
    except subprocess.TimeoutExpired:
        log.warning("the audit did not stop within %.0f seconds and is ended", GRACE)
    os.killpg(process.pid, signal.SIGKILL)  # its browser too
    return process.wait()
