"""Finding the browser to audit with: the user's own first, then what is installed, then Playwright's download."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from crawler.observations import Record
from crawler.settings import BrowserSettings


class BrowserMissing(Exception):  # noqa: N818  # names what is the case; users read it
    """No usable browser; the message says how to get one."""


class BrowserKind(StrEnum):
    CHROMIUM = "chromium"
    CHROME = "chrome"
    EDGE = "edge"
    HEADLESS_SHELL = "headless-shell"
    PLAYWRIGHT = "playwright"


class FoundBrowser(Record):
    path: str
    kind: BrowserKind
    version: str
    """As the browser prints it, without the product name: `156.0.8078.79`."""


HOW_TO_GET_ONE = (
    "Install Chromium, Chrome or Edge (Debian and Ubuntu: `apt-get install chromium`), "
    "or run `playwright install chromium`, or set `browser.executable`."
)

# Real binaries stand before the distributions' wrapper scripts of the same browser: those add flags of their own.
_PLACES: tuple[tuple[BrowserKind, str], ...] = (
    (BrowserKind.CHROMIUM, "/usr/lib/chromium/chromium"),
    (BrowserKind.CHROMIUM, "/usr/lib64/chromium-browser/chromium-browser"),
    (BrowserKind.CHROMIUM, "/usr/lib/chromium-browser/chromium-browser"),
    (BrowserKind.CHROME, "/opt/google/chrome/chrome"),
    (BrowserKind.EDGE, "/opt/microsoft/msedge/msedge"),
    (BrowserKind.CHROMIUM, "/Applications/Chromium.app/Contents/MacOS/Chromium"),
    (BrowserKind.CHROME, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    (BrowserKind.EDGE, "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
    (BrowserKind.CHROME, r"C:\Program Files\Google\Chrome\Application\chrome.exe"),
    (BrowserKind.CHROME, r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe"),
    (BrowserKind.EDGE, r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe"),
)
_NAMES: tuple[tuple[BrowserKind, str], ...] = (
    (BrowserKind.CHROMIUM, "chromium"),
    (BrowserKind.CHROMIUM, "chromium-browser"),
    (BrowserKind.CHROME, "google-chrome-stable"),
    (BrowserKind.CHROME, "google-chrome"),
    (BrowserKind.EDGE, "microsoft-edge-stable"),
    (BrowserKind.EDGE, "microsoft-edge"),
)
_SHELLS: tuple[tuple[BrowserKind, str], ...] = (
    (BrowserKind.HEADLESS_SHELL, "/usr/lib/chromium/chromium-headless-shell"),
    (BrowserKind.HEADLESS_SHELL, "/usr/bin/chromium-headless-shell"),
)
_ENGINES = {
    "chromium": BrowserKind.CHROMIUM,
    "chrome": BrowserKind.CHROME,
    "edge": BrowserKind.EDGE,
    "msedge": BrowserKind.EDGE,
    "headless-shell": BrowserKind.HEADLESS_SHELL,
    "chromium-headless-shell": BrowserKind.HEADLESS_SHELL,
    "playwright": BrowserKind.PLAYWRIGHT,
}
"""What `browser.executable` may say instead of a path."""
_REMEDIES = {
    BrowserKind.CHROMIUM: "Install it (Debian and Ubuntu: `apt-get install chromium`).",
    BrowserKind.CHROME: "Install it from https://www.google.com/chrome/ or by `playwright install chrome`, "
    "or give its path.",
    BrowserKind.EDGE: "Install it from https://www.microsoft.com/edge or by `playwright install msedge`, "
    "or give its path.",
    BrowserKind.HEADLESS_SHELL: "Install it (Debian and Ubuntu: `apt-get install chromium-headless-shell`), "
    "or give its path.",
    BrowserKind.PLAYWRIGHT: "Download it: `playwright install chromium`.",
}
_WRAPPED = {"/usr/bin/chromium": "/usr/lib/chromium/chromium"}


def find_browser(settings: BrowserSettings) -> FoundBrowser:
    """The browser that an audit with these settings uses. Raises `BrowserMissing` with the remedy."""
    if settings.executable is not None:
        return _asked_for(settings.executable)
    unusable: list[str] = []
    for kind, path in _candidates(headless=settings.headless):
        version = _version(str(path))
        if version is not None:
            return FoundBrowser(path=str(path), kind=kind, version=version)
        unusable.append(str(path))
    tried = f" These were found but do not run: {', '.join(unusable)}." if unusable else ""
    raise BrowserMissing(f"No browser was found on this machine.{tried} {HOW_TO_GET_ONE}")


def _asked_for(executable: Path) -> FoundBrowser:
    """A path, a program on the PATH, or one of the engines by name."""
    name = str(executable)
    located = shutil.which(name)
    if located is None and (kind := _ENGINES.get(name.lower())) is not None:
        return _engine(kind)
    if located is None:
        raise BrowserMissing(f"`browser.executable` is {executable}, but there is no program. {HOW_TO_GET_ONE}")
    path = _WRAPPED.get(located, located)
    version = _version(path)
    if version is None:
        raise BrowserMissing(f"{path} does not answer to --version as a Chromium browser does. {HOW_TO_GET_ONE}")
    return FoundBrowser(path=path, kind=kind_of(path), version=version)


def _engine(kind: BrowserKind) -> FoundBrowser:
    """Where this engine is installed."""
    tried: list[str] = []
    for found, path in _candidates(headless=True):
        if found is kind:
            version = _version(str(path))
            if version is not None:
                return FoundBrowser(path=str(path), kind=kind, version=version)
            tried.append(str(path))
    unusable = f" These were found but do not run: {', '.join(tried)}." if tried else ""
    raise BrowserMissing(
        f"`browser.executable` asks for {kind.value}, which was not found.{unusable} {_REMEDIES[kind]}"
    )


def _candidates(*, headless: bool) -> Iterator[tuple[BrowserKind, Path]]:
    for kind, place in _PLACES:
        if Path(place).is_file():
            yield kind, Path(place)
    for kind, name in _NAMES:
        located = shutil.which(name)
        if located is not None:
            yield kind, Path(located)
    for path in _playwright_downloads():
        yield BrowserKind.PLAYWRIGHT, path
    if headless:
        for kind, place in _SHELLS:
            if Path(place).is_file():
                yield kind, Path(place)


def _playwright_downloads() -> list[Path]:
    """Playwright's own Chromium builds, newest first (folders are named by revision)."""
    if sys.platform == "darwin":
        default, pattern = Path.home() / "Library/Caches/ms-playwright", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"
    elif sys.platform == "win32":
        default, pattern = Path.home() / "AppData/Local/ms-playwright", "chromium-*/chrome-win*/chrome.exe"
    else:
        default, pattern = Path.home() / ".cache/ms-playwright", "chromium-*/chrome-linux*/chrome"
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)
    return sorted(root.glob(pattern), key=_revision, reverse=True)


def _revision(path: Path) -> int:
    found = re.search(r"chromium-(\d+)", str(path))
    return int(found[1]) if found else 0


def kind_of(path: str) -> BrowserKind:
    if "headless-shell" in path or "headless_shell" in path:
        return BrowserKind.HEADLESS_SHELL
    if "ms-playwright" in path:
        return BrowserKind.PLAYWRIGHT
    if "edge" in path.lower():
        return BrowserKind.EDGE
    return BrowserKind.CHROME if re.search(r"google.?chrome|/opt/google", path, re.I) else BrowserKind.CHROMIUM


@lru_cache(maxsize=16)
def _version(path: str) -> str | None:
    """None: the program does not run, or is no Chromium."""
    if sys.platform == "win32":  # chrome.exe prints nothing there; the version is the name of a folder beside it
        folders = [place.name for place in Path(path).parent.glob("*.*.*.*") if place.is_dir()]
        return max(folders, default=None)
    # Headless-shell treats --version as a page to load when it must not use its sandbox.
    flags = ["--no-sandbox"] if _is_root() else []
    try:
        answer = subprocess.run(
            [path, "--version", *flags], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+\.\d+\.\d+\.\d+", answer.stdout)
    return found[0] if found else None


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
