"""Compiled matching over vendors: names of cookies and storage keys, hosts and paths, payload grammars."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from classifiers.vendor_records import CookieEntry, EndpointEntry, EndpointKind, GrammarEntry, StorageEntry, Vendor

Entry = TypeVar("Entry", CookieEntry, StorageEntry)


_GROUP_NAME = re.compile(r"\(\?P<\w+>")


def under(host: str, suffix: str) -> bool:
    """`a.example.com` is under `example.com`; `google.*` stands for one or two labels of suffix."""
    if suffix.endswith(".*"):
        return suffix in _host_keys(host)
    return host == suffix or host.endswith("." + suffix)


def _host_keys(host: str) -> tuple[str, ...]:
    """Every catalogue host that covers this one, the most specific first."""
    labels = host.lower().rstrip(".").split(".")[:12]
    count = len(labels)
    keys: list[str] = []
    for begin in range(count):
        keys.append(".".join(labels[begin:]))
        keys.extend(".".join(labels[begin : count - cut]) + ".*" for cut in (1, 2) if begin < count - cut)
    return tuple(keys)


def glob_regex(name: str) -> str:
    return ".*".join(re.escape(part) for part in name.split("*"))


class NameIndex(Generic[Entry]):
    """Exact names in a dict, `prefix*` in a dict by prefix, the rest as expressions; most specific first."""

    def __init__(self, entries: Iterable[tuple[Vendor, Entry]]) -> None:
        self._exact: dict[str, list[tuple[Vendor, Entry]]] = {}
        self._prefix: dict[str, list[tuple[Vendor, Entry]]] = {}
        self._regex_texts: list[tuple[str, Vendor, Entry]] = []
        for vendor, entry in entries:
            name = entry.name
            if name is not None and "*" not in name:
                self._exact.setdefault(name, []).append((vendor, entry))
            elif name is not None and name.index("*") == len(name) - 1:
                self._prefix.setdefault(name[:-1], []).append((vendor, entry))
            else:
                pattern = glob_regex(name) if name is not None else entry.regex or ""
                self._regex_texts.append((pattern, vendor, entry))
        self._lengths = sorted({len(prefix) for prefix in self._prefix}, reverse=True)

    @cached_property
    def _regex(self) -> list[tuple[re.Pattern[str], Vendor, Entry]]:
        return [(re.compile(text, re.DOTALL), vendor, entry) for text, vendor, entry in self._regex_texts]

    def find(self, name: str, host: str | None) -> tuple[Vendor, Entry] | None:
        for candidates in self._candidates(name):
            if found := _at_host(candidates, host):
                return found
        return None

    def _candidates(self, name: str) -> Iterator[list[tuple[Vendor, Entry]]]:
        if name in self._exact:
            yield self._exact[name]
        if fitting := [(vendor, entry) for pattern, vendor, entry in self._regex if pattern.fullmatch(name)]:
            yield fitting
        for length in self._lengths:
            if length <= len(name) and name[:length] in self._prefix:
                yield self._prefix[name[:length]]


def _at_host(candidates: list[tuple[Vendor, Entry]], host: str | None) -> tuple[Vendor, Entry] | None:
    """The entry that names this host, else the one that needs none. Host unknown: the only claimant."""
    if host is not None:
        bare = host.lower().lstrip(".")
        for vendor, entry in candidates:
            if any(under(bare, suffix) for suffix in entry.hosts):
                return vendor, entry
    for vendor, entry in candidates:
        if not entry.hosts:
            return vendor, entry
    return candidates[0] if host is None and len(candidates) == 1 else None


@dataclass(frozen=True)
class CompiledEndpoint:
    vendor: Vendor
    entry: EndpointEntry
    whole_host: bool = False
    """Made from `Vendor.domains`: says whose it is, nothing of how to read it."""

    @cached_property
    def path(self) -> re.Pattern[str] | None:
        return re.compile(self.entry.path) if self.entry.path is not None else None

    @cached_property
    def requires(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return compiled_forms(self.entry.requires)


@dataclass(frozen=True)
class CompiledGrammar:
    vendor: Vendor
    entry: GrammarEntry
    endpoint: CompiledEndpoint

    @cached_property
    def path(self) -> re.Pattern[str] | None:
        return re.compile(self.entry.path) if self.entry.path is not None else None

    @cached_property
    def requires(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return compiled_forms(self.entry.requires)


def compiled_forms(forms: Mapping[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(form)) for name, form in forms.items())


@dataclass
class RequestIndex:
    """Endpoints by host suffix, grammars by the first parameter they need."""

    _hosts: dict[str, list[CompiledEndpoint]] = field(default_factory=dict)
    _grammars: dict[str, list[CompiledGrammar]] = field(default_factory=dict)
    _path_grammars: list[CompiledGrammar] = field(default_factory=list)
    _by_host: dict[str, tuple[CompiledEndpoint, ...]] = field(default_factory=dict)

    def add(self, vendor: Vendor) -> None:
        compiled = {entry.id: CompiledEndpoint(vendor, entry) for entry in vendor.endpoints}
        for endpoint in compiled.values():
            for host in endpoint.entry.hosts:
                self._hosts.setdefault(host, []).append(endpoint)
        if vendor.domains:
            whole = EndpointEntry(id="host", hosts=vendor.domains, kind=EndpointKind.OTHER)
            for host in vendor.domains:
                self._hosts.setdefault(host, []).append(CompiledEndpoint(vendor, whole, whole_host=True))
        for grammar in vendor.grammars:
            entry = CompiledGrammar(vendor, grammar, compiled[grammar.endpoint])
            if grammar.requires:
                self._grammars.setdefault(next(iter(grammar.requires)), []).append(entry)
            else:
                self._path_grammars.append(entry)

    def at_host(self, host: str) -> tuple[CompiledEndpoint, ...]:
        """Candidates, the most telling first: more specific host, then a path or required parameters, then bare."""
        if (known := self._by_host.get(host)) is not None:
            return known
        found: list[CompiledEndpoint] = []
        for key in _host_keys(host):
            found += sorted(self._hosts.get(key, ()), key=_telling, reverse=True)
        # A host-wide entry of `collect.example.com` must not hide a path of `example.com`.
        found.sort(key=lambda endpoint: endpoint.whole_host)
        if len(self._by_host) > 50_000:
            self._by_host.clear()
        self._by_host[host] = tuple(found)
        return self._by_host[host]

    def owner(self, host: str) -> Vendor | None:
        """Whose the host is as a whole."""
        return next((endpoint.vendor for endpoint in self.at_host(host) if endpoint.whole_host), None)

    def by_path(self, path: str) -> list[CompiledGrammar]:
        """Grammars that need no parameter; empty where none of their paths fits."""
        return self._path_grammars if self._any_path.search(path) else []

    @cached_property
    def _any_path(self) -> re.Pattern[str]:
        """All of their paths at once, so that a request of nobody's costs one search."""
        paths = [_GROUP_NAME.sub("(?:", grammar.entry.path or "") for grammar in self._path_grammars]
        return re.compile("|".join(f"(?:{path})" for path in paths) or r"(?!)")

    def by_parameters(self, names: Iterable[str]) -> Iterator[CompiledGrammar]:
        for name in names:
            yield from self._grammars.get(name, ())


def _telling(endpoint: CompiledEndpoint) -> tuple[bool, int, int]:
    entry = endpoint.entry
    return not endpoint.whole_host, len(entry.requires) + (entry.path is not None), len(entry.path or "")
