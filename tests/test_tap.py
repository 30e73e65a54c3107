"""The relay: nobody else gets in, commands of ours stay ours, and a browser that dies is noticed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any, TypeVar

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from crawler.browser.cdp import CommandError
from crawler.browser.found import BrowserMissing, find_browser
from crawler.browser.launch import BrowserGone, audited_browser
from crawler.browser.visit import VisitAsk, visit
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings
from tests.conftest import FAST, Auditor
from tests.page_server import PageServer

pytestmark = pytest.mark.browser

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def test_our_commands_are_answered_and_refusals_raise(audited: Auditor) -> None:
    tap = audited.browser.tap
    version = audited.runner.run(tap.command("Browser.getVersion"))
    assert version["product"] == audited.browser.product
    with pytest.raises(CommandError, match="NoSuch"):
        audited.runner.run(tap.command("NoSuch.command"))


def test_most_messages_are_relayed_unread(audited: Auditor, pages: PageServer) -> None:
    tap = audited.browser.tap
    read, relayed = tap.read, tap.relayed
    pages.page("site", "/", "<script>document.cookie = 'a=1'</script>" + "<p>text</p>" * 50)
    audited.visit(pages.url("site"))
    assert 0 < tap.read - read < tap.relayed - relayed


def test_the_relay_answers_only_to_those_who_know_its_path(audited: Auditor) -> None:
    async def knock() -> None:
        server = audited.browser.tap._server
        assert server is not None
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/devtools/browser"):
            raise AssertionError("it let a stranger in")

    with pytest.raises(InvalidStatus, match="404"):
        audited.runner.run(knock())


def test_the_browser_and_its_profile_are_gone_afterwards() -> None:
    async def start() -> tuple[int, Path]:
        async with audited_browser(BrowserSettings()) as browser:
            folder = next(Path(arg.split("=", 1)[1]) for arg in profile_arguments(browser.process.args))
            assert folder.is_dir()
            return browser.process.pid, folder

    pid, folder = run(start())
    assert not folder.exists()
    assert alive_in_group(pid) == []


def test_a_failure_inside_still_removes_the_profile() -> None:
    folders: list[Path] = []

    async def fail() -> None:
        async with audited_browser(BrowserSettings()) as browser:
            folders.extend(Path(arg.split("=", 1)[1]) for arg in profile_arguments(browser.process.args))
            raise KeyError("as any caller may")

    with pytest.raises(KeyError, match="as any caller may"):
        run(fail())
    assert [folder.exists() for folder in folders] == [False]


KILLED = """
import asyncio, os, signal
from crawler.browser.launch import audited_browser
from crawler.settings import BrowserSettings
async def start():
    async with audited_browser(BrowserSettings()) as browser:
        print(browser.process.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(start())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
def test_the_browser_ends_with_a_crawler_that_is_killed() -> None:
    # The profile of a killed crawler stays behind; and Chromium's sockets in it allow no long path.
    with TemporaryDirectory(prefix="k", ignore_cleanup_errors=True) as short:
        killed = subprocess.run(
            [sys.executable, "-c", KILLED],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "TMPDIR": short},
        )
    pid = int(killed.stdout)
    deadline = monotonic() + 10
    while alive_in_group(pid) and monotonic() < deadline:
        sleep(0.05)
    assert alive_in_group(pid) == []


def test_a_browser_that_dies_during_a_visit_is_reported_as_gone(pages: PageServer) -> None:
    pages.page("site", "/", "<script>setInterval(() => fetch('/again'), 50)</script>")

    async def die() -> None:
        async with audited_browser(BrowserSettings()) as browser:
            ask = VisitAsk(url=pages.url("site"), scenario=SCENARIOS["silent"], settings=FAST, digest_key=b"k")
            visiting = asyncio.ensure_future(visit(browser, ask))
            async with asyncio.timeout(20):
                while not pages.got:
                    await asyncio.sleep(0.02)
            os.killpg(browser.process.pid, signal.SIGKILL)
            await visiting

    with pytest.raises(BrowserGone):
        run(die())


def test_a_program_that_is_no_browser_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BrowserMissing, match=r"browser\.executable.*Install"):
        find_browser(BrowserSettings(executable=tmp_path / "none"))
    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh\necho hello\n")
    fake.chmod(0o755)
    with pytest.raises(BrowserMissing, match="does not answer"):
        find_browser(BrowserSettings(executable=fake))


def test_flags_and_cookie_policy_are_what_the_record_says(audited: Auditor) -> None:
    assert not any("ThirdPartyStoragePartitioning" in flag for flag in audited.browser.flags)
    assert any(flag.startswith("--disable-features=IsolateSandboxedIframes") for flag in audited.browser.flags)


@pytest.mark.parametrize(("policy", "stored"), [("allow", True), ("block", False)])
def test_the_third_party_cookie_policy_is_obeyed(pages: PageServer, policy: str, stored: bool) -> None:
    from tests.page_server import GIF, Page

    line = "third=1; SameSite=None; Secure"
    pages.page("site", "/", "<img src='http://third.localhost:PORT/p'>")
    pages.page("third", "/p", Page(GIF, "image/gif", headers=(("Set-Cookie", line),)))
    settings = BrowserSettings.model_validate({"third_party_cookies": policy})

    async def look() -> bool | None:
        async with audited_browser(settings) as browser:
            ask = VisitAsk(url=pages.url("site"), scenario=SCENARIOS["silent"], settings=FAST, digest_key=b"k")
            outcome = await visit(browser, ask)
            return outcome.visit.cookies[0].stored

    assert run(look()) is stored


def alive_in_group(group: int) -> list[str]:
    """Names of the running processes of a group; a process that only waits to be reaped does not count."""
    alive: list[str] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _parent, its_group = rest.split()[:3]
        if int(its_group) == group and state != "Z":
            alive.append(name)
    return alive


def profile_arguments(arguments: object) -> list[str]:
    assert isinstance(arguments, list)
    return [argument for argument in arguments if str(argument).startswith("--user-data-dir=")]
