"""A timer and a service for each scan: `systemctl enable --now consentinel-NAME.timer`."""

from __future__ import annotations

from collections.abc import Iterator

from consentinel.watch.cron import Cron
from consentinel.watch.exports.base import HEADER, Export
from consentinel.watch.plans import Plan, Plans

DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=+,")


class ToSystemd(Export):
    format = "systemd"

    def render(self, plans: Plans) -> dict[str, str]:
        files = {}
        for plan in plans.plans:
            name = f"consentinel-{plan.name}"
            files[f"{name}.service"] = self._service(plan, plans)
            files[f"{name}.timer"] = _timer(plan, plans)
        return files

    def _service(self, plan: Plan, plans: Plans) -> str:
        command = " ".join(_word(word) for word in self.command(plan, plans))
        variables = "".join(f"# {name}=…\n" for name in plans.notify.environment())
        secrets = f"# This file holds, readable by the service alone:\n{variables}" if variables else ""
        return f"""\
# {HEADER.format(file=plans.file.name)}
[Unit]
Description=Consentinel scan {plan.name}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
WorkingDirectory={_path(str(plans.file.parent))}
{secrets}EnvironmentFile=-/etc/consentinel/environment
ExecStart={command}
# 1 means findings, 3 that too little was seen: the unit then counts as failed, as it should.
"""


def _timer(plan: Plan, plans: Plans) -> str:
    times = "\n".join(f"OnCalendar={time} {plans.section.timezone}" for time in calendar(plan.cron))
    return f"""\
# {HEADER.format(file=plans.file.name)}
[Unit]
Description=Consentinel scan {plan.name}, {plan.cron.text}

[Timer]
{times}
# A scan that was due while the machine was off is made up for.
Persistent=true

[Install]
WantedBy=timers.target
"""


def calendar(cron: Cron) -> Iterator[str]:
    """Two lines where day and weekday are both given: crontab(5) then means either."""
    time = f"{_list(cron.hours)}:{_list(cron.minutes)}:00"
    months = _list(cron.months)
    if cron.days is not None or cron.weekdays is None:
        yield f"*-{months}-{_list(cron.days)} {time}"
    if cron.weekdays is not None:
        yield f"{','.join(DAYS[day] for day in cron.weekdays)} *-{months}-* {time}"


def _list(values: tuple[int, ...] | None) -> str:
    return "*" if values is None else ",".join(f"{value:02}" for value in values)


def _word(text: str) -> str:
    """`%` and `$` have a meaning to systemd even inside quotes."""
    plain = text.replace("%", "%%").replace("$", "$$")
    if set(plain) <= SAFE | {"%", "$"}:
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _path(text: str) -> str:
    """Taken to the end of the line, without quotes."""
    return text.replace("%", "%%")
