"""The launch flags and profile preferences of the audited browser, each with its reason."""

from __future__ import annotations

import os
import sys
from typing import Literal

from crawler.browser.found import BrowserKind
from crawler.observations import Record
from crawler.settings import BrowserSettings


class Flag(Record):
    name: str
    why: str


_ALWAYS = (
    Flag(name="--remote-debugging-port=0", why="the tap connects to a free port on loopback"),
    Flag(name="--no-first-run", why="no welcome page"),
    Flag(name="--no-default-browser-check", why="no prompt"),
    Flag(name="--no-service-autorun", why="no background process outlives the audit"),
    Flag(name="--password-store=basic", why="no keyring prompt"),
    Flag(name="--use-mock-keychain", why="no keychain prompt on macOS"),
    Flag(name="--disable-search-engine-choice-screen", why="no prompt"),
    Flag(name="--disable-default-apps", why="nothing but the page runs"),
    Flag(name="--disable-extensions", why="nothing but the page runs"),
    Flag(name="--disable-component-extensions-with-background-pages", why="nothing but the page runs"),
    Flag(name="--disable-background-networking", why="requests that no page made would have to be told apart"),
    Flag(name="--disable-component-update", why="as above"),
    Flag(name="--component-updater=url-source=http://127.0.0.1:1/", why="the updater asks in spite of the flag above"),
    Flag(name="--check-for-update-interval=31536000", why="as above"),
    Flag(name="--simulate-outdated-no-au=Tue, 31 Dec 2099 23:59:59 GMT", why="no update prompt"),
    Flag(name="--disable-sync", why="as above: no traffic of the browser's own"),
    Flag(name="--disable-domain-reliability", why="no traffic of the browser's own"),
    Flag(name="--disable-breakpad", why="crash reports stay here"),
    Flag(name="--metrics-recording-only", why="metrics are not sent"),
    Flag(name="--disable-hang-monitor", why="no prompt on a busy page; the visit has its own cap"),
    Flag(name="--disable-prompt-on-repost", why="a reload must not stop at a prompt"),
    Flag(name="--disable-popup-blocking", why="pop-ups are visited and recorded, not hidden"),
    Flag(name="--disable-background-timer-throttling", why="visits run side by side; none may be slowed as background"),
    Flag(name="--disable-backgrounding-occluded-windows", why="as above"),
    Flag(name="--disable-renderer-backgrounding", why="as above"),
    Flag(name="--disable-dev-shm-usage", why="containers have a small /dev/shm, which crashes tabs"),
    Flag(name="--force-color-profile=srgb", why="equal screenshots on every machine"),
    Flag(name="--mute-audio", why="quiet"),
    Flag(name="--noerrdialogs", why="no message boxes"),
)
_FEATURES_OFF = (
    Flag(name="IsolateSandboxedIframes", why="such frames would be attached unpaused, and their first writes missed"),
    Flag(name="NetworkTimeServiceQuerying", why="traffic of the browser's own"),
    Flag(name="OptimizationHints", why="traffic of the browser's own"),
    Flag(name="MediaRouter", why="searches the local network for screens"),
    Flag(name="DialMediaRouteProvider", why="as above"),
    Flag(name="CertificateTransparencyComponentUpdater", why="traffic of the browser's own"),
    Flag(name="AutofillServerCommunication", why="traffic of the browser's own"),
    Flag(name="Translate", why="no prompt, and no traffic"),
    Flag(name="InterestFeedContentSuggestions", why="traffic of the browser's own"),
    Flag(
        name="WebUIOmniboxPopup", why="the address bar's own page: a renderer for every window, and nobody types there"
    ),
    Flag(name="WebUIOmniboxAimPopup", why="as above; the two together took two thirds of a blank window's CPU time"),
)


def launch_flags(settings: BrowserSettings, kind: BrowserKind) -> tuple[Flag, ...]:
    """All flags but the profile folder, in the order of the command line."""
    flags = list(_ALWAYS)
    off = ",".join(feature.name for feature in _FEATURES_OFF)
    reasons = "; ".join(f"{feature.name}: {feature.why}" for feature in _FEATURES_OFF)
    flags.append(Flag(name=f"--disable-features={off}", why=reasons))
    if kind is BrowserKind.HEADLESS_SHELL:
        flags.append(Flag(name="--site-per-process", why="this engine isolates sites only when asked"))
    elif settings.headless:
        flags.append(Flag(name="--headless=new", why="the full browser without a window"))
    if sys.platform != "win32" and os.geteuid() == 0:
        flags.append(Flag(name="--no-sandbox", why="the sandbox refuses to start as root"))
    if settings.hide_automation:
        flags.append(Flag(name="--disable-blink-features=AutomationControlled", why="asked for: navigator.webdriver"))
    if settings.ignore_certificate_errors:
        flags.append(Flag(name="--ignore-certificate-errors", why="asked for"))
    if settings.proxy is not None:
        flags.append(Flag(name=f"--proxy-server={settings.proxy}", why="asked for"))
    flags.append(Flag(name=f"--window-size={settings.viewport[0]},{settings.viewport[1]}", why="asked for"))
    flags.append(Flag(name=f"--lang={settings.locale}", why="asked for"))
    flags.extend(Flag(name=flag, why="asked for (`browser.extra_flags`)") for flag in settings.extra_flags)
    return tuple(flags)


_CONTROLS = {"allow": 0, "block": 1}
"""Chromium's `profile.cookie_controls_mode`; distributions change its default, so it is always written."""
_SITE_DATA_BLOCKED = 2
"""Chromium's `CONTENT_SETTING_BLOCK`: the browser's own "block all cookies"."""


def preferences(settings: BrowserSettings) -> dict[str, object]:
    """The content of `Default/Preferences`."""
    profile: dict[str, object] = {"exit_type": "Normal"}
    policy: Literal["allow", "browser-default", "block"] = settings.third_party_cookies
    if policy != "browser-default":
        profile["cookie_controls_mode"] = _CONTROLS[policy]
        profile["block_third_party_cookies"] = policy == "block"
    if settings.cookies == "off":
        profile["default_content_setting_values"] = {"cookies": _SITE_DATA_BLOCKED}
    return {
        "profile": profile,
        "net": {"network_prediction_options": 0},  # prefetch and preconnect as users have them; Debian turns them off
        "credentials_enable_service": False,
        "translate": {"enabled": False},
    }
