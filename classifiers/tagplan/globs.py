"""Globs over page addresses: `*` stops at a slash, `**` does not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

_TOKEN = re.compile(r"\*\*|\*|\?|[^*?]+")


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    parts = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    # `/checkout/**` also means `/checkout` and `/checkout/`.
    stem, tail = (glob[:-3], "(?:/.*)?") if glob.endswith("/**") and glob != "/**" else (glob, "")
    return re.compile("".join(parts.get(part, re.escape(part)) for part in _TOKEN.findall(stem)) + tail)


@lru_cache(maxsize=16384)
def path_of(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return url


def fits(url: str, globs: Iterable[str]) -> bool:
    """Globs with `://` are held against the address without query, all others against its path."""
    return any(_compiled(glob).fullmatch(_subject(url, glob)) is not None for glob in globs)


def _subject(url: str, glob: str) -> str:
    return url.partition("#")[0].partition("?")[0] if "://" in glob else path_of(url)


def named(name: str | None, globs: Iterable[str]) -> bool:
    """For names of events and steps, in which a slash is nothing special."""
    return any(
        re.fullmatch(".*".join(re.escape(part) for part in glob.split("*")), name or "") is not None for glob in globs
    )


def nearest(glob: str, pages: Iterable[str]) -> str:
    """` (did you mean '/checkout/**'?)`, from the pages there are."""
    paths = sorted({path_of(page) for page in pages})
    offers = [*paths, *(f"{path.rstrip('/').rpartition('/')[0]}/**" for path in paths if path.count("/") > 1)]
    close = difflib.get_close_matches(glob, offers, n=1, cutoff=0.5)
    seen = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    return f"{f' (did you mean {close[0]!r}?)' if close else ''}; scanned: {seen or 'no page'}"
