"""The virtual environment in .venv: this package, editable, and the tools that check it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from setup.step import ROOT, SetupError, answer, digest, is_done, mark_done, run, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def ensure_environment() -> str:
    """Makes or refreshes .venv; returns a word for the summary."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    tools: list[str] = project["dependency-groups"]["dev"]
    asked = json.dumps([project["build-system"], project["project"], tools])
    version = _sound_version()
    if version and is_done("environment", digest(asked, str(ROOT), version)):
        return f"Python {version}"
    if not version:
        say("Making the environment in .venv …")
        _make()
        version = _sound_version()
        if not version:
            raise SetupError("The environment in .venv does not start; remove the folder and try again.")
    say("Installing Consentinel and its tools into .venv …")
    run(
        PYTHON,
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", ".", *tools),
        why="Installing the Python packages failed; pip says why above. It needs to reach PyPI or your mirror of it.",
    )
    mark_done("environment", digest(asked, str(ROOT), version))
    return f"Python {version}"


def _sound_version() -> str | None:
    """Version of the Python in .venv; None: there is none, it is too old, or it was made in another place."""
    version = answer(PYTHON, "-c", "import sys, pip; print('.'.join(map(str, sys.version_info[:3])))")
    if version is None or tuple(int(part) for part in version.split(".")) < (3, 11):
        return None
    shebang = (VENV / "bin" / "pip").read_text("utf-8", errors="replace").partition("\n")[0]
    # The scripts of a copied or moved environment still start the old one.
    return version if str(VENV) in shebang or len(shebang) > 127 or "/bin/sh" in shebang else None


def _make() -> None:
    """Debian splits `ensurepip` off its Python, so there are three ways to come by an environment with pip."""
    if VENV.exists():
        shutil.rmtree(VENV)
    if answer(sys.executable, "-c", "import ensurepip, venv") is not None:
        run(sys.executable, "-m", "venv", VENV, why="Making the environment in .venv failed.")
    elif answer(sys.executable, "-m", "pip", "--version") is not None:
        with tempfile.TemporaryDirectory() as borrowed:
            why = "This Python has no `ensurepip`, and fetching virtualenv in its place failed."
            run(sys.executable, "-m", "pip", "install", "--quiet", "--target", borrowed, "virtualenv", why=why)
            code = (
                f"import sys; sys.path.insert(0, {borrowed!r}); import virtualenv; virtualenv.cli_run([{str(VENV)!r}])"
            )
            run(sys.executable, "-c", code, why="Making the environment in .venv failed.")
    elif os.geteuid() == 0 and shutil.which("apt-get"):
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        say(f"This Python has no `ensurepip`; installing {package} …")
        run("apt-get", "update", "-qq", why="apt-get update failed.")
        run("apt-get", "install", "-y", "-qq", package, why=f"Installing {package} failed.")
        run(sys.executable, "-m", "venv", VENV, why="Making the environment in .venv failed.")
    else:
        raise SetupError(
            f"{Path(sys.executable)} has neither `ensurepip` nor pip, so no environment can be made with it: "
            "install them (on Debian and Ubuntu: apt-get install python3-venv) or name another Python: "
            "make setup PYTHON=/path/to/python3"
        )
