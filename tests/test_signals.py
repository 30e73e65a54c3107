"""Google, GPP, USP, GPC, Meta and Microsoft signals: every documented vector, and hostile input that must not raise."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.observations import Consent
from crawler.signals.base import Undecodable
from crawler.signals.google import Gcd, Gcs, Granted, decode_gcd, decode_gcs, fold_consent_mode
from crawler.signals.gpc import GpcSupport, decode_gpc_json, is_gpc
from crawler.signals.gpp import SECTION_NAMES, Gpp, UsSection, decode_gpp
from crawler.signals.meta import MetaDataProcessing, decode_meta
from crawler.signals.microsoft import ClarityConsent, UetConsent, decode_clarity, decode_uet
from crawler.signals.tcf import TcString
from crawler.signals.usp import UsPrivacy, decode_usp
from tests.benchmarks.consent_fuzz import decoders, fuzz

G, D, U = Granted.GRANTED, Granted.DENIED, Granted.UNSET


@pytest.mark.parametrize(
    ("text", "ad", "analytics", "says"),
    [
        ("G100", D, D, Consent.REJECTED),
        ("G101", D, G, Consent.PARTIAL),
        ("G110", G, D, Consent.PARTIAL),
        ("G111", G, G, Consent.ACCEPTED),
        ("G1--", U, U, None),
        ("G1x1", Granted.UNKNOWN, G, Consent.ACCEPTED),
    ],
)
def test_gcs_says_ad_then_analytics_storage(text: str, ad: Granted, analytics: Granted, says: Consent | None) -> None:
    decoded = decode_gcs(text)
    assert isinstance(decoded, Gcs)
    assert (decoded.ad_storage, decoded.analytics_storage, decoded.says) == (ad, analytics, says)


@pytest.mark.parametrize("text", ["", "G1", "G1111", "G200", "g111"])
def test_what_is_not_gcs_is_undecodable(text: str) -> None:
    assert isinstance(decode_gcs(text), Undecodable)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("11p1p1p1p5", Consent.REJECTED),
        ("11r1r1r1r5", Consent.ACCEPTED),
        ("13r3r3r3r5", Consent.ACCEPTED),
        ("11t1t1t1t5", Consent.ACCEPTED),
        ("11u1u1u1u5", Consent.REJECTED),
        ("11n1n1n1n5", Consent.ACCEPTED),
        ("11l1p1l1l5", Consent.REJECTED),
        ("11l1l1l1l5", None),
        ("13p3r3p3r5", Consent.PARTIAL),
        ("11o1o1o1o5", None),
    ],
)
def test_gcd_reads_what_is_in_effect(text: str, says: Consent | None) -> None:
    decoded = decode_gcd(text)
    assert isinstance(decoded, Gcd)
    assert decoded.says is says


def test_each_gcd_letter_is_the_published_pair_of_default_and_update() -> None:
    table = {
        "l": (U, U),
        "m": (U, D),
        "n": (U, G),
        "p": (D, U),
        "q": (D, D),
        "r": (D, G),
        "t": (G, U),
        "u": (G, D),
        "v": (G, G),
    }
    for letter in "abcdefghijklmnopqrstuvwxyz":
        decoded = decode_gcd(f"11{letter}1l1l1l5")
        assert isinstance(decoded, Gcd)
        unknown = (Granted.UNKNOWN, Granted.UNKNOWN)
        assert (decoded.ad_storage.default, decoded.ad_storage.update) == table.get(letter, unknown), letter


@pytest.mark.parametrize("text", ["", "11p1p1p5", "11p1p1p1p5 ", "abcd efgh", "vvvv", "11" + "l1" * 40])
def test_gcd_needs_four_letters_between_digits(text: str) -> None:
    assert isinstance(decode_gcd(text), Undecodable)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("13l3l3l3l1l1", None),
        ("13r3r3r3r5l1", Consent.ACCEPTED),
        ("13p3p3p3p5v1", Consent.REJECTED),
        ("11p1p1p1p5zZ9", Consent.REJECTED),
    ],
)
def test_what_follows_the_four_letters_of_gcd_is_opaque(text: str, says: Consent | None) -> None:
    decoded = decode_gcd(text)
    assert isinstance(decoded, Gcd)
    assert decoded.raw == text
    assert decoded.says is says


def test_an_unknown_letter_of_gcd_is_unknown_and_leaves_the_others_readable() -> None:
    decoded = decode_gcd("13P3r3?3r5".replace("?", "z"))
    assert isinstance(decoded, Gcd)
    assert decoded.ad_storage.default is Granted.UNKNOWN
    assert decoded.ad_user_data.update is Granted.UNKNOWN
    assert decoded.analytics_storage.effective is G


def test_consent_mode_takes_the_last_word_of_each_type_and_an_update_over_a_default() -> None:
    mode = fold_consent_mode(
        [
            ("default", {"ad_storage": "denied", "analytics_storage": "denied", "wait_for_update": 500}),
            ("update", {"analytics_storage": "granted"}),
        ]
    )
    assert mode is not None
    assert mode.effective == {"ad_storage": D, "analytics_storage": G}
    assert mode.wait_for_update == 500
    assert mode.says is Consent.PARTIAL
    assert fold_consent_mode([("config", {})]) is None


def test_gpp_headers_name_their_sections() -> None:
    for text, sections in {"DBABM": (2,), "DBACNY": (2, 6), "DBABjw": (5, 6), "DBABL": (7,), "DBABLA": (7,)}.items():
        decoded = decode_gpp(text)
        assert isinstance(decoded, Gpp)
        assert decoded.section_ids == sections


@pytest.mark.parametrize(
    ("text", "name", "version", "personal"),
    [
        ("DBABBg~BUUAAACA.YA", "usca", 1, 0),
        ("DBABBg~BUUAAAGA.YA", "usca", 1, 1),
        ("DBABLA~CVQVAAAAAACA.YA", "usnat", 2, 0),
        ("DBABL~BVQVAAAAAg.Y", "usnat", 1, 0),
    ],
)
def test_gpp_vectors_of_iabs_own_library(text: str, name: str, version: int, personal: int) -> None:
    decoded = decode_gpp(text)
    assert isinstance(decoded, Gpp)
    section = decoded.section(name)
    assert section is not None
    assert section.version == version
    assert set(section.opt_outs.values()) == {1}
    assert section.gpc is True
    assert section.value("personal_data_consents") == personal
    assert section.value("mspa_covered_transaction") == 2
    assert decoded.says is Consent.REJECTED


STATES = {
    "usva": "DBABRg~BAYAABI",
    "usco": "DBABJg~BAYAAEg.YA",
    "usut": "DBABFg~BAGAAASA",
    "usct": "DBABVg~BAYAAAEg.YA",
    "usfl": "DBABAw~BAYAAABI",
    "usmt": "DBABQw~BAYAAABI.YA",
    "usor": "DBABIw~BAYAAAABIA.YA",
    "ustx": "DBABEw~BAYAAASA.YA",
    "usde": "DBABUw~BAYAAAABIA.YA",
    "usia": "DBABCw~BAGAAASA.YA",
    "usne": "DBABSw~BAYAAASA.YA",
    "usnh": "DBABKw~BAYAAABI.YA",
    "usnj": "DBABAYA~BAYAAAAASA.YA",
    "ustn": "DBABQYA~BAYAAASA.YA",
    "usmn": "DBABIYA~BAYAAASA.YA",
    "usmd": "DBABEYA~BQBo.YA",
    "usin": "DBABUYA~BQBi.AAA",
    "usky": "DBABCYA~BQBi.AAA",
    "usri": "DBABSYA~BQBi.AAA",
}
"""Written with IAB's library: sale opted out (1), targeted advertising not (2), last field 2, GPC if there is one."""


