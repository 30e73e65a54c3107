"""Plays a choice as a person would: finds the control, stamps the consent, clicks, and asks the witnesses."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from crawler.browser.consent.attempt import Attempt
from crawler.browser.consent.facts import Looks
from crawler.browser.consent.finder import Finder
from crawler.browser.consent.hand import Hand, MissedError, UnansweredError
from crawler.browser.consent.playing import Play
from crawler.browser.consent.recipe import RecipeFault
from crawler.browser.consent.state import State, read_state
from crawler.browser.consent.verdict import INTERFACE, verdict
from crawler.browser.consent.witnesses import readings
from crawler.browser.consent.words import Meaning
from crawler.browser.consent.worlds import GoneError, ProbeError, World, Worlds
from crawler.observations import Consent, NameValue
from crawler.settings import Recipe
from crawler.suffixes import site_of
from crawler.visits import Choice, ChoiceStatus, Interface, WitnessReading

log = logging.getLogger(__name__)

EVIDENCE_CAP = 2.5
"""Seconds after the click within which a choice is expected to leave its marks."""


CAPS = 3
"""Times the phase's cap that a whole attempt may take: finding waits for one, and the layers for the others."""


class ConsentPlayer:
    """One page, one visit. A site's failure is data in the Choice; only the end of the browser raises."""

    def __init__(
        self,
        page: Page,
        *,
        recipe: Recipe | None,
        stamp: Callable[[Consent], tuple[float, int]],
        now: Callable[[], float],
        evidence_dir: Path | None,
        cap: float,
        mentioned: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        """`mentioned`: whether anything that the page fetched fits a pattern; it spares waiting where nothing does."""
        self._page = page
        self._stamp = stamp
        self._record = recipe.record if recipe else None
        own = recipe.interface if recipe else None
        self._cap = cap
        self._worlds = Worlds(page)
        self._hand = Hand(page, now=now, evidence_dir=evidence_dir)
        self._looks = Looks(self._hand)
        self._finder = Finder(page, self._worlds, mentioned=mentioned, own=own)
        self._play = Play(
            page,
            recipe=recipe,
            worlds=self._worlds,
            hand=self._hand,
            looks=self._looks,
            finder=self._finder,
            cap=cap,
        )
        self._before: dict[int | None, State] = {}
        self._latest: int | None = None

    @property
    def recipe_faults(self) -> tuple[RecipeFault, ...]:
        """Where the user's recipe does not fit the page: a mistake of theirs, to be told with file and line."""
        return tuple(self._play.faults)

    async def glimpse(self) -> None:
        """Notes whether the interface is there already: the sooner it is seen to come, the sooner it is seen to stay
        away after a reload."""
        try:
            await self._page.wait_for_load_state("load", timeout=self._cap * 1000)
            await self._finder.look()
        except (GoneError, ProbeError, PlaywrightError) as error:
            log.debug("no first look at %s: %s", self._page.url, error)

    async def choose(self, wanted: Consent, phase: str, *, by: Locator | None = None) -> Choice:
        """Reads the witnesses, finds, stamps, clicks, reads them again. The status is provisional until `confirm`.

        `by`: the control that the user named, so that nothing is searched for.
        """
        attempt = Attempt(wanted, phase, State(), self._stamp, site=_site(self._page))
        cap = CAPS * self._cap
        try:
            async with asyncio.timeout(cap):
                return await self._choose(attempt, by)
        except TimeoutError:
            return self._cut_short(attempt, f"it did not answer within {cap:g} s")
        except UnansweredError as error:
            attempt.clicks.append(error.click)
            return self._cut_short(attempt, str(error))
        except (GoneError, ProbeError, PlaywrightError) as error:
            return self._cut_short(attempt, str(error).splitlines()[0])

    async def _choose(self, attempt: Attempt, by: Locator | None) -> Choice:
        attempt.before = await read_state(self._page, self._worlds)
        played = await (self._play.play(attempt) if by is None else self._play.click_given(by, attempt))
        if not played and not attempt.stamped:
            why = f"No control for it was found (tried: {'; '.join(attempt.tried) or 'nothing'})."
            return attempt.choice(ChoiceStatus.NOT_OFFERED, why)
        self._remember(attempt)
        return await self._prove(attempt)

    def _remember(self, attempt: Attempt) -> None:
        self._before[attempt.order] = attempt.before
        self._latest = attempt.order

    def _cut_short(self, attempt: Attempt, why: str) -> Choice:
        """What was not looked for to the end is not missing: the choice is unconfirmed, and may be proved yet."""
        attempt.tried.append(f"stopped: {why}")
        if attempt.stamped:
            self._remember(attempt)
        seen = (_left_with_page(),) if attempt.interface_seen and attempt.stamped else ()
        return attempt.choice(ChoiceStatus.UNCONFIRMED, f"The page could not be asked any more: {why}.", seen)

    async def confirm(self, choice: Choice) -> Choice:
        """Reads the witnesses again, after a reload or on a later page; the status is final."""
        if choice.order is None or self._latest not in (None, choice.order):
            return choice  # never clicked, or a later choice has replaced it
        try:
            after = await read_state(self._page, self._worlds)
            shown = await self._finder.shown_again()
        except (GoneError, ProbeError, PlaywrightError) as error:
            why = f"{choice.why} It could not be read again: {str(error).splitlines()[0]}"
            confirmed = choice.status is ChoiceStatus.CONFIRMED
            return choice.model_copy(
                update={"status": ChoiceStatus.UNCONFIRMED if confirmed else choice.status, "why": why}
            )
        earlier = {reading.witness: reading for reading in choice.witnesses}
        witnesses = readings(
            self._before.get(choice.order), after, wanted=choice.wanted, earlier=earlier, recipe_record=self._record
        )
        had = earlier.get(INTERFACE)
        if had is not None:
            after_text = "shown again after the reload" if shown else "still gone after the reload"
            says: Consent | None = Consent.UNDECIDED if shown else choice.wanted
            if choice.wanted is Consent.UNDECIDED and had.says is None and shown:
                says = None  # it never went away: that it is still there does not show that it was dismissed
            if had.says is None and not shown:
                after_text = "gone after the reload"
            interface = WitnessReading(
                witness=INTERFACE, before=had.before, after=after_text, says=says, detail=after_text
            )
            witnesses = (interface, *witnesses)
        status, why = verdict(choice.wanted, witnesses)
        return choice.model_copy(update={"status": status, "why": why, "witnesses": witnesses})

    async def interfaces(self) -> tuple[Interface, ...]:
        """What the consent interface offers, as far as it was looked at; looks now if it never was."""
        if not self._looks.taken:
            try:
                found = await self._finder.look()
                if found.offer is not None:
                    await self._looks.take(found.offer, layer=1)
            except (GoneError, ProbeError, PlaywrightError) as error:
                log.warning("the consent interface of %s could not be looked at: %s", self._page.url, error)
        return self._looks.interfaces()

    def facts(self) -> tuple[NameValue, ...]:
        """What else was seen of the interface: its links to a policy, and what would bring it back."""
        links = [NameValue(name="interface.policy_link", value=link) for link in self._looks.policy_links()]
        reopeners = [
            NameValue(name="interface.reopener", value=f"“{one.seen.text}” {one.element}")
            for one in (self._finder.reopeners if self._looks.taken or self._latest is not None else ())
        ]
        return (*links, *reopeners)

    async def explore(self, phase: str) -> tuple[Interface, ...]:
        """Opens the settings without choosing, to see what they offer. Its click belongs to no choice."""
        first = await self.interfaces()
        try:
            offer = (await self._finder.look()).offer
            settings = offer.of(Meaning.SETTINGS) if offer is not None else ()
            if offer is None or not settings:
                return first
            await self._hand.click(settings[0], phase, stamp=None)
            following = await self._finder.after_click(offer)
            if following is not None:
                await self._looks.take(following, layer=2)
        except (GoneError, MissedError, ProbeError, UnansweredError, PlaywrightError) as error:
            log.warning("the settings of %s could not be looked at: %s", self._page.url, error)
        return self._looks.interfaces()

    async def close(self) -> None:
        await self._worlds.close()

    async def _prove(self, attempt: Attempt) -> Choice:
        deadline = time.monotonic() + EVIDENCE_CAP
        while True:
            try:
                witnesses = await self._witnesses(attempt)
            except GoneError:
                # The click navigates: what the next document says counts, and its clock begins anew.
                await self._page.wait_for_load_state("domcontentloaded", timeout=self._cap * 1000)
                attempt.clock = 0.0
                witnesses = () if self._is_away(attempt) else await self._witnesses(attempt)
            if self._is_away(attempt):  # what another site keeps and shows is no witness
                seen = (_left_with_page(),) if attempt.interface_seen else ()
                return attempt.choice(ChoiceStatus.UNCONFIRMED, f"The click led away to {self._page.url}.", seen)
            status, why = verdict(attempt.wanted, witnesses)
            left = deadline - time.monotonic()
            if status is ChoiceStatus.CONFIRMED or left <= 0:
                return attempt.choice(status, why, witnesses)
            world: World = await self._worlds.main()
            try:
                await world.call("(cap) => consentinel.change(cap, true)", min(left, 0.5) * 1000)
            except GoneError:
                continue

    def _is_away(self, attempt: Attempt) -> bool:
        return _site(self._page) != attempt.site

    async def _witnesses(self, attempt: Attempt) -> tuple[WitnessReading, ...]:
        after = await read_state(self._page, self._worlds, since=attempt.clock)
        found = list(readings(attempt.before, after, wanted=attempt.wanted, recipe_record=self._record))
        if attempt.interface_seen:
            shown = await self._finder.shown()
            text = "still shown" if shown else "gone"
            says = None if shown else attempt.wanted
            found.insert(0, WitnessReading(witness=INTERFACE, before="shown", after=text, says=says, detail=text))
        return tuple(found)


def _site(page: Page) -> str:
    """Empty: the page is of no web site."""
    return site_of(urlsplit(page.url).hostname or "")


def _left_with_page() -> WitnessReading:
    """Whether the interface is gone shows when the page is there again."""
    text = "left with the page"
    return WitnessReading(witness=INTERFACE, before="shown", after=text, says=None, detail=text)
