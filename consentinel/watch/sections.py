"""The `schedule` and `notify` sections of consentinel.yaml. Secrets are named here, never written here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator

from consentinel.watch.cron import read_cron
from crawler.observations import Record


def _environment_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("not the name of an environment variable; put the secret into one and name it here")
    return text


EnvironmentName = Annotated[str, AfterValidator(_environment_name)]
"""The name of an environment variable that holds the secret."""


class ScheduledScan(Record):
    """One audit by the clock. What it does not say, the rest of the configuration says."""

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", description="Lower case, digits, hyphens.")
    cron: str = Field(description="When: minute hour day-of-month month day-of-week.")
    config: Path | None = Field(None, description="Another consentinel.yaml for this scan.")
    urls: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    runs: int | None = Field(None, ge=1)
    max_pages: int | None = Field(None, ge=1)

    @field_validator("cron")
    @classmethod
    def _fires(cls, text: str) -> str:
        read_cron(text)
        return text


class ScheduleSection(Record):
    """Scans by the clock: `consentinel watch` runs them, `consentinel schedule export` hands them to others."""

    scans: tuple[ScheduledScan, ...] = Field((), description="A list of scans, each with `name` and `cron`.")
    timezone: str = Field("UTC", description="In which the cron expressions are read: Europe/Paris.")
    history: Path = Field(Path("consentinel-history"), description="Folder for the scans and what is known of them.")
    keep_scans: int = Field(30, ge=2, description="Of each name, at most; the newest are kept.")
    keep_days: int = Field(365, ge=1, description="Days after which a scan is removed; the newest always stays.")
    time_cap: float = Field(7200, gt=0, description="Seconds a scan may take; then what was seen is judged.")

    @field_validator("scans")
    @classmethod
    def _names_once(cls, scans: tuple[ScheduledScan, ...]) -> tuple[ScheduledScan, ...]:
        names = [scan.name for scan in scans]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two scans are called {twice[0]!r}; their histories need a name each")
        return scans

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("not a time zone; accepted: names of the IANA database, Europe/Paris or UTC") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class WebhookTarget(Record):
    """A POST with a JSON body, signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature)."""

    url_env: EnvironmentName = Field(description="Environment variable that holds the address.")
    secret_env: EnvironmentName = Field(description="Environment variable that holds the signing secret.")


class SlackTarget(Record):
    """An incoming webhook of Slack, or of anything that reads the same form (Mattermost, Rocket.Chat)."""

    url_env: EnvironmentName = Field(description="Environment variable that holds the address: it is a secret itself.")


class MailTarget(Record):
    host: str
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user_env: EnvironmentName | None = None
    password_env: EnvironmentName | None = None
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = Field(min_length=1)


class NotifySection(Record):
    """Who is told when a scheduled scan shows a change. Secrets stand in environment variables, by name."""

    webhooks: tuple[WebhookTarget, ...] = Field((), description="Each with `url_env` and `secret_env`.")
    slack: tuple[SlackTarget, ...] = Field((), description="Each with `url_env`.")
    mail: tuple[MailTarget, ...] = Field((), description="Each with `host`, `sender` and `to`.")
    inventory: bool = Field(True, description="Tell of new, changed and gone cookies, keys and third parties too.")
    attempts: int = Field(8, ge=1, description="Tries of one message, with growing pauses, before it is given up.")

    def environment(self) -> tuple[str, ...]:
        """All variables that are named."""
        hooks = [name for hook in self.webhooks for name in (hook.url_env, hook.secret_env)]
        mails = [name for mail in self.mail for name in (mail.user_env, mail.password_env) if name]
        return tuple(dict.fromkeys([*hooks, *(hook.url_env for hook in self.slack), *mails]))