@pytest.mark.parametrize(("name", "text"), STATES.items())
def test_every_state_section_reads_as_iabs_library_wrote_it(name: str, text: str) -> None:
    decoded = decode_gpp(text)
    assert isinstance(decoded, Gpp)
    section = decoded.section(name)
    assert section is not None
    assert section.opt_outs == {"sale_opt_out": 1, "targeted_advertising_opt_out": 2}
    assert section.fields[-1].values == (2,)
    assert section.gpc is (True if text.endswith(".YA") else None)
    assert decoded.says is Consent.PARTIAL


def test_a_gpp_string_carries_a_tc_string_and_a_us_privacy_string() -> None:
    decoded = decode_gpp("DBACNY~CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA.IDKQA4AAgAKAGQAygAAA~1YNN")
    assert isinstance(decoded, Gpp)
    tcf, usp = (section.decoded for section in decoded.sections)
    assert isinstance(tcf, TcString)
    assert tcf.cmp_id == 880
    assert isinstance(usp, UsPrivacy)
    assert usp.opted_out_of_sale is False


def test_sections_without_a_known_layout_are_named_not_guessed() -> None:
    decoded = decode_gpp("DBABL~GVQVAAAAAg.Y")
    assert isinstance(decoded, Gpp)
    assert isinstance(decoded.sections[0].decoded, Undecodable)
    assert not isinstance(decoded.sections[0].decoded, UsSection)
    assert SECTION_NAMES[27] == "usri"


