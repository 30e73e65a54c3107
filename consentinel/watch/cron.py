"""Cron expressions as crontab(5) reads them: five fields, Sunday is 0, days are either-or where both are given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

ACCEPTED = "five fields, minute hour day-of-month month day-of-week, such as `0 3 * * *` or `30 6 * * mon-fri`"
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat"
_FIELD = re.compile(rf"(?:\*|\d+|{_NAMES}|[,/-])+", re.IGNORECASE)
_LEAP_YEARS = datetime(2024, 1, 1, tzinfo=UTC)
"""A search from here meets every date there is, 29 February first."""


class CronError(ValueError):
    """The expression cannot be read, or never fires."""


@dataclass(frozen=True)
class Cron:
    """Five fields; each field as its values, None for `*`."""

    text: str
    minutes: tuple[int, ...] | None
    hours: tuple[int, ...] | None
    days: tuple[int, ...] | None
    months: tuple[int, ...] | None
    weekdays: tuple[int, ...] | None
    """0 is Sunday."""

    def following(self, after: datetime, zone: ZoneInfo) -> datetime:
        """The next time after `after`, in `zone`."""
        found: datetime = croniter(self.text, after.astimezone(zone)).get_next(datetime)
        return found

    def latest(self, until: datetime, zone: ZoneInfo) -> datetime:
        """The last time at or before `until`."""
        minute = until.astimezone(zone).replace(second=0, microsecond=0)
        found: datetime = croniter(self.text, minute + timedelta(minutes=1)).get_prev(datetime)
        return found


def read_cron(text: str) -> Cron:
    """Raises CronError with the accepted form."""
    written = NICKNAMES.get(text.strip().lower(), text.strip())
    fields = written.split()
    if len(fields) != 5 or not all(_FIELD.fullmatch(field) for field in fields):
        raise CronError(f"not a cron expression; accepted: {ACCEPTED}, or {', '.join(NICKNAMES)}")
    plain = " ".join(fields).lower()
    try:
        clock = croniter(plain, _LEAP_YEARS)
    except CroniterError as error:
        raise CronError(f"not a cron expression ({error}); accepted: {ACCEPTED}") from error
    try:
        clock.get_next(datetime)
    except CroniterError as error:
        raise CronError("never fires, because no date fits it; check day-of-month and month") from error
    minutes, hours, days, months, weekdays = (_values(field) for field in clock.expanded[:5])
    read = (minutes, hours, days, months, weekdays)
    portable = " ".join(_portable(field, values) for field, values in zip(plain.split(), read, strict=True))
    return Cron(portable, minutes, hours, days, months, weekdays)


def _portable(field: str, values: tuple[int, ...] | None) -> str:
    """Sunday as 7 and ranges over the end (`22-2`) are not read everywhere: such a field is written out."""
    ranges = re.findall(r"(\d+)-(\d+)", field)
    if values is None or not (any(int(first) > int(last) for first, last in ranges) or _ends_in_sunday(field, values)):
        return field
    return ",".join(str(value) for value in values)


def _ends_in_sunday(field: str, values: tuple[int, ...]) -> bool:
    return bool(re.search(r"\b7\b", field)) and 7 not in values


def _values(field: Sequence[int | str]) -> tuple[int, ...] | None:
    return None if list(field) == ["*"] else tuple(int(value) for value in field)
