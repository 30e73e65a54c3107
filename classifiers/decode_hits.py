"""From a request taken apart to hits: finds the endpoint that fits, splits batches, names parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from classifiers.decode_payload import WITHHELD, Fields, Payload, embedded_fields
from classifiers.decode_records import ConsentSignal, Hit, HitParameter
from classifiers.decoders import DECODERS
from classifiers.vendor_index import CompiledEndpoint, CompiledGrammar, RequestIndex, glob_regex
from classifiers.vendor_records import NO_BATCH, ParameterEntry, Role, Vendor

_DECODERS: dict[str, Callable[[Fields], list[Fields]]] = {decoder.name: decoder().events for decoder in DECODERS}
_MAX_HITS = 1_000
_TEMPLATE_FIELD = re.compile(r"\{([^{}]+)\}")
_HASHES: tuple[tuple[re.Pattern[str], Literal["md5", "sha1", "sha256"]], ...] = (
    (re.compile(r"[0-9a-fA-F]{64}"), "sha256"),
    (re.compile(r"[0-9a-fA-F]{40}"), "sha1"),
    (re.compile(r"[0-9a-fA-F]{32}"), "md5"),
)


class Found:
    """The endpoint a request belongs to, how it was recognised, and the values its path carries."""

    __slots__ = ("by", "endpoint", "path_fields")

    def __init__(self, endpoint: CompiledEndpoint, by: str, path_fields: Fields) -> None:
        self.endpoint = endpoint
        self.by = by
        self.path_fields = path_fields


def find(index: RequestIndex, payload: Payload) -> Found | None:
    """By host and path first, then by payload grammar, then by a host that is a vendor's as a whole."""
    owner: CompiledEndpoint | None = None
    for endpoint in index.at_host(payload.host):
        if endpoint.whole_host:
            owner = owner or endpoint
        elif (path_fields := _fits(endpoint, payload)) is not None:
            return Found(endpoint, "host", path_fields)
    if found := _by_grammar(index, payload):
        return found
    return Found(owner, "host", []) if owner else None


def _fits(endpoint: CompiledEndpoint, payload: Payload) -> Fields | None:
    path_fields: Fields = []
    if endpoint.path is not None:
        match = endpoint.path.match(payload.path)
        if match is None:
            return None
        path_fields = _groups(match)
    return path_fields if _has(payload, endpoint.requires) else None


def _has(payload: Payload, forms: tuple[tuple[str, re.Pattern[str]], ...]) -> bool:
    return all(name in payload.fields and form.fullmatch(payload.fields[name]) for name, form in forms)


def _by_grammar(index: RequestIndex, payload: Payload) -> Found | None:
    fitting: list[tuple[CompiledGrammar, Fields]] = []
    for grammar in [*index.by_parameters(payload.fields), *index.by_path(payload.path)]:
        path_fields: Fields = []
        if grammar.path is not None:
            match = grammar.path.search(payload.path)
            if match is None:
                continue
            path_fields = _groups(match)
        if _has(payload, grammar.requires):
            fitting.append((grammar, path_fields))
    if not fitting:
        return None
    # The grammar that asks for most is the least likely to fit by chance.
    grammar, path_fields = max(fitting, key=lambda fit: len(fit[0].requires) + (fit[0].path is not None))
    return Found(grammar.endpoint, f"grammar:{grammar.entry.id}", path_fields)


def _groups(match: re.Match[str]) -> Fields:
    return [(name, value) for name, value in match.groupdict().items() if value]


