"""IAB Global Privacy Platform strings: header with Fibonacci ranges, US national and state sections, GPC sub-section.

Sections keep 1 = true for booleans, as the section specifications and IAB's own library do. Trailing zero bits are
padding and ignored: libraries pad differently.
"""

from __future__ import annotations

from crawler.observations import Consent, Record
from crawler.signals.base import LONGEST, Bits, OutOfBitsError, Undecodable
from crawler.signals.tcf import TcString, decode_tc
from crawler.signals.usp import UsPrivacy, decode_usp

MOST_SECTIONS = 100
SECTION_NAMES = {
    2: "tcfeuv2",
    3: "header",
    4: "signal_integrity",
    5: "tcfcav1",
    6: "uspv1",
    7: "usnat",
    8: "usca",
    9: "usva",
    10: "usco",
    11: "usut",
    12: "usct",
    13: "usfl",
    14: "usmt",
    15: "usor",
    16: "ustx",
    17: "usde",
    18: "usia",
    19: "usne",
    20: "usnh",
    21: "usnj",
    22: "ustn",
    23: "usmn",
    24: "usmd",
    25: "usin",
    26: "usky",
    27: "usri",
}
Layout = tuple[tuple[str, int], ...]
"""Field and how many two-bit values it has."""
_MSPA: Layout = (("mspa_covered_transaction", 1), ("mspa_opt_out_option_mode", 1), ("mspa_service_provider_mode", 1))
_LATE_MSPA: Layout = (("mspa_covered_transaction", 1), ("mspa_mode", 1))
_NAT_HEAD: Layout = (
    ("sharing_notice", 1),
    ("sale_opt_out_notice", 1),
    ("sharing_opt_out_notice", 1),
    ("targeted_advertising_opt_out_notice", 1),
    ("sensitive_data_processing_opt_out_notice", 1),
    ("sensitive_data_limit_use_notice", 1),
    ("sale_opt_out", 1),
    ("sharing_opt_out", 1),
    ("targeted_advertising_opt_out", 1),
)
_STATE_HEAD: Layout = (
    ("sharing_notice", 1),
    ("sale_opt_out_notice", 1),
    ("targeted_advertising_opt_out_notice", 1),
    ("sale_opt_out", 1),
    ("targeted_advertising_opt_out", 1),
)
_PROCESSING_HEAD: Layout = (
    ("processing_notice", 1),
    ("sale_opt_out_notice", 1),
    ("targeted_advertising_opt_out_notice", 1),
    ("sale_opt_out", 1),
    ("targeted_advertising_opt_out", 1),
)


def _state(sensitive: int, children: int, *more: tuple[str, int], head: Layout = _STATE_HEAD) -> Layout:
    return (*head, ("sensitive_data_processing", sensitive), ("known_child_consents", children), *more, *_MSPA)


_ADDITIONAL = ("additional_data_processing_consent", 1)
LAYOUTS: dict[tuple[int, int], Layout] = {
    (7, 1): (
        *_NAT_HEAD,
        ("sensitive_data_processing", 12),
        ("known_child_consents", 2),
        ("personal_data_consents", 1),
        *_MSPA,
    ),
    (7, 2): (
        *_NAT_HEAD,
        ("sensitive_data_processing", 16),
        ("known_child_consents", 3),
        ("personal_data_consents", 1),
        *_MSPA,
    ),
    (8, 1): (
        ("sale_opt_out_notice", 1),
        ("sharing_opt_out_notice", 1),
        ("sensitive_data_limit_use_notice", 1),
        ("sale_opt_out", 1),
        ("sharing_opt_out", 1),
        ("sensitive_data_processing", 9),
        ("known_child_consents", 2),
        ("personal_data_consents", 1),
        *_MSPA,
    ),
    (9, 1): _state(8, 1),
    (10, 1): _state(7, 1),
    (11, 1): (
        ("sharing_notice", 1),
        ("sale_opt_out_notice", 1),
        ("targeted_advertising_opt_out_notice", 1),
        ("sensitive_data_processing_opt_out_notice", 1),
        ("sale_opt_out", 1),
        ("targeted_advertising_opt_out", 1),
        ("sensitive_data_processing", 8),
        ("known_child_consents", 1),
        *_MSPA,
    ),
    (12, 1): _state(8, 3),
    (13, 1): _state(8, 3, _ADDITIONAL, head=_PROCESSING_HEAD),
    (14, 1): _state(8, 3, _ADDITIONAL),
    (15, 1): _state(11, 3, _ADDITIONAL, head=_PROCESSING_HEAD),
    (16, 1): _state(8, 1, _ADDITIONAL, head=_PROCESSING_HEAD),
    (17, 1): _state(9, 5, _ADDITIONAL, head=_PROCESSING_HEAD),
    (18, 1): (
        ("processing_notice", 1),
        ("sale_opt_out_notice", 1),
        ("targeted_advertising_opt_out_notice", 1),
        ("sensitive_data_opt_out_notice", 1),
        ("sale_opt_out", 1),
        ("targeted_advertising_opt_out", 1),
        ("sensitive_data_processing", 8),
        ("known_child_consents", 1),
        *_MSPA,
    ),
    (19, 1): _state(8, 1, _ADDITIONAL, head=_PROCESSING_HEAD),
    (20, 1): _state(8, 3, _ADDITIONAL, head=_PROCESSING_HEAD),
    (21, 1): _state(10, 5, _ADDITIONAL, head=_PROCESSING_HEAD),
    (22, 1): _state(8, 1, _ADDITIONAL, head=_PROCESSING_HEAD),
    (23, 1): _state(8, 1, _ADDITIONAL, head=_PROCESSING_HEAD),
    (24, 1): (*_LATE_MSPA, *_PROCESSING_HEAD, _ADDITIONAL),
    (25, 1): (*_LATE_MSPA, *_PROCESSING_HEAD, ("known_child_consents", 1), _ADDITIONAL),
    (26, 1): (*_LATE_MSPA, *_PROCESSING_HEAD, ("known_child_consents", 1), _ADDITIONAL),
    (27, 1): (*_LATE_MSPA, *_PROCESSING_HEAD, ("known_child_consents", 1), _ADDITIONAL),
}
"""(section id, version) → fields after the six-bit version. Sections without a layout here are named, not guessed."""


