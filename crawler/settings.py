"""What can be set about a crawl: the `crawl`, `browser`, `visit` and `consent` sections of consentinel.yaml."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field

from crawler.observations import Record
from crawler.scenarios import DEFAULT_SCENARIOS


class BrowserSettings(Record):
    """The audited browser. All of it is written into the scan."""

    executable: Path | None = Field(None, description="Path of the browser; empty: the first that is found.")
    headless: bool = True
    third_party_cookies: Literal["allow", "browser-default", "block"] = "allow"
    cookies: Literal["allow", "off"] = Field(
        "allow", description="`off`: the browser's own switch against all cookies."
    )
    locale: str = "en-GB"
    timezone: str | None = None
    viewport: tuple[int, int] = (1280, 900)
    user_agent: str | None = None
    proxy: str | None = None
    extra_flags: tuple[str, ...] = ()
    ignore_certificate_errors: bool = False
    hide_automation: bool = False
    netlog: bool = Field(
        False,
        description="Read the browser's own network log (some 8 % more processor time): whose the cookies are that "
        "DevTools does not show, of WebSocket handshakes, service and shared workers, and answers after leaving.",
    )


class Settle(StrEnum):
    FAST = "fast"
    STANDARD = "standard"
    PATIENT = "patient"


class VisitSettings(Record):
    """How long a page is watched, and what is kept of it: the `visit` section."""

    settle: Settle = Settle.STANDARD
    navigation_cap: float = Field(30.0, gt=0, description="Seconds a page may take to answer.")
    phase_cap: float = Field(15.0, gt=0, description="Seconds a phase may take to become still.")
    visit_cap: float = Field(120.0, gt=0, description="Seconds a whole visit may take.")
    keep_values: bool = Field(False, description="Keep raw values of cookies and storage: personal data.")
    keep_bodies: bool = Field(
        False, description="Keep the contents of answers in the evidence folder, for WARC files: may be personal data."
    )
    screenshots: bool = True
    carry_choice: bool = Field(
        True,
        description="Start later pages with the proved choice of the start page, instead of making it anew on each.",
    )
    second_look: bool = Field(
        True, description="Where no consent interface shows, look once per host with automation hidden."
    )
    typed_address: str | None = Field(
        None,
        pattern=r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$",
        description="An e-mail address of your own, typed into the page's fields for one and never submitted, to see "
        "whether it leaves; empty: nothing is typed.",
    )
    source_maps: bool = Field(
        True, description="Load the source maps that scripts name, to tell where in their sources a call stands."
    )
    max_body: int = Field(65536, ge=0, description="Bytes of a request body that are read.")


class Recipe(Record):
    """How to play the site's own consent interface: Playwright selectors, clicked in order.

    A selector may start with `frame=<glob of the frame's URL> >> ` to look inside that frame.
    """

    accept: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    withdraw: tuple[str, ...] = ()
    interface: str | None = Field(None, description="Selector of the banner itself; gone means: the choice was taken.")
    record: str | None = Field(None, description="Name of the cookie or storage key that holds the choice.")
    source: str | None = Field(None, exclude=True, description="file:line, for error messages")


class FrontierSettings(Record):
    """What to visit, how far to go, and how politely: the `crawl` section."""

    urls: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = DEFAULT_SCENARIOS
    runs: int = Field(1, ge=1)
    max_pages: int = Field(20, ge=1, description="Pages of the site, each visited under every scenario.")
    max_depth: int = Field(3, ge=0, description="Clicks away from a start page; 0: start pages only.")
    include: tuple[str, ...] = Field((), description="Globs of URLs to visit; empty: all of the site.")
    exclude: tuple[str, ...] = ()
    sitemaps: bool = True
    obey_robots: bool = True
    delay: float = Field(0.5, ge=0, description="Seconds between requests to one host.")
    concurrency: int = Field(2, ge=1)
    job_dir: Path | None = Field(None, description="Where the frontier is kept, to resume a stopped crawl.")


class CrawlSettings(FrontierSettings):
    """All that a crawl needs to know."""

    browser: BrowserSettings = BrowserSettings()
    visit: VisitSettings = VisitSettings()
    consent: Recipe | None = None
    policy: str | None = None
    """Address of the published policy. If it is of the site it is visited too, and its words are digested."""
