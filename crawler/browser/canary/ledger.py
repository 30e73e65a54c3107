"""take_ledger(): visits the canary page, and says channel by channel whether what it did was recorded."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from crawler.browser.canary.expected import EXPECTED, Expected
from crawler.browser.canary.signal import judge_signal
from crawler.browser.canary.site import canary_site
from crawler.browser.found import BrowserKind, kind_of
from crawler.browser.launch import AuditedBrowser
from crawler.browser.privacy_control import sends_signal
from crawler.browser.visit import VisitAsk, visit
from crawler.observations import SightingKind
from crawler.scenarios import SCENARIOS
from crawler.settings import Settle, VisitSettings
from crawler.visits import Channel, ChannelState, Visit, VisitStatus

log = logging.getLogger(__name__)

_SETTINGS = VisitSettings(settle=Settle.FAST, navigation_cap=10.0, phase_cap=10.0, visit_cap=25.0, screenshots=False)
_KEPT = frozenset({SightingKind.COOKIE, SightingKind.STORAGE})
_NEEDS_SITE_DATA = frozenset({"shared_worker", "service_worker", "reporting"})
"""Acts that a browser without cookies refuses, though they are more than storage."""
_NO_SITE_DATA = "this browser keeps no cookies and no site data, as it was asked to"
_MOST_TRIES = 2
"""On a crowded machine one load may end before all is done; what is dead twice is dead."""


async def take_ledger(browser: AuditedBrowser) -> tuple[Channel, ...]:
    """About a second. Raises BrowserGone only when the browser died."""
    best: dict[str, Channel] = {}
    for _ in range(_MOST_TRIES):
        for channel in await _once(browser):
            known = best.get(channel.name)
            if known is None or known.state is ChannelState.DEAD:
                best[channel.name] = channel
        if all(channel.state is not ChannelState.DEAD for channel in best.values()):
            break
    return tuple(best.values())


async def _once(browser: AuditedBrowser) -> tuple[Channel, ...]:
    signals = sends_signal(browser.settings)
    async with canary_site() as site:
        outcome = await visit(
            browser,
            VisitAsk(
                url=site.url(),
                scenario=SCENARIOS["gpc" if signals else "silent"],
                settings=_SETTINGS,
                browser=browser.settings,
                digest_key=secrets.token_bytes(16),
            ),
        )
        log_is_off = "" if browser.netlog is not None else "`browser.netlog` is off"
        no_icons = (
            "chromium-headless-shell asks for no icons" if kind_of(browser.path) is BrowserKind.HEADLESS_SHELL else ""
        )
        did = {**site.did, "netlog": log_is_off, "icon": no_icons}
        ledger = judge(outcome.visit, did, site_data=browser.settings.cookies == "allow")
        return (*ledger, *judge_signal(site.asked)) if signals else ledger


def judge(visit: Visit, did: Mapping[str, str], *, site_data: bool = True) -> tuple[Channel, ...]:
    """`did`: act → why it could not be done (empty: done). Of an act that is not in it nothing is known.

    Without `site_data` the browser refuses cookies and storage: of those channels only what was tried can show.
    """
    if visit.status is VisitStatus.FAILED:
        why = visit.problems[0].message if visit.problems else "it could not be loaded"
        return tuple(_channel(one, ChannelState.DEAD, note=f"the canary page was not seen: {why}") for one in EXPECTED)
    return tuple(_judge(one, visit, did, site_data=site_data) for one in EXPECTED)


def _judge(one: Expected, visit: Visit, did: Mapping[str, str], *, site_data: bool) -> Channel:
    events = len(tuple(one.found(visit)))
    if events:
        return _channel(one, ChannelState.LIVE, events=events)
    if one.act is not None and did.get(one.act):
        return _channel(one, ChannelState.UNTESTED, note=did[one.act])
    if not site_data and (one.sees in _KEPT or one.act in _NEEDS_SITE_DATA):
        return _channel(one, ChannelState.UNTESTED, note=_NO_SITE_DATA)
    unknown = one.act is not None and one.act not in did
    note = "the canary page could not finish this" if unknown else "the canary page did this, and nothing was recorded"
    log.warning("The channel %s is dead in %s: %s.", one.channel, visit.url, note)
    return _channel(one, ChannelState.DEAD, note=note)


def _channel(one: Expected, state: ChannelState, *, events: int = 0, note: str | None = None) -> Channel:
    return Channel(name=one.channel, state=state, sees=one.sees, events=events, note=note)
