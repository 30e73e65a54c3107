"""The canary tells which channels are live, and complains when a collector is gone; rules then stay undecided."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from classifiers.audit import audit
from classifiers.rules import RULES
from classifiers.vendors import Catalogue
from crawler.browser import watch
from crawler.browser.browsers import Browsers
from crawler.browser.canary import ledger as ledger_module
from crawler.browser.canary.expected import EXPECTED
from crawler.browser.canary.ledger import judge, take_ledger
from crawler.browser.canary.site import canary_site
from crawler.browser.collectors import COLLECTORS
from crawler.browser.collectors.base import Collector
from crawler.browser.collectors.behaviours import BehaviourCollector
from crawler.browser.launch import BrowserGone
from crawler.browser.visit import VisitAsk
from crawler.observations import SightingKind, StorageSighting
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings
from crawler.visits import Channel, ChannelState, Scan, Visit, VisitStatus
from tests.conftest import FAST, Auditor


def scan_with(channels: tuple[object, ...]) -> Scan:
    return Scan.model_validate(
        {
            "id": "s",
            "started": datetime.now(UTC),
            "urls": ("http://site.test/",),
            "scenarios": ("silent",),
            "tool_version": "0",
            "browser": "Chrome/1",
            "browser_path": "/chromium",
            "channels": channels,
        }
    )


def a_visit(status: VisitStatus) -> Visit:
    address = "http://canary.localhost/"
    return Visit(
        id="v",
        url=address,
        final_url=address,
        scenario="silent",
        started=datetime.now(UTC),
        duration=1.0,
        status=status,
    )


@pytest.mark.browser
def test_every_channel_is_live(audited: Auditor) -> None:
    ledger = audited.runner.run(take_ledger(audited.browser))
    others = [(one.name, one.state, one.note) for one in ledger if one.state is not ChannelState.LIVE]
    assert others == [
        ("cookie.netlog", ChannelState.UNTESTED, "`browser.netlog` is off"),
        ("storage.shared_storage", ChannelState.UNTESTED, "this browser has no Shared Storage"),
    ]
    live = len(EXPECTED) - 2
    assert scan_with(ledger).ledger() == f"channels {live}/{live} live (2 untested)"
    assert {channel.sees for channel in ledger} == set(SightingKind)


def test_a_dead_channel_leaves_the_rules_that_read_it_undecided_and_no_others() -> None:
    dead = Channel(name="storage.indexed_db", state=ChannelState.DEAD, sees=SightingKind.STORAGE, note="nothing came")

    def judged(channels: tuple[Channel, ...]) -> tuple[set[str], set[str]]:
        """Rules that are undecided at all, and those because of the channel."""
        gaps = audit(
            scan_with(channels),
            [a_visit(VisitStatus.COMPLETE)],
            declaration=None,
            catalogue=Catalogue.load(),
            judged_at=datetime.now(UTC),
        ).undecided
        return {gap.rule for gap in gaps}, {gap.rule for gap in gaps if "storage.indexed_db was dead" in gap.why}

    reading = {rule.id for rule in RULES if StorageSighting in rule.reads}
    undecided, blinded = judged((dead,))
    assert blinded
    assert blinded <= reading & undecided
    assert judged((dead.model_copy(update={"state": ChannelState.LIVE}),))[1] == set()


@pytest.mark.browser
@pytest.mark.parametrize("gone", COLLECTORS, ids=lambda collector: collector.name)
def test_the_ledger_complains_about_a_missing_collector(
    audited: Auditor, monkeypatch: pytest.MonkeyPatch, gone: type[Collector]
) -> None:
    monkeypatch.setattr(ledger_module, "_MOST_TRIES", 1)
    monkeypatch.setattr(watch, "COLLECTORS", tuple(one for one in COLLECTORS if one is not gone))
    ledger = audited.runner.run(take_ledger(audited.browser))
    dead = {channel.sees for channel in ledger if channel.state is ChannelState.DEAD}
    assert dead & {kind.kind for kind in gone.sees}


@pytest.mark.browser
def test_a_browser_without_cookies_has_a_ledger_of_its_own() -> None:
    async def ledgers() -> tuple[tuple[Channel, ...], Visit]:
        browsers = Browsers(BrowserSettings())
        try:
            first = await browsers.first()
            async with canary_site() as site:
                scenario = SCENARIOS["silent"].model_copy(update={"cookies": "off"})
                ask = VisitAsk(url=site.url("/nothing.js"), scenario=scenario, settings=FAST, digest_key=b"t")
                return first.ledger, (await browsers.visit(ask)).visit
        finally:
            await browsers.close()

    first, visit = asyncio.run(ledgers())
    told = {fact.name: fact.value for fact in visit.facts}["ledger"]
    live, untested = re.findall(r"\d+", told)[1:]
    assert int(live) + int(untested) == len(first)
    assert int(untested) > 10, "what it refuses cannot be tested in it"
    assert [channel.name for channel in visit.channels if channel.state is ChannelState.DEAD and channel.note] == []


@pytest.mark.browser
def test_a_browser_that_was_started_anew_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is dead in it, and was not in the one that the scan names, is told by its visits."""

    async def play() -> tuple[Channel, ...]:
        browsers = Browsers(BrowserSettings())
        try:
            first = await browsers.first()
            async with canary_site() as site:
                ask = VisitAsk(url=site.url("/other"), scenario=SCENARIOS["silent"], settings=FAST, digest_key=b"t")
                first.process.kill()
                first.process.wait()
                with pytest.raises(BrowserGone):
                    await browsers.visit(ask)
                gone = tuple(one for one in COLLECTORS if one is not BehaviourCollector)
                monkeypatch.setattr(watch, "COLLECTORS", gone)
                monkeypatch.setattr(ledger_module, "_MOST_TRIES", 1)
                return (await browsers.visit(ask)).visit.channels
        finally:
            await browsers.close()

    dead = {channel.name for channel in asyncio.run(play()) if channel.state is ChannelState.DEAD}
    assert dead >= {one.channel for one in EXPECTED if one.sees is SightingKind.BEHAVIOUR}
    assert "cookie.script" not in dead


def test_channel_names_are_unique() -> None:
    names = [one.channel for one in EXPECTED]
    assert len(set(names)) == len(names)


def test_a_canary_that_was_not_seen_leaves_every_channel_dead() -> None:
    ledger = judge(a_visit(VisitStatus.FAILED), {})
    assert {channel.state for channel in ledger} == {ChannelState.DEAD}
    assert scan_with(ledger).ledger() == f"channels 0/{len(EXPECTED)} live"


def test_what_the_browser_cannot_do_is_untested_and_what_was_lost_is_dead() -> None:
    visit = a_visit(VisitStatus.COMPLETE)
    states = {c.name: (c.state, c.note) for c in judge(visit, {"shared_worker": "this browser has no SharedWorker"})}
    assert states["request.shared_worker"] == (ChannelState.UNTESTED, "this browser has no SharedWorker")
    assert states["request.script"][0] is ChannelState.DEAD
    assert states["request.fetch"] == (ChannelState.DEAD, "the canary page could not finish this")