class Field(Record):
    name: str
    values: tuple[int, ...]


class UsSection(Record):
    """0 not applicable, 1 opted out (or: notice given), 2 did not opt out (or: no notice)."""

    version: int
    fields: tuple[Field, ...]
    gpc: bool | None
    """None: there is no GPC sub-section."""

    def value(self, name: str) -> int | None:
        """The (first) value of a field; None: this section has no such field."""
        return next((field.values[0] for field in self.fields if field.name == name), None)

    @property
    def opt_outs(self) -> dict[str, int]:
        return {field.name: field.values[0] for field in self.fields if field.name.endswith("_opt_out")}


class Section(Record):
    id: int
    name: str
    decoded: UsSection | TcString | UsPrivacy | Undecodable


class Gpp(Record):
    version: int
    section_ids: tuple[int, ...]
    sections: tuple[Section, ...]
    """Fewer than `section_ids` when the string ends early."""

    def section(self, name: str) -> UsSection | None:
        for section in self.sections:
            if section.name == name and isinstance(section.decoded, UsSection):
                return section.decoded
        return None

    @property
    def says(self) -> Consent | None:
        """Over the opt-outs of all US sections: 1 everywhere is a refusal, 2 everywhere a grant; None: none applies."""
        outs = {value for section in self.sections for value in _opt_outs(section) if value in (1, 2)}
        if not outs:
            return None
        if len(outs) == 2:
            return Consent.PARTIAL
        return Consent.REJECTED if outs == {1} else Consent.ACCEPTED


def _opt_outs(section: Section) -> tuple[int, ...]:
    """As `UsSection` writes them, of a US Privacy string within as well."""
    match section.decoded:
        case UsSection() as decoded:
            return tuple(decoded.opt_outs.values())
        case UsPrivacy(opted_out_of_sale=bool(out)):
            return (1 if out else 2,)
        case _:
            return ()


def decode_gpp(text: str) -> Gpp | Undecodable:
    """Never raises. A section that cannot be read is Undecodable by itself."""
    if not text or len(text) > LONGEST:
        return Undecodable(signal="gpp", why="empty" if not text else "too long")
    header, *parts = text.split("~")
    try:
        bits = Bits.of_base64url(header)
        kind, version = bits.take(6), bits.take(6)
        if kind != 3:
            return Undecodable(signal="gpp", why=f"type {kind}, not 3")
        if version != 1:
            return Undecodable(signal="gpp", why=f"version {version}, not 1")
        ids = _fibonacci_range(bits)
    except (ValueError, OutOfBitsError) as error:
        return Undecodable(signal="gpp", why=str(error))
    sections = tuple(
        Section(id=id_, name=SECTION_NAMES.get(id_, str(id_)), decoded=_section(id_, part))
        for id_, part in zip(ids, parts, strict=False)
    )
    return Gpp(version=version, section_ids=ids, sections=sections)


def _fibonacci(bits: Bits) -> int:
    """Fibonacci coding: the sum of the Fibonacci numbers of the set bits, ended by two set bits in a row."""
    total, previous, current = 0, 1, 1
    last = False
    for _ in range(40):
        bit = bits.flag()
        if bit and last:
            return total
        if bit:
            total += current
        previous, current = current, previous + current
        last = bit
    raise ValueError("a number without an end")


def _fibonacci_range(bits: Bits) -> tuple[int, ...]:
    ids: list[int] = []
    last = 0
    for _ in range(bits.take(12)):
        group = bits.flag()
        first = last + _fibonacci(bits)
        last = first + _fibonacci(bits) if group else first
        if len(ids) + last - first + 1 > MOST_SECTIONS:
            raise ValueError(f"more than {MOST_SECTIONS} sections")
        ids.extend(range(first, last + 1))
    return tuple(ids)


def _section(id_: int, text: str) -> UsSection | TcString | UsPrivacy | Undecodable:
    if id_ == 2:
        return decode_tc(text)
    if id_ == 6:
        return decode_usp(text)
    name = SECTION_NAMES.get(id_, str(id_))
    core, *others = text.split(".")
    try:
        bits = Bits.of_base64url(core)
        version = bits.take(6)
        layout = LAYOUTS.get((id_, version))
        if layout is None:
            return Undecodable(signal=f"gpp:{name}", why=f"version {version} of this section has no layout here")
        fields = tuple(
            Field(name=field, values=tuple(_two_bits(bits) for _ in range(count))) for field, count in layout
        )
        gpc: bool | None = None
        for other in others[:4]:
            sub = Bits.of_base64url(other)
            if sub.take(2) == 1:
                gpc = sub.flag()
        return UsSection(version=version, fields=fields, gpc=gpc)
    except (ValueError, OutOfBitsError) as error:
        return Undecodable(signal=f"gpp:{name}", why=str(error))


def _two_bits(bits: Bits) -> int:
    """Trailing zeros may have been cut off."""
    if bits.left >= 2:
        return bits.take(2)
    return bits.take(1) << 1 if bits.left else 0
