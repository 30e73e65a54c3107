"""Global Privacy Control goes along with every request that the engine lets it, and where it does not, that is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from classifiers.audit import audit
from classifiers.findings import Audit, VerdictKind
from classifiers.states import GPC, SILENT
from classifiers.vendors import packaged
from crawler.browser.canary.ledger import take_ledger
from crawler.browser.launch import audited_browser
from crawler.browser.privacy_control import sends_signal, with_signal
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings
from crawler.visits import PRIVACY_CONTROL, SIGNAL, SIGNAL_HEADER, SIGNAL_PROPERTY, Channel, ChannelState, Scan, Visit
from tests.conftest import Auditor
from tests.page_server import PageServer
from tests.privacy_signal import BEYOND, EXPECTED, REALMS, SAYS, played, table


def signal_of(visit: Visit) -> dict[str, Channel]:
    return {channel.name: channel for channel in visit.channels if channel.name.startswith(SIGNAL)}


@pytest.mark.browser
def test_every_kind_of_request_and_realm_carries_the_signal(audited: Auditor, pages: PageServer) -> None:
    signalled = played(audited, pages)
    assert signalled.carried.keys() >= EXPECTED, table(signalled)
    assert {name for name, carried in signalled.carried.items() if not carried} == BEYOND, table(signalled)
    assert {realm: said for realm, said in signalled.read.items() if said != {"true"}} == {}
    assert signalled.read.keys() == REALMS


@pytest.mark.browser
def test_what_the_signal_could_not_reach_is_told_on_the_visit(audited: Auditor, pages: PageServer) -> None:
    site, spec = (signal_of(visit)[SIGNAL_HEADER] for visit in played(audited, pages).visits)
    assert (site.state, spec.state) == (ChannelState.DEAD, ChannelState.DEAD)
    assert "1 CORS preflight" in (site.note or "")
    assert "1 WebSocket handshake" in (site.note or "")
    assert "1 speculative prefetch" in (spec.note or "")


@pytest.mark.browser
def test_without_the_scenario_nothing_carries_it_and_no_page_finds_the_property(
    audited: Auditor, pages: PageServer
) -> None:
    signalled = played(audited, pages, scenario="silent")
    assert not any(signalled.carried.values())
    assert {said for each in signalled.read.values() for said in each} == {"undefined"}
    assert [signal_of(visit) for visit in signalled.visits] == [{}, {}]


@pytest.mark.browser
def test_a_preflight_alone_leaves_the_signal_proved(audited: Auditor, pages: PageServer) -> None:
    announced = "fetch('http://third.localhost:PORT/x', { headers: { 'x-own': '1' } }).catch(() => {})"
    pages.page("site", "/", f"here<script>{announced}</script>")
    visit = audited.visit(pages.url("site"), SCENARIOS["gpc"]).visit
    assert signal_of(visit)[SIGNAL_HEADER].state is ChannelState.LIVE
    assert "CORS preflight" in (signal_of(visit)[SIGNAL_HEADER].note or "")
    assert visit.fact(PRIVACY_CONTROL) == "true"


@pytest.mark.browser
def test_a_page_that_takes_the_property_away_is_seen_to(audited: Auditor, pages: PageServer) -> None:
    takes = f"Object.defineProperty(Navigator.prototype, '{SAYS.partition('.')[2]}', {{ get: () => false }})"
    pages.page("site", "/", f"here<script>{takes}</script>")
    visit = audited.visit(pages.url("site"), SCENARIOS["gpc"]).visit
    assert signal_of(visit)[SIGNAL_PROPERTY].state is ChannelState.DEAD
    assert visit.fact(PRIVACY_CONTROL) == "false"


def ledger_of(settings: BrowserSettings) -> dict[str, Channel]:
    async def take() -> tuple[Channel, ...]:
        async with audited_browser(settings) as browser:
            return await take_ledger(browser)

    return {channel.name: channel for channel in asyncio.run(take()) if channel.name.startswith(SIGNAL)}


@pytest.mark.browser
def test_the_ledger_shows_what_the_browser_sends_the_signal_with() -> None:
    ledger = ledger_of(with_signal(BrowserSettings()))
    beyond = {name: channel for name, channel in ledger.items() if channel.state is not ChannelState.LIVE}
    assert beyond.keys() == {f"{SIGNAL_HEADER}.websocket", f"{SIGNAL_HEADER}.preflight"}
    assert all(channel.state is ChannelState.UNTESTED and channel.note for channel in beyond.values())
    realms = {name.rpartition(".")[2] for name in ledger if name.startswith(SIGNAL_PROPERTY)}
    assert realms == {"window", "frame", "popup", "worker", "shared", "service"}


@pytest.mark.browser
def test_a_browser_that_does_not_know_the_signal_is_found_out() -> None:
    """The header is then told to each target, which leaves out the main script of a service worker."""
    unknown = BrowserSettings(extra_flags=("--enable-features=NoSuchGlobalPrivacyControlForce",))
    assert sends_signal(unknown)
    dead = {name for name, channel in ledger_of(unknown).items() if channel.state is ChannelState.DEAD}
    assert dead == {f"{SIGNAL_HEADER}.service_worker"}


def test_the_signal_is_switched_on_beside_features_that_the_user_asked_for() -> None:
    asked = BrowserSettings(extra_flags=("--enable-features=First", "--blink", "--enable-features=Second"))
    flags = with_signal(asked).extra_flags
    assert flags == ("--blink", "--enable-features=Second,GlobalPrivacyControlForce")
    assert not sends_signal(asked)


def judged(*visits: Visit) -> Audit:
    now = datetime.now(UTC)
    names = tuple(dict.fromkeys(visit.scenario for visit in visits))
    scan = Scan(id="s", started=now, finished=now, urls=(visits[0].url,), scenarios=names, tool_version="0",
                browser="b", browser_path="b")  # fmt: skip
    return audit(scan, visits, declaration=None, catalogue=packaged(), judged_at=now)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "kind"),
    [("new WebSocket('ws://site.localhost:PORT/socket')", VerdictKind.UNDECIDED), ("fetch('/x')", VerdictKind.PASS)],
    ids=["WebSocket", "fetch"],
)
def test_rules_about_the_signal_are_undecided_where_it_did_not_go_along_and_others_are_not(
    audited: Auditor, pages: PageServer, script: str, kind: VerdictKind
) -> None:
    pages.page("site", "/", f"here<script>{script}</script>")
    found = judged(*(audited.visit(pages.url("site"), SCENARIOS[name]).visit for name in ("silent", "gpc")))
    of_signal = {(one.rule, one.scenario): one for one in found.verdicts if one.rule == "CONSENT-019"}
    assert of_signal["CONSENT-019", GPC].kind is kind, of_signal
    assert of_signal["CONSENT-019", SILENT].kind is VerdictKind.PASS
    blinded = {gap.rule for gap in found.undecided if SIGNAL_HEADER in gap.why}
    assert blinded == ({"CONSENT-019"} if kind is VerdictKind.UNDECIDED else set())