class VendorReader:
    """Names the parameters of one vendor and picks account, event and page."""

    def __init__(self, vendor: Vendor, shared: Sequence[ParameterEntry]) -> None:
        self.vendor = vendor
        self._exact: dict[str, ParameterEntry] = {}
        self._patterns: list[tuple[re.Pattern[str], ParameterEntry]] = []
        self._by_role: dict[Role, list[str]] = {}
        for entry in (*vendor.parameters, *shared):
            if entry.name is not None and "*" not in entry.name:
                self._exact.setdefault(entry.name, entry)
                self._by_role.setdefault(entry.role, []).append(entry.name)
            else:
                pattern = glob_regex(entry.name).replace(".*", "(.*)") if entry.name else entry.regex or ""
                self._patterns.append((re.compile(pattern, re.DOTALL), entry))
        self._seen: dict[str, tuple[ParameterEntry | None, str | None]] = {}

    def hits(self, found: Found, payload: Payload) -> tuple[Hit, ...]:
        endpoint = found.endpoint.entry
        fields = found.path_fields + payload.query + payload.body_fields
        for embedded in endpoint.embedded:
            for name, value in list(fields):
                if name == embedded.name and (inner := embedded_fields(name, value, embedded.format)):
                    fields += inner
        decode = _DECODERS[endpoint.decoder] if endpoint.decoder else None
        batch = _split(fields, endpoint.batch)
        events = [event for item in batch for event in (decode(item) if decode else [item])]
        return tuple(self._hit(found, payload, event, index) for index, event in enumerate(events[:_MAX_HITS]))

    def _hit(self, found: Found, payload: Payload, fields: Fields, index: int) -> Hit:
        values = {name: value for name, value in fields if value is not WITHHELD}
        endpoint = found.endpoint.entry
        parameters = []
        consent = []
        for name, sent in fields:
            entry, title = self._known(name)
            withheld = sent is WITHHELD
            value = "" if withheld else sent
            if entry is None:
                parameters.append(HitParameter(name=name, value=value, withheld=withheld))
                continue
            parameters.append(
                HitParameter(
                    name=name,
                    value=value,
                    title=title,
                    group=entry.group,
                    role=entry.role,
                    hashed=_hash_of(value) if entry.role is Role.USER else None,
                    withheld=withheld,
                )
            )
            if entry.signal is not None:
                consent.append(ConsentSignal(signal=entry.signal, parameter=name, value=value))
        return Hit(
            vendor=self.vendor.id,
            vendor_name=self.vendor.name,
            endpoint=endpoint.id,
            kind=endpoint.kind,
            purpose=endpoint.purpose or self.vendor.purpose,
            recognised_by=found.by,
            account=_filled(endpoint.account, values) or self._first(Role.ACCOUNT, values, parameters),
            event=self._first(Role.EVENT, values, parameters) or _filled(endpoint.event, values),
            page=self._first(Role.PAGE, values, parameters),
            parameters=tuple(parameters),
            consent=tuple(consent),
            index=index,
            url=payload.url,
            method=payload.method,
            problems=payload.problems,
        )

    def _known(self, name: str) -> tuple[ParameterEntry | None, str | None]:
        if name in self._exact:
            entry = self._exact[name]
            return entry, entry.title
        if name in self._seen:
            return self._seen[name]
        known: tuple[ParameterEntry | None, str | None] = (None, None)
        for pattern, entry in self._patterns:
            if match := pattern.fullmatch(name):
                known = entry, entry.title.replace("*", match[1]) if pattern.groups else entry.title
                break
        if len(self._seen) < 10_000:
            self._seen[name] = known
        return known

    def _first(self, role: Role, values: dict[str, str], parameters: list[HitParameter]) -> str | None:
        """In the catalogue's order, which puts the most telling name first."""
        for name in self._by_role.get(role, ()):
            if values.get(name):
                return values[name]
        return next((parameter.value for parameter in parameters if parameter.role is role and parameter.value), None)


def _split(fields: Fields, batch: str | None) -> list[Fields]:
    """Items of a batch, each with the shared fields before its own; a body that is a list is one unless denied."""
    if batch == NO_BATCH:
        return [fields]
    prefix = next(
        (prefix for prefix in (batch or "", "") if any(name.startswith(f"{prefix}[") for name, _ in fields)), None
    )
    if prefix is None:
        # A batch of one may come without the list around it.
        return [[(name.removeprefix(f"{batch}."), value) for name, value in fields]] if batch else [fields]
    item = re.compile(re.escape(prefix) + r"\[(\d+)\](?:\.|$)?(.*)", re.DOTALL)
    shared: Fields = []
    items: dict[int, Fields] = {}
    for name, value in fields:
        if match := item.match(name):
            items.setdefault(int(match[1]), []).append((match[2] or f"{prefix}[{match[1]}]", value))
        else:
            shared.append((name, value))
    return [shared + items[number] for number in sorted(items)]


def _filled(templates: tuple[str, ...], values: dict[str, str]) -> str | None:
    for template in templates:
        names = _TEMPLATE_FIELD.findall(template)
        if all(values.get(name.removesuffix("?")) for name in names):
            return _TEMPLATE_FIELD.sub(lambda match: "" if match[1][-1] == "?" else values[match[1]], template)
    return None


def _hash_of(value: str) -> Literal["md5", "sha1", "sha256"] | None:
    return next((name for form, name in _HASHES if form.fullmatch(value)), None)
