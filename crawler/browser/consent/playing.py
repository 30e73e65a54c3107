"""The play itself: from the recipe, the platform, autoconsent or the words to the clicks, layer by layer."""

from __future__ import annotations

from playwright.async_api import Locator, Page

from crawler.browser.consent.attempt import Attempt
from crawler.browser.consent.autoconsent import Autoconsent, Detected, clicks_of
from crawler.browser.consent.facts import Looks
from crawler.browser.consent.finder import Finder
from crawler.browser.consent.hand import Hand, MissedError
from crawler.browser.consent.recipe import RecipeFault, play_recipe
from crawler.browser.consent.state import read_state
from crawler.browser.consent.survey import Control, Offer
from crawler.browser.consent.words import Meaning
from crawler.browser.consent.worlds import GoneError, Worlds
from crawler.observations import Consent
from crawler.settings import Recipe

ROUNDS = 5
"""Layers and confirmations that are followed before giving up."""
MOST_TOGGLES = 40
_DIRECT = {
    Consent.ACCEPTED: Meaning.ACCEPT,
    Consent.REJECTED: Meaning.REJECT,
    Consent.WITHDRAWN: Meaning.REJECT,
    Consent.UNDECIDED: Meaning.CLOSE,
}


class Play:
    def __init__(
        self, page: Page, *, recipe: Recipe | None, worlds: Worlds, hand: Hand, looks: Looks, finder: Finder, cap: float
    ) -> None:
        self._page = page
        self._recipe = recipe
        self._worlds = worlds
        self._hand = hand
        self._looks = looks
        self._finder = finder
        self._cap = cap
        self._autoconsent = Autoconsent(worlds)
        self.faults: list[RecipeFault] = []

    async def play(self, attempt: Attempt) -> bool:
        """Clicks until the choice is made; False: it could not be. Raises GoneError when the page went."""
        if self._recipe is not None:
            steps = {
                Consent.ACCEPTED: self._recipe.accept,
                Consent.REJECTED: self._recipe.reject,
                Consent.WITHDRAWN: self._recipe.withdraw,
            }
            selectors = steps.get(attempt.wanted, ())
            if selectors:
                await self._note_interface(attempt)
                return await play_recipe(self._page, self._hand, self._recipe, selectors, attempt, self.faults)
            attempt.tried.append(f"recipe: has no steps for {attempt.wanted}")
        if attempt.wanted is Consent.WITHDRAWN and not await self._reopen(attempt):
            return False
        detected: list[Detected] = []

        async def otherwise() -> bool:
            """What is dearer than a look: closed shadow roots, and the platforms that only autoconsent knows."""
            if await self._worlds.admit_closed_roots() and (await self._finder.look()).offer is not None:
                return False
            found = await self._autoconsent.detect(attempt.tried)
            detected.extend([found] if found else [])
            return found is not None

        offer = await self._finder.wait_for_offer(self._cap, attempt.tried, otherwise=otherwise)
        if attempt.wanted is Consent.UNDECIDED and offer is not None and not offer.of(Meaning.CLOSE):
            return await self._leave_it(offer, attempt)
        wanted = _DIRECT.get(attempt.wanted)
        known = offer is not None and wanted is not None and any(c.by.startswith("platform:") for c in offer.of(wanted))
        if not known and attempt.wanted in (Consent.ACCEPTED, Consent.REJECTED, Consent.WITHDRAWN):
            found = detected[0] if detected else await self._autoconsent.detect(attempt.tried) if offer else None
            if found is not None and await self._play_autoconsent(found, offer, attempt):
                return True
            if attempt.clicks:
                offer = (await self._finder.look()).offer
        return offer is not None and await self._play_offer(offer, attempt)

    async def click_given(self, target: Locator, attempt: Attempt) -> bool:
        """The click that the user's own scenario says makes the choice."""
        await self._note_interface(attempt)
        try:
            attempt.clicks.append(await self._hand.click_locator(target, attempt.phase, stamp=attempt.stamp))
        except MissedError as error:
            attempt.tried.append(f"step: cannot be clicked: {error}")
            return False
        attempt.found_by = "step"
        return True

    async def _note_interface(self, attempt: Attempt) -> None:
        """Where the user names the controls, the interface is still looked at: that it goes away is a witness."""
        offer = (await self._finder.look()).offer
        attempt.interface_seen = await self._finder.shown()
        if offer is not None:
            await self._looks.take(offer, layer=1)

    async def _leave_it(self, offer: Offer, attempt: Attempt) -> bool:
        """There is nothing to close it with: does what people do who go on without choosing."""
        attempt.interface_seen = True
        await self._looks.take(offer, layer=1)
        attempt.tried.append("no control to close it: pressed Escape and scrolled")
        attempt.found_by = "escape and scroll"
        attempt.stamp()
        await self._page.keyboard.press("Escape")
        await self._page.mouse.wheel(0, 900)
        return True

    async def _play_autoconsent(self, detected: Detected, offer: Offer | None, attempt: Attempt) -> bool:
        attempt.interface_seen = True
        if offer is not None:
            await self._looks.take(offer, layer=1)
        total = clicks_of(detected.rule, attempt.wanted)

        async def click(control: Control) -> bool:
            decisive = control.meaning in (Meaning.ACCEPT, Meaning.REJECT, Meaning.SAVE)
            last = total is None or len(attempt.clicks) >= total - 1
            opens = control.meaning in (Meaning.SETTINGS, Meaning.TOGGLE, Meaning.POLICY)
            return await self._click(control, attempt, stamped=decisive or (last and not opens))

        done = await self._autoconsent.play(detected, attempt.wanted, click, attempt.tried)
        if not attempt.stamped:
            attempt.tried.append(f"autoconsent:{detected.rule}: made {done} clicks, none of which makes the choice")
            return False
        attempt.found_by = f"autoconsent:{detected.rule}"
        return True

    async def _reopen(self, attempt: Attempt) -> bool:
        """Brings the settings back; that is not yet a withdrawal."""
        found = await self._finder.look()
        if found.offer is not None:
            return True
        wanted = (Meaning.WITHDRAW, Meaning.SETTINGS)
        controls = [c for c in found.reopeners if c.seen.platform or c.meaning in wanted]
        controls.sort(key=lambda c: (c.seen.platform is None, c.meaning is not Meaning.WITHDRAW, not c.whole))
        for control in controls[:3]:
            attempt.tried.append(
                f"reopened with “{control.seen.text}” ({control.by or 'platform:' + str(control.seen.platform)})"
            )
            if (
                await self._click(control, attempt, stamped=False)
                and await self._finder.wait_for_offer(2.0, []) is not None
            ):
                return True
        attempt.tried.append("no control that brings the settings back")
        return False

    async def _play_offer(self, offer: Offer, attempt: Attempt) -> bool:
        layer = 1
        opened: set[str] = set()
        for _ in range(ROUNDS):
            attempt.interface_seen = True
            if not attempt.stamped:
                await self._looks.take(offer, layer=layer)
            step = self._next(offer, attempt, opened, layer)
            if step is None:
                attempt.tried.append(
                    f"layer {layer} of {offer.platform or 'the interface'}: no control for {attempt.wanted}"
                )
                return attempt.stamped
            control, decides = step
            if not decides:
                opened.add(control.element)
            if (
                control.meaning is Meaning.SAVE
                and attempt.wanted is not Consent.UNDECIDED
                and not await self._set_toggles(offer, attempt)
            ):
                return attempt.stamped
            clicked = await self._click(control, attempt, stamped=decides)
            if clicked and decides:
                attempt.found_by = attempt.found_by or control.by or None
            if clicked and decides and await self._vanished(offer):
                return True
            following = await self._finder.after_click(offer)
            if following is None:
                return attempt.stamped
            if not decides:
                layer += 1
            offer = following
        attempt.tried.append(f"gave up after {ROUNDS} clicks")
        return attempt.stamped

    def _next(self, offer: Offer, attempt: Attempt, opened: set[str], layer: int) -> tuple[Control, bool] | None:
        """The next control to click, and whether that click makes the choice."""
        if attempt.wanted is not Consent.PARTIAL:
            for control in offer.of(_DIRECT[attempt.wanted]):
                if sum(click.element == control.element for click in attempt.clicks) < 2:
                    return control, True
            if attempt.wanted is Consent.UNDECIDED:
                return None
        saves = offer.of(Meaning.SAVE)
        if saves and (offer.toggles or layer > 1):
            return saves[0], True
        for control in offer.of(Meaning.SETTINGS):
            if control.element not in opened and not attempt.stamped:
                return control, False
        return (saves[0], True) if saves else None

    async def _set_toggles(self, offer: Offer, attempt: Attempt) -> bool:
        """Switches every optional toggle to what is wanted before saving; False: the page did not let us."""
        optional = [toggle for toggle in offer.toggles if not toggle.required]
        if len(optional) > MOST_TOGGLES:
            attempt.tried.append(f"{len(optional)} toggles: only the first {MOST_TOGGLES} were set")
        for place, toggle in enumerate(optional[:MOST_TOGGLES]):
            want = attempt.wanted is Consent.ACCEPTED or (attempt.wanted is Consent.PARTIAL and place == 0)
            if toggle.seen.checked is want:
                continue
            if not await self._click(toggle, attempt, stamped=False):
                return False
        now = await self._finder.look()
        wrong = [
            toggle
            for one in now.offers
            for toggle in one.toggles
            if not toggle.required and toggle.seen.checked and attempt.wanted in (Consent.REJECTED, Consent.WITHDRAWN)
        ]
        if wrong:
            attempt.tried.append(f"{len(wrong)} toggles stayed on: “{wrong[0].seen.beside[:40] or wrong[0].seen.text}”")
        return not wrong

    async def _click(self, control: Control, attempt: Attempt, *, stamped: bool) -> bool:
        try:
            if stamped and not attempt.stamped:
                if not attempt.clicks:  # what appeared while we looked is not the choice's doing
                    attempt.before = await read_state(self._page, self._worlds)
                attempt.clock = await (await self._worlds.main()).call("() => consentinel.now()")
            click = await self._hand.click(control, attempt.phase, stamp=attempt.stamp if stamped else None)
        except MissedError as error:
            attempt.tried.append(f"{control.by or control.meaning}: {error}")
            return False
        attempt.clicks.append(click)
        return True

    async def _vanished(self, offer: Offer) -> bool:
        try:
            return bool(
                await offer.world.call(
                    "(index, cap) => consentinel.vanish(index, cap).then((how) => how === 'gone')", offer.index, 700
                )
            )
        except GoneError:
            return True  # the frame of the interface went with it, or the page navigates
