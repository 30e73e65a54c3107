"""The Public Suffix List as tldextract brings it: judging needs no network and writes nothing.

tldextract itself loads an HTTP client and builds a tree, which takes longer than all look-ups of an audit. Private
domains count as suffixes: a.github.io and b.github.io belong to different people.
"""

from __future__ import annotations

import ipaddress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_SNAPSHOT = ".tld_set_snapshot"
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
"""What IDNA reads as a dot."""


def public_suffix(host: str) -> str:
    """By the longest rule of the list that fits; empty: its top-level name is not listed. `host`: in lower case."""
    rules = _rules()
    labels = _dotted(host).split(".")
    plain = [_in_unicode(label) for label in labels]
    for begin in range(len(labels)):
        rest = ".".join(plain[begin:])
        if f"!{rest}" in rules:
            return ".".join(labels[begin + 1 :])
        if rest in rules or (begin + 1 < len(labels) and f"*.{'.'.join(plain[begin + 1 :])}" in rules):
            return ".".join(labels[begin:])
    return ""


def under_public_suffix(host: str) -> str:
    """What someone can register: suffix and one label; empty: the host is a suffix itself, or unlisted."""
    suffix = public_suffix(host)
    before = _dotted(host).removesuffix(suffix).rstrip(".")
    return f"{before.rpartition('.')[2]}.{suffix}" if suffix and before else ""


@cache
def site_of(host: str) -> str:
    """The registrable domain. An address or a single name is its own site."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        domain = under_public_suffix(host)
        # For a suffix that is not on the list its default rule `*` holds: `shop.localhost` is a site of its own.
        return domain or ".".join(host.split(".")[-2:])
    return host


def _dotted(host: str) -> str:
    return host if host.isascii() else host.translate(_DOTS)


def _in_unicode(label: str) -> str:
    """As the list spells it."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


@cache
def _rules() -> frozenset[str]:
    text = _snapshot()
    if text is None:
        return _rules_of_tldextract()
    lines = text.splitlines()
    return frozenset(line.split(maxsplit=1)[0] for line in lines if line.strip() and not line.startswith("//"))


def _snapshot() -> str | None:
    """None: tldextract keeps its list elsewhere than in the versions that we know."""
    found = find_spec("tldextract")
    if found is None or found.origin is None:
        return None
    try:
        return Path(found.origin).with_name(_SNAPSHOT).read_text("utf-8")
    except FileNotFoundError:
        return None


def _rules_of_tldextract() -> frozenset[str]:
    from tldextract import TLDExtract

    return frozenset(TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True).tlds)
