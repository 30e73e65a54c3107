"""The canary tells which channels are live, and complains when a collector is gone; rules then stay undecided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from classifiers.audit import audit
from classifiers.rules import RULES
from classifiers.vendors import Catalogue
from crawler.browser import watch
from crawler.browser.canary import ledger as ledger_module
from crawler.browser.canary.expected import EXPECTED
from crawler.browser.canary.ledger import judge, take_ledger
from crawler.browser.collectors import COLLECTORS
from crawler.browser.collectors.base import Collector
from crawler.browser.collectors.flash import FlashCollector
from crawler.observations import SightingKind, StorageSighting
from crawler.visits import Channel, ChannelState, Scan, Visit, VisitStatus
from tests.conftest import Auditor


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
    assert others == [("cookie.netlog", ChannelState.UNTESTED, "`browser.netlog` is off")]
    live = len(EXPECTED) - 1
    assert scan_with(ledger).ledger() == f"channels {live}/{live} live (1 untested)"
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
@pytest.mark.parametrize(
    "gone", [one for one in COLLECTORS if one is not FlashCollector], ids=lambda collector: collector.name
)
def test_the_ledger_complains_about_a_missing_collector(
    audited: Auditor, monkeypatch: pytest.MonkeyPatch, gone: type[Collector]
) -> None:
    monkeypatch.setattr(ledger_module, "_MOST_TRIES", 1)
    monkeypatch.setattr(watch, "COLLECTORS", tuple(one for one in COLLECTORS if one is not gone))
    ledger = audited.runner.run(take_ledger(audited.browser))
    dead = {channel.sees for channel in ledger if channel.state is ChannelState.DEAD}
    assert dead & {kind.kind for kind in gone.sees}


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
