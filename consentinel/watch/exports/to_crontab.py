"""Lines for `crontab -e`. CRON_TZ is understood by cronie and systemd-cron; Debian's cron reads local time only."""

from __future__ import annotations

import shlex

from consentinel.watch.exports.base import HEADER, Export
from consentinel.watch.plans import Plans


class ToCrontab(Export):
    format = "crontab"

    def render(self, plans: Plans) -> dict[str, str]:
        lines = [
            f"# {HEADER.format(file=plans.file.name)}",
            f"# Times are in {plans.section.timezone}. cronie reads CRON_TZ; Debian's cron does not and takes the",
            "# machine's own time zone: there, set the machine to it or change the hours.",
            f"CRON_TZ={plans.section.timezone}",
        ]
        if names := plans.notify.environment():
            lines.append(f"# To be set here or in the command's environment: {', '.join(names)}")
        for plan in plans.plans:
            command = shlex.join(self.command(plan, plans)).replace("%", "\\%")  # a bare % ends the command
            lines.append(f"{plan.cron.text} {command}")
        return {"consentinel.crontab": "\n".join(lines) + "\n"}
