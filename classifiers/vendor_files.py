"""Reads vendor files: YAML with line numbers for people, and a per-user cache because parsing it all takes seconds."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import orjson
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from classifiers.vendor_records import CHECKED, Vendor
from classifiers.yaml_source import complaints

log = logging.getLogger(__name__)

_CACHE_FILE = "catalogue-1.json"


class CatalogueError(Exception):
    """A vendor file that cannot be used; the message begins with file:line."""


def cache_folder() -> Path:
    """Where this user's caches go, by the custom of the platform."""
    if home := os.environ.get("CONSENTINEL_CACHE"):
        return Path(home)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "consentinel"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "consentinel"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "consentinel"


def read_vendor(path: Path) -> Vendor:
    """One vendor file. Raises CatalogueError with file:line and key."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror}") from error
    return _checked(path, _parsed(path, data), data)


def read_folders(folders: Iterable[Path], *, cache: Path | None) -> tuple[dict[str, Vendor], str]:
    """Vendors by id (later folders win) and a digest over all files; `cache` None: neither read nor written."""
    files = [path for folder in folders for path in _yaml_files(folder)]
    known = _read_cache(cache) if cache else {}
    used: dict[str, object] = {}
    vendors: dict[str, Vendor] = {}
    whole = sha256()
    for path in files:
        data = path.read_bytes()
        digest = sha256(data).hexdigest()
        whole.update(f"{path.name} {digest}\n".encode())
        raw = known[digest] if digest in known else _parsed(path, data)
        vendor = _checked(path, raw, data, context=CHECKED if digest in known else None)
        vendors[vendor.id] = vendor
        used[digest] = raw
    if cache and used.keys() - known.keys():
        _write_cache(cache, used)
    return vendors, whole.hexdigest()


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CatalogueError(f"{folder}: is not a folder of vendor files")
    return sorted(folder.glob("*.yaml"))


def _parsed(path: Path, data: bytes) -> object:
    try:
        parsed: object = YAML(typ="safe", pure=True).load(data.decode())
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path}: is not UTF-8 text") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise CatalogueError(f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error}") from error
    except YAMLError as error:
        raise CatalogueError(f"{path}:1: {error}") from error
    return parsed


def _checked(path: Path, raw: object, data: bytes, *, context: dict[str, bool] | None = None) -> Vendor:
    try:
        vendor = Vendor.model_validate(raw, context=context)
    except ValidationError as error:
        raise CatalogueError("\n".join(_complaints(path, data, error))) from error
    if vendor.id != path.stem:
        raise CatalogueError(f"{path}:1: id: `{vendor.id}` is not the file's name; accepted: `{path.stem}`")
    return vendor


def _complaints(path: Path, data: bytes, error: ValidationError) -> Iterable[str]:
    """One line per mistake; the file is parsed once more, slowly, only to find where."""
    document: object = YAML(typ="rt", pure=True).load(data.decode())
    if isinstance(document, CommentedMap):
        return complaints(error, document, name=str(path), model=Vendor)
    return [f"{path}:1: file: a vendor file is a mapping of keys to values; accepted: {', '.join(Vendor.model_fields)}"]


def _read_cache(folder: Path) -> Mapping[str, object]:
    """Parsed files by digest of their bytes. A cache that cannot be used is as good as none."""
    try:
        content: object = orjson.loads((folder / _CACHE_FILE).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, orjson.JSONDecodeError) as error:
        log.warning("The catalogue cache in %s cannot be read and is made anew: %s", folder, error)
        return {}
    return content if isinstance(content, dict) else {}


def _write_cache(folder: Path, content: Mapping[str, object]) -> None:
    """Replaces the whole file at once, so that a reader never sees half of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_CACHE_FILE, delete=False) as file:
            file.write(orjson.dumps(content))
        Path(file.name).replace(folder / _CACHE_FILE)
    except OSError as error:
        log.warning("The catalogue cache in %s cannot be written, loading stays slow: %s", folder, error)
