"""How a visit gets to its page: opening it, loading it again, going on to the next one, and coming back later."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Error

from crawler.browser.choosing import is_away
from crawler.browser.farewell import say_farewell
from crawler.browser.navigation import problem_of
from crawler.browser.stage import Stage
from crawler.scenarios import Phase
from crawler.visits import ProblemKind

log = logging.getLogger(__name__)

_NEXT: Final = """() => {
  const here = location.href.split('#')[0];
  const leads = (a) => {
    const there = a.href.split('#')[0];
    return a.origin === location.origin && there !== here && !a.hasAttribute('download') && !a.target
      && !/\\.(pdf|zip|docx?|xlsx?|pptx?|jpe?g|png|gif|svg|mp[34]|exe|dmg)$/i.test(a.pathname)
      && !/log-?out|sign-?out|abmelden|delete|unsubscribe/i.test(a.href);
  };
  const found = [...document.querySelectorAll('a[href]')].filter(leads);
  const plain = found.find((a) => a.pathname !== location.pathname && !a.search);
  return (plain || found[0] || {}).href || null;
}"""
"""Another page of the same origin, rather one without a query. Links that end a session or bring a file are not it."""

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", "image/svg+xml"})
"""Types that can run scripts and set cookies from markup; anything else is a file that the browser merely shows."""


async def open_page(stage: Stage, phase: Phase) -> bool:
    """False: there is nothing to watch; the stage tells why."""
    cap = stage.ask.settings.navigation_cap
    url = stage.ask.url
    if urlsplit(url).scheme not in ("http", "https"):
        text = f"{url} is not the address of a web page: it must begin with http:// or https://."
        stage.problem(ProblemKind.UNREACHABLE, text, phase=phase.name)
        return False
    try:
        await stage.page.goto(url, wait_until="commit", timeout=cap * 1000)
    except Error as error:
        found = problem_of(error.message, url=url, status=_status(stage), cap=cap, phase=phase.name)
        stage.problems.append(found)
        return False
    status = _status(stage)
    if status is not None and status >= 400:
        found = problem_of("ERR_HTTP_RESPONSE_CODE_FAILURE", url=url, status=status, cap=cap, phase=phase.name)
        stage.problems.append(found)
        return True  # what the error page does is recorded all the same
    document = stage.watch.document()
    mime = document.answer.get("mimeType", "") if document is not None and document.answer is not None else ""
    if mime and mime not in _PAGES:
        text = f"{url} is a file ({mime}), not a page. Leave it out with `crawl.exclude`."
        stage.problem(ProblemKind.DOWNLOAD, text, phase=phase.name)
        return False
    stage.seen = True
    return True


async def load_again(stage: Stage, phase: Phase) -> bool:
    stage.watch.loaded = False
    try:
        await stage.page.reload(wait_until="commit", timeout=stage.ask.settings.navigation_cap * 1000)
    except Error as error:
        return _lost(stage, phase, stage.ask.url, error)
    return True


async def come_home(stage: Stage, phase: Phase, home: str) -> bool:
    """Opens the page again where a click of ours led away from its site: the visit is about that page."""
    if stage.watch.crashed or not is_away(stage, home):
        return True
    stage.watch.loaded = False
    return await open_page(stage, phase)


async def go_on(stage: Stage, phase: Phase) -> bool:
    """Follows a link to another page of the site, as the next step of a reader."""
    try:
        there: str | None = await stage.page.evaluate(_NEXT)
    except Error as error:
        return _lost(stage, phase, stage.ask.url, error)
    if there is None:
        stage.incomplete = True
        text = f"{stage.ask.url} has no link to another page of its site, so {phase.name!r} was not played."
        stage.problem(ProblemKind.NO_CONTROL, text, phase=phase.name)
        return False
    stage.watch.loaded = False
    try:
        cap = stage.ask.settings.navigation_cap
        await stage.page.goto(there, wait_until="commit", timeout=cap * 1000, referer=stage.page.url)
    except Error as error:
        return _lost(stage, phase, there, error)
    return True


async def leave(stage: Stage) -> None:
    """Closes the page and ends what ends with it: session cookies go, session storage goes with the tab."""
    if stage.player is not None:
        stage.interfaces = await stage.player.interfaces()
        stage.of_player()
        await stage.player.close()
        stage.player = None
    context = stage.page.context
    await say_farewell(stage.watch, context)
    for cookie in await context.cookies():
        if cookie.get("expires") == -1 and "name" in cookie:
            await context.clear_cookies(name=cookie["name"], domain=cookie.get("domain"), path=cookie.get("path"))


async def come_back(stage: Stage, phase: Phase) -> bool:
    """The same browser opens the page anew."""
    stage.watch.new_window()
    stage.page = await stage.page.context.new_page()
    stage.attend()
    return await open_page(stage, phase)


def _lost(stage: Stage, phase: Phase, url: str, error: Error) -> bool:
    stage.incomplete = True
    cap = stage.ask.settings.navigation_cap
    stage.problems.append(problem_of(error.message, url=url, status=None, cap=cap, phase=phase.name))
    return False


def _status(stage: Stage) -> int | None:
    hop = stage.watch.document()
    return None if hop is None else hop.status
