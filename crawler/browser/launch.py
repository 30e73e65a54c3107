"""Starting and ending an audited browser: our own process, profile, flags and tap."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import orjson
from playwright.async_api import Browser, async_playwright

from crawler.browser.collectors import EVENTS
from crawler.browser.flags import launch_flags, preferences
from crawler.browser.found import BrowserMissing, FoundBrowser, find_browser
from crawler.browser.netlog import NetLog
from crawler.browser.probes import Probes
from crawler.browser.tap import Tap
from crawler.browser.watch import TIME_PASSED
from crawler.settings import BrowserSettings
from crawler.visits import Channel

log = logging.getLogger(__name__)

_START_CAP = 30.0
"""Seconds a browser may take to open its debugging port; a cold start on a busy machine takes up to ten."""
_STOP_CAP = 5.0
_POLL = 0.02


_LOCAL_STATE = {"auth": {"schemes": ""}}
"""A resource behind a password is answered with its 401 at once: nobody is there to type one into a prompt."""


class BrowserGone(Exception):  # noqa: N818  # names what is the case
    """The browser process ended or stopped answering while it was needed."""


@dataclass(eq=False)
class AuditedBrowser:
    """A running browser with its tap. Visits share it; each has its own browser context."""

    product: str
    """As the browser says it: `Chrome/156.0.8078.79`."""
    path: str
    flags: tuple[str, ...]
    settings: BrowserSettings
    driver: Browser
    tap: Tap
    probes: Probes
    process: subprocess.Popen[bytes]
    user_agent: str = ""
    """As the browser names itself to sites."""
    making_context: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a context is made, so that the tap's newest context is surely that one."""
    netlog: NetLog | None = None
    ledger: tuple[Channel, ...] = ()
    """What the canary showed to be live; empty: it was not looked at."""

    @property
    def alive(self) -> bool:
        return self.process.poll() is None and not self.tap.gone.is_set()


@dataclass(frozen=True)
class Started:
    """Our own browser process, before anybody has connected to it."""

    found: FoundBrowser
    flags: tuple[str, ...]
    process: subprocess.Popen[bytes]
    endpoint: str
    """Its DevTools address."""
    netlog: NetLog | None


@asynccontextmanager
async def started(settings: BrowserSettings) -> AsyncIterator[Started]:
    """Raises `BrowserMissing` with the remedy."""
    found = find_browser(settings)
    flags = tuple(flag.name for flag in launch_flags(settings, found.kind))
    with _profile(settings) as profile:
        netlog = NetLog(profile / "netlog.json") if settings.netlog else None
        with _running(found, (*flags, *(netlog.flags if netlog else ())), profile) as process:
            yield Started(found, flags, process, await _endpoint(process, profile, found), netlog)


@asynccontextmanager
async def audited_browser(settings: BrowserSettings) -> AsyncIterator[AuditedBrowser]:
    """A browser for as long as the block lasts. Raises `BrowserMissing` with the remedy."""
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(started(settings))
        probes = Probes.load()
        tap = Tap(events=EVENTS | {TIME_PASSED})
        stack.push_async_callback(tap.close)
        relay = await tap.open(running.endpoint)
        playwright = await stack.enter_async_context(async_playwright())
        driver = await playwright.chromium.connect_over_cdp(relay, timeout=_START_CAP * 1000)
        version = await tap.command("Browser.getVersion")
        stack.push_async_callback(_ask_to_close, tap, running.process)
        yield AuditedBrowser(
            product=version["product"],
            path=running.found.path,
            flags=running.flags,
            settings=settings,
            driver=driver,
            tap=tap,
            probes=probes,
            process=running.process,
            user_agent=version["userAgent"],
            netlog=running.netlog,
        )


@contextmanager
def _profile(settings: BrowserSettings) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="consentinel-"))
    try:
        (folder / "Default").mkdir()
        (folder / "Default" / "Preferences").write_bytes(orjson.dumps(preferences(settings)))
        (folder / "Local State").write_bytes(orjson.dumps(_LOCAL_STATE))
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """A dying browser may still write into its profile, so one failure is not the last word."""
    deadline = monotonic() + _STOP_CAP
    while folder.exists() and monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        log.warning("The browser's temporary profile %s could not be removed.", folder)


@contextmanager
def _running(found: FoundBrowser, flags: tuple[str, ...], profile: Path) -> Iterator[subprocess.Popen[bytes]]:
    log_file = (profile / "stderr.txt").open("wb")
    try:
        process = subprocess.Popen(
            [found.path, *flags, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log_file,
            preexec_fn=_end_with_us,
            start_new_session=True,  # its own group, so that its helpers end with it and Ctrl-C reaches only us
            env={**os.environ, "GOOGLE_API_KEY": "no", "GOOGLE_DEFAULT_CLIENT_ID": "no"},
        )
    except OSError as error:
        raise BrowserMissing(f"{found.path} could not be started: {error.strerror}.") from error
    finally:
        log_file.close()
    try:
        yield process
    finally:
        _stop(process)


_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_us() -> None:
    """Runs in the new process: when ours is killed and cannot clean up, Linux ends the browser too."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            process.wait(timeout=_STOP_CAP if how is signal.SIGKILL else 0.2)
        except subprocess.TimeoutExpired:
            _signal(process, how)
    try:
        process.wait(timeout=_STOP_CAP)
    except subprocess.TimeoutExpired:
        log.warning("The browser (process %d) does not end.", process.pid)
    _signal(process, signal.SIGKILL)  # helpers that outlived it


def _signal(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if sys.platform == "win32":
        process.terminate()
        return
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        log.debug("the browser's process group has ended")


async def _endpoint(process: subprocess.Popen[bytes], profile: Path, found: FoundBrowser) -> str:
    """The DevTools address, from the file that the browser writes when it is ready."""
    port_file = profile / "DevToolsActivePort"
    deadline = monotonic() + _START_CAP
    while monotonic() < deadline:
        if process.poll() is not None:
            raise BrowserMissing(_no_start(found, profile, f"ended at once (exit code {process.returncode})"))
        lines = port_file.read_text().splitlines() if port_file.exists() else []
        if len(lines) >= 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        await asyncio.sleep(_POLL)
    raise BrowserMissing(_no_start(found, profile, f"did not open its debugging port within {_START_CAP:.0f} s"))


def _no_start(found: FoundBrowser, profile: Path, what: str) -> str:
    said = (profile / "stderr.txt").read_text(errors="replace").strip().splitlines()
    last = f" It said: {said[-1][:300]}" if said else ""
    return f"{found.path} {what}.{last} Try another browser with `browser.executable`."


async def _ask_to_close(tap: Tap, process: subprocess.Popen[bytes]) -> None:
    """A browser that is asked ends faster and cleaner than one that is killed."""
    if process.poll() is None and not tap.gone.is_set():
        closing = asyncio.ensure_future(tap.command("Browser.close"))
        await asyncio.wait({closing, asyncio.ensure_future(tap.gone.wait())}, timeout=_STOP_CAP)
