"""The scheduled scans with everything settled: paths in full, cron read, channels with their secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from consentinel.config import FILE_NAME, Configuration, ConfigurationError, did_you_mean, read_configuration
from consentinel.watch.channels import CHANNELS
from consentinel.watch.channels.base import Channel, SecretError
from consentinel.watch.cron import Cron, read_cron
from consentinel.watch.sections import NotifySection, ScheduledScan, ScheduleSection


@dataclass(frozen=True)
class Plan:
    scan: ScheduledScan
    cron: Cron
    config: Path
    """The file that the audit reads, in full."""
    formats: tuple[str, ...]
    site: str
    """The first address, for messages about scans that could not be made."""

    @property
    def name(self) -> str:
        return self.scan.name

    def arguments(self, *, output: Path) -> list[str]:
        """Of `consentinel audit`."""
        scan = self.scan
        given = [*scan.urls, "--config", str(self.config), "--output", str(output), "--format", ",".join(self.formats)]
        given.append("--no-items")  # its log is read, or mailed by cron, for what came of it
        given += ["--scenarios", ",".join(scan.scenarios)] if scan.scenarios else []
        given += ["--runs", str(scan.runs)] if scan.runs is not None else []
        return given + (["--max-pages", str(scan.max_pages)] if scan.max_pages is not None else [])


@dataclass(frozen=True)
class Plans:
    file: Path
    section: ScheduleSection
    notify: NotifySection
    history: Path
    plans: tuple[Plan, ...]


def read_plans(config: Path | None, *, only: Iterable[str] = ()) -> Plans:
    """Every scan's own configuration is read too, so that its mistakes are told now and not at night.

    Raises ConfigurationError.
    """
    file = (config or Path(FILE_NAME)).absolute()
    configuration = read_configuration(config if config is not None else file if file.exists() else None)
    section: ScheduleSection = configuration.schedule
    if not section.scans:
        raise ConfigurationError([f"{file.name}: schedule.scans: no scan is scheduled; give each a name and a cron"])
    named = {scan.name: scan for scan in section.scans}
    wanted = list(dict.fromkeys(only)) or list(named)
    if unknown := [name for name in wanted if name not in named]:
        hint = did_you_mean(unknown[0], named)
        raise ConfigurationError([f"--scan: no scheduled scan is called {unknown[0]!r}{hint}"])
    return Plans(
        file=file,
        section=section,
        notify=configuration.notify,
        history=file.parent / section.history.expanduser(),
        plans=tuple(_plan(named[name], configuration, file) for name in wanted),
    )


def _plan(scan: ScheduledScan, own: Configuration, file: Path) -> Plan:
    path = file if scan.config is None else file.parent / scan.config.expanduser()
    configuration = own if scan.config is None else read_configuration(path)
    urls = scan.urls or configuration.crawl.urls
    if not urls:
        raise ConfigurationError([f"{file.name}: schedule.scans: {scan.name!r} has nothing to visit; set urls"])
    formats = tuple(dict.fromkeys((*configuration.formats, "json")))  # the comparison reads it
    return Plan(scan=scan, cron=read_cron(scan.cron), config=path, formats=formats, site=urls[0])


def channels(notify: NotifySection, environment: Mapping[str, str]) -> dict[str, Channel]:
    """By id. Raises ConfigurationError when a secret is not set."""
    try:
        found = [channel for kind in CHANNELS for channel in kind.configured(notify, environment)]
    except SecretError as error:
        raise ConfigurationError([str(error)]) from error
    return {channel.id: channel for channel in found}
