"""`consentinel check`: whether the files that people edit can be used; for a pre-commit hook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from classifiers.declaration import read_declaration
from classifiers.rules import RULES
from classifiers.vendor_files import read_vendor
from consentinel.config import Configuration, ConfigurationError, read_configuration
from consentinel.judging import read_yardstick
from consentinel.mistakes import USER_ERRORS
from consentinel.terminal import complain, note, out
from reports.baseline import FORMAT, parse_baseline
from reports.gate import ExitCode
from reports.waivers import parse_waivers


class FileKind(StrEnum):
    CONFIGURATION = "configuration"
    DECLARATION = "declaration"
    WAIVERS = "waivers"
    BASELINE = "baseline"
    VENDOR = "vendor"


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files of any kind that Consentinel reads.")],
    kind: Annotated[
        FileKind | None, typer.Option("--as", metavar="KIND", help="What they are; otherwise told by their keys.")
    ] = None,
    waivable: Annotated[
        list[str] | None, typer.Option("--waivable", metavar="RULE", help="As gate.waivable; may be repeated.")
    ] = None,
) -> None:
    """Check files that people edit: configuration, declaration, waivers, baseline, vendor. Ends with 2 on a fault."""
    faults = [fault for file in files if (fault := _fault(file, kind, tuple(waivable or ())))]
    for fault in faults:
        complain(fault)
    if faults:
        raise typer.Exit(ExitCode.WRONG_USE)
    out.print(f"{len(files)} {'file' if len(files) == 1 else 'files'} can be used.")


def _fault(file: Path, kind: FileKind | None, waivable: tuple[str, ...]) -> str | None:
    try:
        known = kind or kind_of(file)
        if known is FileKind.WAIVERS:
            _waivers(file, waivable)
        else:
            READERS[known](file)
    except USER_ERRORS as error:
        return str(error)
    except (OSError, UnicodeDecodeError) as error:
        return f"{file}: cannot be read as UTF-8 text ({error})"
    return None


def kind_of(file: Path) -> FileKind:
    """By the keys at the top. Raises ConfigurationError."""
    try:
        document = YAML(typ="rt").load(file.read_text(encoding="utf-8"))  # which reads JSON as well
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError([f"{file}:{line}: neither YAML nor JSON that can be read: {error.problem}"]) from error
    except YAMLError as error:
        raise ConfigurationError([f"{file}:1: neither YAML nor JSON that can be read: {error}"]) from error
    keys = set(document) if isinstance(document, dict) else set()
    if "waivers" in keys:
        return FileKind.WAIVERS
    if str(document["schema"] if "schema" in keys else "").startswith("tracker-declaration/"):
        return FileKind.DECLARATION
    if "format" in keys and document["format"] == FORMAT:
        return FileKind.BASELINE
    if {"id", "category", "purpose"} <= keys:
        return FileKind.VENDOR
    if keys & set(Configuration.model_fields):
        return FileKind.CONFIGURATION
    kinds = ", ".join(FileKind)
    raise ConfigurationError([f"{file}:1: its keys do not tell what it is; say it: --as KIND, of {kinds}"])


def _configuration(file: Path) -> None:
    """With all files that it names."""
    configuration = read_configuration(file)
    configuration.scenarios()
    read_yardstick(configuration)


def _waivers(file: Path, waivable: tuple[str, ...]) -> None:
    rules = [rule.id for rule in RULES]
    text = file.read_text(encoding="utf-8")
    today = datetime.now(UTC).date()
    for waiver in parse_waivers(text, file=str(file), known_rules=rules, waivable_anyway=waivable):
        if waiver.expired(today):
            note(f"{waiver.source}: expired on {waiver.expires}: what it covered counts again")


def _baseline(file: Path) -> None:
    parse_baseline(file.read_text(encoding="utf-8"), file=str(file))


def _declaration(file: Path) -> None:
    """A lock file is read through the declaration that names it, where its categories stand."""
    for owner in _owners(file) or [file]:
        read_declaration(owner)


def _owners(lock: Path) -> list[Path]:
    found = []
    for path in sorted(lock.parent.glob("*.y*ml")):
        try:
            document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        except (YAMLError, OSError, UnicodeDecodeError):
            continue  # another file's fault, told when that file is checked
        if isinstance(document, dict) and isinstance(name := document.get("lock"), str):
            found += [path] if (path.parent / name).resolve() == lock.resolve() else []
    return found


READERS: dict[FileKind, Callable[[Path], object]] = {
    FileKind.CONFIGURATION: _configuration,
    FileKind.DECLARATION: _declaration,
    FileKind.BASELINE: _baseline,
    FileKind.VENDOR: read_vendor,
}