@pytest.mark.parametrize("text", ["", "D", "CBABM", "DCABM", "DBABM" + "A" * 200_000, "DBD" + "_" * 40])
def test_broken_gpp_is_undecodable(text: str) -> None:
    assert isinstance(decode_gpp(text), Undecodable)


def test_us_privacy_strings() -> None:
    opted_out, none = decode_usp("1YYN"), decode_usp("1---")
    assert isinstance(opted_out, UsPrivacy)
    assert (opted_out.applies, opted_out.notice, opted_out.opted_out_of_sale, opted_out.limited_service_provider) == (
        True,
        True,
        True,
        False,
    )
    assert isinstance(none, UsPrivacy)
    assert none.applies is False
    for text in ("", "1YN", "2YNN", "1YNNN", "1AAA"):
        assert isinstance(decode_usp(text), Undecodable)


def test_gpc_has_one_valid_header_value_and_its_file_needs_a_boolean() -> None:
    assert is_gpc("1")
    assert not is_gpc("true")
    assert not is_gpc(None)
    assert decode_gpc_json('{"gpc": true, "lastUpdate": "2026-03-01"}') == GpcSupport(
        gpc=True, last_update=date(2026, 3, 1)
    )
    for text in ("", "[]", '{"gpc": 1}', "null", "{" * 5000):
        assert isinstance(decode_gpc_json(text), Undecodable)


def test_meta_limited_data_use() -> None:
    limited = decode_meta({"dpo": "LDU", "dpoco": "1", "dpost": "1000"})
    assert limited == MetaDataProcessing(limited_data_use=True, options=("LDU",), country=1, state=1000)
    none = decode_meta({"dpo": ""})
    assert isinstance(none, MetaDataProcessing)
    assert none.limited_data_use is False
    assert decode_meta({}) is None


def test_microsoft_states() -> None:
    assert decode_uet({"asc": "D"}) == UetConsent(ad_storage=D)
    assert decode_uet({}) is None
    assert isinstance(decode_uet({"asc": "?"}), Undecodable)
    assert decode_clarity({"ad_Storage": "denied", "analytics_Storage": "granted"}) == ClarityConsent(
        ad_storage=D, analytics_storage=G
    )
    assert isinstance(decode_clarity({}), Undecodable)


@pytest.mark.parametrize("name", decoders())
@given(text=st.text(max_size=120))
@settings(max_examples=25, deadline=None)
def test_no_decoder_raises_on_any_text(name: str, text: str) -> None:
    decoders()[name](text)


def test_no_decoder_raises_on_mutated_signals_and_each_decodes_some() -> None:
    figures = fuzz(1500)
    assert set(figures) == set(decoders())
    assert [
        name for name in ("tcf", "gpp", "record:onetrust", "record:didomi", "generic") if not figures[name].decoded
    ] == []
