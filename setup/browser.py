"""A browser to audit with: one that is installed, else Playwright's, else the distribution's."""

from __future__ import annotations

import os
import shutil
import subprocess

from setup.environment import PYTHON
from setup.step import ROOT, SetupError, answer, run, say

FIND = """
from crawler.browser.found import BrowserMissing, find_browser
from crawler.settings import BrowserSettings
try:
    found = find_browser(BrowserSettings())
    print(found.kind, found.version, f'({found.path})')
except BrowserMissing:
    print()
"""


def ensure_browser() -> str:
    """Finds or installs a browser that starts; returns words for the summary."""
    if (found := _usable()) is not None:
        return found
    say("No browser here; fetching Playwright's Chromium (some 170 MB) …")
    for attempt in (_playwright, _apt):
        try:
            attempt()
        except SetupError as error:
            say(f"  {error}")
        if (found := _usable()) is not None:
            return found
    raise SetupError(
        "No browser could be found or installed: install Chromium, Google Chrome or Microsoft Edge, "
        "or run `.venv/bin/playwright install --with-deps chromium`, then run make again."
    )


def _usable() -> str | None:
    """Kind, version and path of the browser the product would take; None: it finds none that starts."""
    found = answer(PYTHON, "-c", FIND)
    if found is None:
        raise SetupError(f"Consentinel does not start. Try: {PYTHON} -c 'import crawler.browser.found'")
    return found or None


def _playwright() -> None:
    command = [str(PYTHON), "-m", "playwright", "install", "chromium"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode != 0:  # it tries five times and prints a stack each time: one line of it says all
        lines = (done.stderr + done.stdout).splitlines()
        cause = next((line for line in lines if "Error: " in line), f"exit code {done.returncode}")
        raise SetupError(f"Playwright's download failed: {cause.strip()}")


def _apt() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError("Not root on Debian or Ubuntu, so the distribution's Chromium cannot be installed from here.")
    say("Installing the distribution's Chromium …")
    run("apt-get", "update", "-qq", why="apt-get update failed.")
    run("apt-get", "install", "-y", "-qq", "chromium", why="apt-get could not install chromium.")
