"""Plays choices on the fixture interfaces in a real browser: found, stamped, clicked, proved, or honestly undecided."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Page

from crawler.browser.consent.player import ConsentPlayer
from crawler.observations import Consent
from crawler.settings import Recipe
from crawler.visits import Choice, ChoiceStatus
from tests.consent_table import SUFFIX, Fixture, Stamps, chromium, fixtures, play, player_for
from tests.site_server import SiteServer

pytestmark = pytest.mark.browser


class Stage(NamedTuple):
    runner: asyncio.Runner
    browser: Browser
    server: SiteServer


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with asyncio.Runner() as runner, SiteServer() as server:
        opened = chromium()
        browser = runner.run(opened.__aenter__())
        yield Stage(runner, browser, server)
        runner.run(opened.__aexit__(None, None, None))


Doing = Callable[[Page, ConsentPlayer, Stamps], Awaitable[Choice]]


def on(stage: Stage, name: str, do: Doing, *, recipe: Recipe | None = None, cap: float = 6.0) -> Choice:
    """Opens the fixture in a fresh context and does something with a player."""

    async def go() -> Choice:
        context = await stage.browser.new_context()
        try:
            page = await context.new_page()
            await page.goto(stage.server.url(name + SUFFIX))
            stamps = Stamps()
            return await do(page, player_for(page, stamps, recipe=recipe, cap=cap), stamps)
        finally:
            await context.close()

    return stage.runner.run(go())


QUICK = (
    "onetrust",
    "didomi",
    "sourcepoint",
    "usercentrics",
    "settings-only",
    "pre-ticked",
    "iframe",
    "closed-shadow",
    "korean",
    "comes-back",
    "lying-banner",
    "lying-state",
    "opaque",
    "accept-only",
    "two-clicks",
    "unspoken",
)
"""Enough to notice a regression; `python -m tests.consent_table` plays all."""


@pytest.mark.parametrize("wanted", [Consent.ACCEPTED, Consent.REJECTED], ids=str)
@pytest.mark.parametrize("fixture", [f for f in fixtures() if f.name in QUICK], ids=lambda fixture: fixture.name)
def test_a_choice_is_proved_where_it_can_be_and_undecided_where_it_cannot(
    stage: Stage, fixture: Fixture, wanted: Consent
) -> None:
    played = stage.runner.run(play(stage.browser, stage.server, fixture, wanted))
    assert played.choice.status.value == played.expected, (
        played.choice.why,
        played.choice.tried,
        played.choice.witnesses,
    )
    if played.choice.status is ChoiceStatus.NOT_OFFERED:
        assert played.stamps == []
        assert played.choice.tried
    else:
        assert len(played.stamps) == 1
        assert played.choice.clicks
        assert played.choice.found_by


def test_withdrawal_reopens_the_settings_refuses_and_is_proved_against_the_grant(stage: Stage) -> None:
    async def do(page: Page, player: ConsentPlayer, stamps: Stamps) -> Choice:
        accepted = await player.choose(Consent.ACCEPTED, "accept")
        await page.reload()
        assert (await player.confirm(accepted)).status is ChoiceStatus.CONFIRMED
        withdrawn = await player.choose(Consent.WITHDRAWN, "withdraw")
        await page.reload()
        assert (await player.confirm(accepted)) == accepted  # replaced by a later choice: not judged against it
        assert len(stamps.given) == 2
        return await player.confirm(withdrawn)

    choice = on(stage, "onetrust", do)
    assert choice.status is ChoiceStatus.CONFIRMED, choice.why
    assert [click.text for click in choice.clicks] == ["Cookie Settings", "Reject All"]


def test_a_floating_button_that_reopens_is_no_interface_that_asks_again(stage: Stage) -> None:
    async def do(page: Page, player: ConsentPlayer, _: Stamps) -> Choice:
        accepted = await player.choose(Consent.ACCEPTED, "accept")
        await page.reload()
        assert (await player.confirm(accepted)).status is ChoiceStatus.CONFIRMED
        withdrawn = await player.choose(Consent.WITHDRAWN, "withdraw")
        await page.reload()
        return await player.confirm(withdrawn)

    choice = on(stage, "cookiebot", do)
    assert choice.status is ChoiceStatus.CONFIRMED, choice.why
    assert [click.text for click in choice.clicks] == ["Change your cookie settings", "Deny"]


def test_one_purpose_is_granted_and_the_rest_switched_off(stage: Stage) -> None:
    async def do(page: Page, player: ConsentPlayer, _: Stamps) -> Choice:
        choice = await player.choose(Consent.PARTIAL, "granular")
        await page.reload()
        return await player.confirm(choice)

    choice = on(stage, "settings-only", do)
    assert choice.status is ChoiceStatus.CONFIRMED, choice.why
    record = next(reading for reading in choice.witnesses if reading.witness == "consent_record")
    assert record.after is not None
    assert "analytics=1 marketing=0 social=0" in record.after


def test_closing_that_is_taken_as_consent_is_seen_in_the_record(stage: Stage) -> None:
    async def do(_: Page, player: ConsentPlayer, __: Stamps) -> Choice:
        return await player.choose(Consent.UNDECIDED, "dismiss")

    choice = on(stage, "close-is-consent", do)
    assert choice.status is ChoiceStatus.CONTRADICTED
    assert any(reading.says is Consent.ACCEPTED for reading in choice.witnesses)


def test_where_nothing_closes_it_the_visitor_scrolls_on_and_nothing_is_recorded(stage: Stage) -> None:
    async def do(_: Page, player: ConsentPlayer, __: Stamps) -> Choice:
        return await player.choose(Consent.UNDECIDED, "dismiss")

    choice = on(stage, "two-buttons", do)
    assert choice.clicks == ()
    assert choice.status is ChoiceStatus.UNCONFIRMED  # the bar is still there: it was not dismissed
    assert not any(reading.says is Consent.ACCEPTED for reading in choice.witnesses)


def test_exploring_opens_the_settings_and_makes_no_choice(stage: Stage) -> None:
    async def go() -> None:
        context = await stage.browser.new_context()
        page = await context.new_page()
        await page.goto(stage.server.url("settings-only" + SUFFIX))
        stamps = Stamps()
        layers = await player_for(page, stamps).explore("explore")
        assert len(layers) == 2
        assert [c.checked for c in layers[1].controls if c.meaning == "toggle"] == [True, True, True]
        assert stamps.given == []
        assert await context.cookies() == []
        await context.close()

    stage.runner.run(go())


def test_the_stamp_comes_just_before_the_click_on_the_pages_own_clock(stage: Stage) -> None:
    async def do(page: Page, player: ConsentPlayer, stamps: Stamps) -> Choice:
        choice = await player.choose(Consent.ACCEPTED, "accept")
        truth = await page.evaluate("truth")
        clicked, pixel = (
            [entry["at"] / 1000 for entry in truth if entry["what"] == what] for what in ("click", "pixel")
        )
        assert stamps.given[0] <= clicked[0] <= pixel[0]
        assert clicked[0] - stamps.given[0] < 0.5
        return choice

    for _ in range(3):
        assert on(stage, "two-buttons", do).status is ChoiceStatus.CONFIRMED


def test_a_recipe_is_played_before_anything_else(stage: Stage) -> None:
    async def do(_: Page, player: ConsentPlayer, __: Stamps) -> Choice:
        return await player.choose(Consent.REJECTED, "reject")

    recipe = Recipe(
        reject=(
            "#more",
            "label.switch >> nth=0",
            "label.switch >> nth=1",
            "label.switch >> nth=2",
            "text=Save my choices",
        )
    )
    choice = on(stage, "settings-only", do, recipe=recipe)
    assert choice.found_by == "recipe"
    assert choice.status is ChoiceStatus.CONFIRMED, choice.why
    assert len(choice.clicks) == 5


def test_a_recipe_reaches_into_a_frame_of_another_site(stage: Stage) -> None:
    async def do(_: Page, player: ConsentPlayer, __: Stamps) -> Choice:
        return await player.choose(Consent.REJECTED, "reject")

    recipe = Recipe(reject=("frame=*/bar.html >> text=Nur notwendige Cookies",))
    choice = on(stage, "iframe", do, recipe=recipe)
    assert (choice.found_by, choice.status) == ("recipe", ChoiceStatus.CONFIRMED)


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ("#not-there", "matches no visible element"),
        ("button", "matches 2 elements (“Accept all”, “Reject all”)"),
        ("frame=*/nope >> button", "matches 0 frames"),
    ],
)
def test_a_recipe_that_does_not_fit_is_told_with_its_place(stage: Stage, selector: str, said: str) -> None:
    faults: list[str] = []

    async def do(_: Page, player: ConsentPlayer, __: Stamps) -> Choice:
        choice = await player.choose(Consent.REJECTED, "reject")
        faults.extend(str(fault) for fault in player.recipe_faults)
        return choice

    recipe = Recipe(reject=(selector,)).model_copy(update={"source": "consentinel.yaml:12"})
    choice = on(stage, "two-buttons", do, recipe=recipe)
    assert choice.status is ChoiceStatus.NOT_OFFERED
    assert len(faults) == 1
    assert faults[0].startswith("consentinel.yaml:12: ")
    assert said in faults[0]


def test_the_interface_is_measured_layer_by_layer_with_pictures(stage: Stage, tmp_path: Path) -> None:
    async def go() -> None:
        context = await stage.browser.new_context()
        page = await context.new_page()
        await page.goto(stage.server.url("settings-only" + SUFFIX))
        player = player_for(page, Stamps(), evidence_dir=tmp_path)
        choice = await player.choose(Consent.REJECTED, "reject")
        first, second = await player.interfaces()
        await context.close()

        accept, settings = (
            next(c for c in first.controls if c.meaning == meaning) for meaning in ("accept", "settings")
        )
        assert accept.text == "Accept all cookies"
        assert accept.box is not None
        assert accept.box.width > 50
        assert accept.contrast is not None
        assert accept.contrast > 4.5
        assert accept.font_px == 16
        assert settings.layer == 1
        toggles = [control for control in second.controls if control.meaning == "toggle"]
        assert [toggle.checked for toggle in toggles] == [True, True, True]
        assert first.language == "en"
        assert first.accessibility is not None
        assert 'button "Accept all cookies"' in first.accessibility
        pictures = [first.screenshot, second.screenshot, *(click.screenshot for click in choice.clicks)]
        assert all(picture is not None and (tmp_path / picture).stat().st_size > 1000 for picture in pictures)
        assert all(click.text and click.box for click in choice.clicks), "a toggle is called as what stands beside it"

    stage.runner.run(go())


def test_what_only_looks_like_a_button_is_a_text_in_the_accessibility_snapshot(stage: Stage) -> None:
    async def go() -> None:
        context = await stage.browser.new_context()
        page = await context.new_page()
        await page.goto(stage.server.url("iframe" + SUFFIX))
        player = player_for(page, Stamps())
        await player.choose(Consent.REJECTED, "reject")
        (seen,) = await player.interfaces()
        await context.close()
        assert 'text "Nur notwendige Cookies"' in (seen.accessibility or "").splitlines()

    stage.runner.run(go())


LEAVING_BAR = """() => {
  const bar = document.createElement('div');
  bar.style.cssText = 'position:fixed;inset:0 0 auto 0;background:#fff';
  bar.innerHTML = '<p>We use cookies.</p><button>Accept</button>';
  bar.onclick = () => { location.href = '/second.html'; };
  document.body.append(bar);
}"""


def test_a_click_that_navigates_away_is_recorded_and_does_not_raise(stage: Stage) -> None:
    async def do(page: Page, player: ConsentPlayer, _: Stamps) -> Choice:
        await page.evaluate(LEAVING_BAR)
        return await player.choose(Consent.ACCEPTED, "accept")

    choice = on(stage, "none", do)
    assert choice.status is ChoiceStatus.UNCONFIRMED, choice
    assert len(choice.clicks) == 1
