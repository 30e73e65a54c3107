"""What a site's own folder tells about it, so that nobody need be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from classifiers.declaration import SCHEMA
from consentinel.config import page_address
from crawler.observations import Record

_SITEMAP = re.compile(r"^Sitemap:\s*(https?://[^/\s]+)", re.MULTILINE | re.IGNORECASE)
_CONFIGURED = re.compile(
    r"""^\s*(?:site_url|baseURL|url|siteUrl|SITEURL)\s*[:=]\s*["']?(https?://[^"'\s#]+)""", re.MULTILINE
)
_GENERATORS = ("mkdocs.yml", "hugo.toml", "config.toml", "_config.yml", "docusaurus.config.js", "astro.config.mjs")


class FoundSite(Record):
    url: str
    file: str


class _Manifest(BaseModel):
    """Of package.json, what is of use here."""

    homepage: str | None = None


def site_here(folder: Path) -> FoundSite | None:
    """The site's address, by what hosts and generators of sites read. None: no file tells."""
    for file, url in _told(folder):
        try:
            return FoundSite(url=page_address(url), file=file)
        except ValueError:  # the file says something else there: the next may know better
            continue
    return None


def _told(folder: Path) -> Iterator[tuple[str, str]]:
    if text := _text(folder / "CNAME"):
        yield "CNAME", text.split()[0]
    for name in ("robots.txt", "public/robots.txt", "static/robots.txt"):
        if found := _SITEMAP.search(_text(folder / name)):
            yield name, found[1]
    for name in _GENERATORS:
        if found := _CONFIGURED.search(_text(folder / name)):
            yield name, found[1]
    if text := _text(folder / "package.json"):
        try:
            manifest = _Manifest.model_validate_json(text)
        except ValidationError:  # not ours to complain about
            return
        if manifest.homepage:
            yield "package.json", manifest.homepage


def declaration_here(folder: Path) -> str | None:
    """File name of a declaration in the folder; a lock file only if nothing else is there."""
    declared = f"schema: {SCHEMA}"
    files = [path for path in sorted(folder.glob("*.yaml")) if declared in _text(path)]
    files.sort(key=lambda path: ".lock" in path.name)
    return files[0].name if files else None


def _text(path: Path) -> str:
    """Empty where there is no such text file."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
