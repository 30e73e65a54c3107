"""TC strings: the specification's vector, strings written here bit by bit, and input that is no TC string."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.observations import Consent
from crawler.signals.base import Undecodable
from crawler.signals.tcf import TcString, decode_tc

SPECIFICATION = "CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA.IDKQA4AAgAKAGQAygAAA.YAAAAAAAAAAA"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _number(value: int, width: int) -> str:
    return format(value, f"0{width}b")


def _bitfield(ids: Iterable[int], width: int) -> str:
    wanted = set(ids)
    return "".join("1" if place in wanted else "0" for place in range(1, width + 1))


def _pack(bits: str) -> str:
    padded = bits + "0" * (-len(bits) % 6)
    return "".join(_LETTERS[int(padded[at : at + 6], 2)] for at in range(0, len(padded), 6))


def _vendors(ids: Iterable[int], *, as_ranges: bool) -> str:
    known = sorted(set(ids))
    head = _number(known[-1] if known else 0, 16)
    if not as_ranges:
        return head + "0" + _bitfield(known, known[-1] if known else 0)
    return head + "1" + _number(len(known), 12) + "".join("0" + _number(one, 16) for one in known)


def write_tc(
    *,
    purposes: Iterable[int] = (),
    interests: Iterable[int] = (),
    vendors: Iterable[int] = (),
    disclosed: Iterable[int] | None = (1, 2, 10, 25, 52),
    policy: int = 5,
    deciseconds: int = 17_636_000_000,
    as_ranges: bool = False,
) -> str:
    core = (
        _number(2, 6)
        + _number(deciseconds, 36) * 2
        + _number(7, 12)
        + _number(1, 12)
        + _number(1, 6)
        + _number(4, 6)
        + _number(13, 6)
        + _number(150, 12)
        + _number(policy, 6)
        + "1"
        + "0"
        + "0" * 12
        + _bitfield(purposes, 24)
        + _bitfield(interests, 24)
        + "0"
        + _number(3, 6)
        + _number(4, 6)
        + _vendors(vendors, as_ranges=as_ranges)
        + _vendors((), as_ranges=False)
        + "0" * 12
    )
    if disclosed is None:
        return _pack(core)
    return f"{_pack(core)}.{_pack('001' + _vendors(disclosed, as_ranges=True))}"


def test_the_specifications_own_string_decodes_to_what_two_other_decoders_say() -> None:
    decoded = decode_tc(SPECIFICATION)
    assert isinstance(decoded, TcString)
    assert (decoded.cmp_id, decoded.vendor_list_version, decoded.policy_version) == (880, 48, 2)
    assert (decoded.language, decoded.publisher_country) == ("EN", "DE")
    assert decoded.last_updated.isoformat() == "2025-06-03T00:00:00+00:00"
    assert decoded.purpose_consents == ()
    assert decoded.vendor_consents.ids() == (1, 2, 3, 4)
    assert decoded.disclosed_vendors is not None
    assert decoded.disclosed_vendors.ids() == (1, 2, 3, 4, 5, 100, 404)
    assert decoded.publisher is not None


def test_all_purposes_and_vendors_read_as_accepted_none_as_refused_one_side_only_as_partial() -> None:
    every, none, half = (
        decode_tc(write_tc(purposes=p, vendors=v)) for p, v in (((1, 2, 3), (2, 10)), ((), ()), ((1,), ()))
    )
    assert isinstance(every, TcString)
    assert every.says is Consent.ACCEPTED
    assert isinstance(none, TcString)
    assert none.says is Consent.REJECTED
    assert isinstance(half, TcString)
    assert half.says is Consent.PARTIAL


def test_legitimate_interest_bits_are_kept_apart_from_consent() -> None:
    decoded = decode_tc(write_tc(interests=(3, 7)))
    assert isinstance(decoded, TcString)
    assert decoded.purpose_legitimate_interests == (3, 7)
    assert decoded.says is Consent.REJECTED


def test_a_missing_disclosed_vendors_segment_is_told_apart_from_an_empty_one() -> None:
    without, empty = decode_tc(write_tc(disclosed=None)), decode_tc(write_tc(disclosed=()))
    assert isinstance(without, TcString)
    assert without.disclosed_vendors is None
    assert isinstance(empty, TcString)
    assert empty.disclosed_vendors is not None
    assert len(empty.disclosed_vendors) == 0


def test_version_one_strings_and_cut_off_strings_are_undecodable() -> None:
    for text in ("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", SPECIFICATION[:30], "", "C", "%%%", "CQSbk4AQSbk4AN wAAA"):
        assert isinstance(decode_tc(text), Undecodable), text


def test_a_range_over_all_vendors_repeated_thousands_of_times_stays_small() -> None:
    core = write_tc(disclosed=None)
    hostile = _pack(
        "001" + _number(65535, 16) + "1" + _number(4095, 12) + ("1" + _number(1, 16) + _number(65535, 16)) * 4095
    )
    decoded = decode_tc(f"{core}.{hostile}")
    assert isinstance(decoded, TcString)
    assert decoded.disclosed_vendors is not None
    assert decoded.disclosed_vendors.ranges == ((1, 65535),)


ids = st.sets(st.integers(1, 900), max_size=40)


@given(purposes=st.sets(st.integers(1, 24)), vendors=ids, disclosed=ids, as_ranges=st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_what_is_read(
    purposes: set[int], vendors: set[int], disclosed: set[int], as_ranges: bool
) -> None:
    decoded = decode_tc(write_tc(purposes=purposes, vendors=vendors, disclosed=disclosed, as_ranges=as_ranges))
    assert isinstance(decoded, TcString)
    assert set(decoded.purpose_consents) == purposes
    assert set(decoded.vendor_consents.ids()) == vendors
    assert decoded.disclosed_vendors is not None
    assert set(decoded.disclosed_vendors.ids()) == disclosed
