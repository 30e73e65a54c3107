"""What the scan's record says about how the scan was made."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from crawler.browser.launch import AuditedBrowser
from crawler.observations import NameValue, Record
from crawler.scenarios import Scenario
from crawler.settings import CrawlSettings
from crawler.visits import Channel, Scan

_ELSEWHERE = {"urls", "scenarios", "runs", "job_dir"}
"""Settings that the scan names in fields of their own, or that do not shape it."""
_PARTS = ("playwright", "scrapy")


class Identity(Record):
    """The browser as the scan's record names it."""

    product: str
    path: str
    flags: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()


def identity_of(browser: AuditedBrowser) -> Identity:
    return Identity(product=browser.product, path=browser.path, flags=browser.flags, channels=browser.ledger)


def tool_version() -> str:
    return version("consentinel")


def new_scan(settings: CrawlSettings, *, scenarios: tuple[Scenario, ...], browser: Identity) -> Scan:
    now = datetime.now(UTC)
    return Scan(
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        started=now,
        urls=settings.urls,
        scenarios=tuple(scenario.name for scenario in scenarios),
        runs=settings.runs,
        settings=(
            *_flat(settings.model_dump(mode="json", exclude=_ELSEWHERE)),
            *(NameValue(name=f"scenario.{one.name}", value=_played(one)) for one in scenarios),
            *(NameValue(name=f"version.{part}", value=version(part)) for part in _PARTS),
        ),
        tool_version=tool_version(),
        browser=browser.product,
        browser_path=browser.path,
        browser_flags=browser.flags,
        cookie_policy=settings.browser.third_party_cookies,
        channels=browser.channels,
    )


def question_of(settings: CrawlSettings, scenarios: tuple[Scenario, ...]) -> str:
    """Digest of all that shapes a scan, to know a stopped one again."""
    asked = settings.model_dump_json(exclude={"job_dir"}) + "".join(one.model_dump_json() for one in scenarios)
    return blake2b(asked.encode(), digest_size=16).hexdigest()


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[NameValue]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None:
            yield NameValue(name=f"{prefix}{name}", value=_text(name, value))


def _text(name: str, value: Any) -> str:
    if name == "proxy":
        return urlsplit(str(value)).netloc.rpartition("@")[2]  # without the password
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _played(scenario: Scenario) -> str:
    phases = ", ".join(phase.name for phase in scenario.phases)
    special = [
        *(["Global Privacy Control"] if scenario.gpc else []),
        *(["cookies off"] if scenario.cookies == "off" else []),
        *(["script off"] if not scenario.script else []),
    ]
    return f"{phases} ({', '.join(special)})" if special else phases
