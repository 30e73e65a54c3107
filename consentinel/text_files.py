"""Text files that people name on the command line: read whole, and never written over unasked."""

from __future__ import annotations

import sys
from pathlib import Path

from classifiers.yaml_source import SourceError
from consentinel.config import ConfigurationError
from consentinel.terminal import note


def text_of(file: Path) -> str:
    """Raises SourceError with a sentence."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SourceError([f"{file}: no such file"]) from None
    except IsADirectoryError:
        raise SourceError([f"{file}: is a folder; give the path of a file"]) from None
    except UnicodeDecodeError as error:
        raise SourceError([f"{file}: cannot be read as UTF-8 text ({error})"]) from error


def write_new(text: str, output: Path | None, *, force: bool) -> None:
    """To standard output where no file is named."""
    if output is None:
        sys.stdout.write(text)
        return
    if output.exists() and not force:
        raise ConfigurationError([f"{output}: is there already; replace it with --force"])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    note(f"Wrote {output}")
