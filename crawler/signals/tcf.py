"""IAB TCF v2 TC strings: core, disclosed vendors and publisher TC segments (specification of February 2026)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.observations import Consent, Record
from crawler.signals.base import LONGEST, Bits, OutOfBitsError, Undecodable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799 * 10
"""Deciseconds of the last moment of the year 9999."""
MOST_RESTRICTIONS = 4096


class IdSet(Record):
    """Vendor ids, as ranges so that a hostile string cannot grow in memory. Ends are inclusive; at most 65535."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, vendor: int) -> bool:
        return any(first <= vendor <= last for first, last in self.ranges)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def ids(self) -> tuple[int, ...]:
        return tuple(vendor for first, last in self.ranges for vendor in range(first, last + 1))


class Restriction(Record):
    purpose: int
    type: int
    """0 not allowed by the publisher, 1 requires consent, 2 requires legitimate interest."""
    vendors: IdSet


class PublisherTc(Record):
    consents: tuple[int, ...]
    legitimate_interests: tuple[int, ...]
    custom_consents: tuple[int, ...]
    custom_legitimate_interests: tuple[int, ...]


class TcString(Record):
    version: int
    created: datetime
    last_updated: datetime
    cmp_id: int
    cmp_version: int
    consent_screen: int
    language: str
    vendor_list_version: int
    policy_version: int
    service_specific: bool
    non_standard_texts: bool
    special_feature_opt_ins: tuple[int, ...]
    purpose_consents: tuple[int, ...]
    purpose_legitimate_interests: tuple[int, ...]
    purpose_one_treatment: bool
    publisher_country: str
    vendor_consents: IdSet
    vendor_legitimate_interests: IdSet
    restrictions: tuple[Restriction, ...]
    disclosed_vendors: IdSet | None = None
    """None: the segment is absent (mandatory since 2.3)."""
    publisher: PublisherTc | None = None
    unknown_segments: tuple[int, ...] = ()

    @property
    def says(self) -> Consent:
        """Consent bits only: legitimate interest is not a choice to accept. Purposes or vendors alone are partial."""
        any_purpose = bool(self.purpose_consents or self.special_feature_opt_ins)
        any_vendor = bool(len(self.vendor_consents))
        if not any_purpose and not any_vendor:
            return Consent.REJECTED
        return Consent.ACCEPTED if any_purpose and any_vendor else Consent.PARTIAL

    def summary(self) -> str:
        purposes = ",".join(map(str, self.purpose_consents)) or "none"
        return (
            f"purposes {purposes}; {len(self.vendor_consents)} vendors; updated {self.last_updated:%Y-%m-%dT%H:%M:%SZ}"
        )


def decode_tc(text: str) -> TcString | Undecodable:
    """Never raises. Anything that is not a whole, well-formed version 2 string is Undecodable."""
    if not text or len(text) > LONGEST:
        return Undecodable(signal="tcf", why="empty" if not text else "too long")
    core, *others = text.split(".")
    try:
        decoded = _core(Bits.of_base64url(core))
        extra: dict[str, object] = {}
        unknown: list[int] = []
        for segment in others[:8]:
            _segment(Bits.of_base64url(segment), extra, unknown)
        return decoded.model_copy(update={**extra, "unknown_segments": tuple(unknown)})
    except (ValueError, OutOfBitsError) as error:
        return Undecodable(signal="tcf", why=str(error))


def _moment(deciseconds: int) -> datetime:
    if deciseconds > _LATEST:
        raise ValueError("a date beyond the year 9999")
    return _EPOCH + timedelta(milliseconds=100 * deciseconds)


def _core(bits: Bits) -> TcString:
    version = bits.take(6)
    if version != 2:
        raise ValueError(f"version {version}, not 2")
    return TcString(
        version=version,
        created=_moment(bits.take(36)),
        last_updated=_moment(bits.take(36)),
        cmp_id=bits.take(12),
        cmp_version=bits.take(12),
        consent_screen=bits.take(6),
        language=bits.letters(2),
        vendor_list_version=bits.take(12),
        policy_version=bits.take(6),
        service_specific=bits.flag(),
        non_standard_texts=bits.flag(),
        special_feature_opt_ins=bits.flags(12),
        purpose_consents=bits.flags(24),
        purpose_legitimate_interests=bits.flags(24),
        purpose_one_treatment=bits.flag(),
        publisher_country=bits.letters(2),
        vendor_consents=_vendors(bits),
        vendor_legitimate_interests=_vendors(bits),
        restrictions=_restrictions(bits),
    )


def _vendors(bits: Bits) -> IdSet:
    highest = bits.take(16)
    if bits.flag():
        found = _ranges(bits)
        if any(last > highest for _, last in found.ranges):
            raise ValueError("a vendor beyond the highest id announced")
        return found
    return IdSet(ranges=_runs(bits.flags(highest)))


def _runs(ids: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for vendor in ids:
        if runs and runs[-1][1] == vendor - 1:
            runs[-1] = (runs[-1][0], vendor)
        else:
            runs.append((vendor, vendor))
    return tuple(runs)


def _ranges(bits: Bits) -> IdSet:
    found: list[tuple[int, int]] = []
    for _ in range(bits.take(12)):
        group = bits.flag()
        first = bits.take(16)
        last = bits.take(16) if group else first
        if last < first or first == 0:
            raise ValueError("a range that ends before it begins")
        found.append((first, last))
    found.sort()
    merged: list[tuple[int, int]] = []
    for first, last in found:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return IdSet(ranges=tuple(merged))


def _restrictions(bits: Bits) -> tuple[Restriction, ...]:
    count = bits.take(12)
    if count > MOST_RESTRICTIONS:
        raise ValueError("too many publisher restrictions")
    return tuple(Restriction(purpose=bits.take(6), type=bits.take(2), vendors=_ranges(bits)) for _ in range(count))


def _segment(bits: Bits, extra: dict[str, object], unknown: list[int]) -> None:
    kind = bits.take(3)
    if kind == 1:
        extra["disclosed_vendors"] = _vendors(bits)
    elif kind == 3:
        consents, interests = bits.flags(24), bits.flags(24)
        custom = bits.take(6)
        extra["publisher"] = PublisherTc(
            consents=consents,
            legitimate_interests=interests,
            custom_consents=bits.flags(custom),
            custom_legitimate_interests=bits.flags(custom),
        )
    else:
        unknown.append(kind)
