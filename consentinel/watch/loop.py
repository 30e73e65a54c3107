"""The long-lived process: starts scans when they are due, one at a time, and keeps the messages moving."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from consentinel.watch.changes import Change
from consentinel.watch.channels.base import Channel
from consentinel.watch.cron import Cron
from consentinel.watch.history import History, HistoryError
from consentinel.watch.outbox import deliver, take_up
from consentinel.watch.plans import Plan, Plans
from consentinel.watch.running import run_plan

log = logging.getLogger(__name__)

LOCK_NAME = "watch.lock"


class CronClock(BaseTrigger):  # type: ignore[misc]  # APScheduler carries no types
    """APScheduler's own cron counts Monday as 0 and joins day and weekday with "and"; crontab(5) does neither."""

    def __init__(self, cron: Cron, zone: ZoneInfo) -> None:
        self._cron = cron
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return self._cron.following(previous_fire_time or now, self._zone)


class Bell:
    """`stop` ends the watching; `ring` makes it look at the outbox.

    Rung from a signal handler too, where an Event that the same thread waits on could lock for good: hence the queue.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._rings: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        self._rings.put(None)

    def ring_out(self) -> None:
        self.stop.set()
        self.ring()

    def wait(self, seconds: float | None) -> None:
        with suppress(Empty):
            self._rings.get(timeout=seconds)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two watching processes on one history would scan and tell twice. Raises HistoryError.

    The lock is a database held open for writing: every system frees it when the process ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / LOCK_NAME, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise HistoryError(f"{folder}: another `consentinel watch` works with this history ({error})") from error
        yield


def once(plans: Plans, channels: Mapping[str, Channel], *, stop: threading.Event) -> list[Change]:
    """Every scan now, one after the other; what cannot be delivered now is left for the next time."""
    with alone(plans.history):
        _pick_up(plans, channels)
        ran = [run_plan(plan, plans, channels, stop=stop) for plan in plans.plans if not stop.is_set()]
        with History.open(plans.history) as history:
            deliver(history, channels, now=datetime.now(UTC), attempts=plans.notify.attempts)
    return [change for change in ran if change is not None]


def watch(
    plans: Plans,
    channels: Mapping[str, Channel],
    *,
    bell: Bell,
    at_once: bool = False,
    told: Callable[[Plan, datetime], None],
) -> None:
    """Until the bell rings out. `told` hears when each scan is due first."""
    zone = plans.section.zone
    with alone(plans.history):
        _pick_up(plans, channels)
        scheduler = BackgroundScheduler(
            timezone=zone,
            executors={"default": ThreadPoolExecutor(1)},  # browsers share the machine: one scan at a time
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

        def run(plan: Plan) -> None:
            if bell.stop.is_set():
                return
            try:
                run_plan(plan, plans, channels, stop=bell.stop)
            except Exception:  # the other scans go on, and the log has it whole
                log.exception("%s: the scan could not be settled", plan.name)
            finally:
                bell.ring()

        for plan in plans.plans:
            clock = CronClock(plan.cron, zone)
            now = datetime.now(UTC)
            first = now if at_once or _missed(plan, plans, now=now) else clock.get_next_fire_time(None, now)
            scheduler.add_job(run, clock, args=[plan], id=plan.name, next_run_time=first)
            told(plan, first)
        scheduler.start()
        try:
            _keep_delivering(plans, channels, bell)
        finally:
            scheduler.shutdown(wait=True)


def _keep_delivering(plans: Plans, channels: Mapping[str, Channel], bell: Bell) -> None:
    with History.open(plans.history) as history:
        while not bell.stop.is_set():
            due = deliver(history, channels, now=datetime.now(UTC), attempts=plans.notify.attempts)
            bell.wait(None if due is None else max((due - datetime.now(UTC)).total_seconds(), 0.05))


def _pick_up(plans: Plans, channels: Mapping[str, Channel]) -> None:
    with History.open(plans.history) as history:
        for run in history.interrupted():
            log.warning("%s: scan %s was interrupted", run.scan, run.id)
        take_up(history, channels)


def _missed(plan: Plan, plans: Plans, *, now: datetime) -> bool:
    """True when a scan that ran before was due while nobody watched."""
    with History.open(plans.history) as history:
        runs = history.runs(plan.name)
    return bool(runs) and runs[0].started < plan.cron.latest(now, plans.section.zone) - timedelta(minutes=1)
