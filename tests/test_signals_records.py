"""What consent platforms write and answer after accepting and refusing; and undocumented items in plain words."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from crawler.browser.consent.platforms import platforms, record_of
from crawler.observations import Consent
from crawler.signals.apis import decode_api
from crawler.signals.base import ConsentRecord, Undecodable
from crawler.signals.generic import read_generic
from crawler.signals.records import DECODERS, decode_record
from tests.test_signals_tcf import write_tc

A, R, P = Consent.ACCEPTED, Consent.REJECTED, Consent.PARTIAL


def j(data: object) -> str:
    return quote(json.dumps(data))


def b(data: object) -> str:
    return base64.b64encode(json.dumps(data).encode()).decode()


def uc(action: str, *states: bool) -> str:
    return json.dumps(
        {
            "services": [
                {"id": str(n), "status": state, "history": [{"action": action}]} for n, state in enumerate(states)
            ]
        }
    )


RECORDS: list[tuple[str, str, Consent | None]] = [
    ("OptanonConsent", "isGpcEnabled=0&interactionCount=1&groups=C0001%3A1%2CC0002%3A0%2CC0004%3A0", R),
    ("OptanonConsent", "interactionCount=1&groups=C0001%3A1%2CC0002%3A1%2CC0004%3A1", A),
    ("OptanonConsent", "interactionCount=2&groups=C0001%3A1%2CC0002%3A1%2CC0004%3A0", P),
    ("OptanonConsent", quote("interactionCount=1&groups=C0001:1,C0002:0"), R),
    ("OptanonAlertBoxClosed", "2026-11-20T10:00:00.000Z", None),
    (
        "CookieConsent",
        quote(
            "{stamp:'x==',necessary:true,preferences:false,statistics:false,marketing:false,method:'explicit',ver:1}"
        ),
        R,
    ),
    (
        "CookieConsent",
        quote("{stamp:'x',necessary:true,preferences:true,statistics:true,marketing:true,method:'explicit'}"),
        A,
    ),
    ("CookieConsent", "0", R),
    ("didomi_token", b({"purposes": {"enabled": ["cookies", "ads"]}}), A),
    ("didomi_token", b({"purposes": {"disabled": ["cookies", "ads"]}}), R),
    ("didomi_token", b({"purposes": {"enabled": ["cookies"], "disabled": ["ads"]}}), P),
    ("uc_settings", uc("onAcceptAllServices", True, True, True), A),
    ("uc_settings", uc("onDenyAllServices", True, False, False), R),
    ("uc_settings", uc("onInitialPageLoad", True, False), None),
    (
        "ucData",
        json.dumps(
            {"consent": {"services": {"a": {"consent": True}, "b": {"consent": False}}}, "gcm": {"adStorage": "denied"}}
        ),
        R,
    ),
    ("_sp_user_consent_77", json.dumps({"gdpr": {"consentStatus": {"rejectedAll": True}}}), R),
    ("_sp_user_consent_77", json.dumps({"gdpr": {"consentStatus": {"consentedAll": True}}}), A),
    ("notice_preferences", "0:", R),
    ("notice_preferences", "2:", A),
    ("notice_gdpr_prefs", "0,1,2:", A),
    ("notice_gdpr_prefs", "0,1:", P),
    ("cmapi_cookie_privacy", "permit 1 required", R),
    ("cmapi_cookie_privacy", "permit 1,2,3", A),
    ("cookieyes-consent", "consentid:abc,consent:no,action:yes,necessary:yes,functional:no,analytics:no", R),
    ("cookieyes-consent", "consentid:abc,consent:yes,action:yes,necessary:yes,functional:yes,analytics:yes", A),
    ("cmplz_marketing", "deny", R),
    ("cmplz_functional", "allow", None),
    ("borlabs-cookie", j({"consents": {"essential": ["borlabs-cookie"]}}), R),
    ("borlabs-cookie", j({"consents": {"essential": ["x"], "statistics": ["ga"]}}), A),
    ("tarteaucitron", "!gajs=true!youtube=true", A),
    ("tarteaucitron", "!gajs=false!youtube=false", R),
    ("tarteaucitron", "!gajs=wait!youtube=wait", None),
    ("klaro", j({"matomo": False, "youtube": False}), R),
    ("klaro", j({"session": True, "matomo": False}), None),
    ("_iub_cs-123", j({"purposes": {"1": True, "2": False, "3": False}}), R),
    ("_iub_cs-123", j({"consent": True}), A),
    ("cc_cookie", j({"categories": ["necessary"]}), R),
    ("cc_cookie", j({"categories": ["necessary", "analytics"]}), A),
    ("cookieconsent_status", "deny", R),
    ("cookieconsent_status", "dismiss", None),
    ("axeptio_cookies", j({"$$completed": True, "google_analytics": False, "hotjar": False}), R),
    ("moove_gdpr_popup", j({"strict": "1", "thirdparty": "0", "advanced": "0"}), R),
    ("cookiefirst-consent", j({"necessary": True, "performance": True, "advertising": True}), A),
    ("euconsent-v2", write_tc(), R),
    ("euconsent-v2", write_tc(purposes=(1, 2), vendors=(5,)), A),
]


@pytest.mark.parametrize(("name", "value", "says"), RECORDS)
def test_a_platforms_record_says_what_was_chosen(name: str, value: str, says: Consent | None) -> None:
    found = record_of(name)
    assert found is not None
    record = decode_record(found[1], name, value)
    assert isinstance(record, ConsentRecord), record
    assert record.says is says


def test_every_decoder_the_platforms_name_exists_and_records_of_other_forms_are_undecodable() -> None:
    named = {decoder for platform in platforms().values() for decoder in platform.records.values()}
    assert named <= set(DECODERS)
    takes_anything = {"stamp", "additional", "ccpa_flag"}
    for decoder in named - takes_anything:
        assert isinstance(decode_record(decoder, "x", "\x00 nothing of the kind"), Undecodable), decoder


def test_a_summary_carries_no_identifier() -> None:
    record = decode_record(
        "cookieyes", "cookieyes-consent", "consentid:SECRETSECRET,consent:no,action:yes,necessary:yes,analytics:no"
    )
    assert isinstance(record, ConsentRecord)
    assert record.summary() == "necessary=1 analytics=0 answered"


APIS: list[tuple[str, object, Consent | None]] = [
    (
        "onetrust",
        {
            "groups": ",C0001,",
            "closed": True,
            "all": [{"id": "C0001", "status": "always active"}, {"id": "C0002", "status": "inactive"}],
        },
        R,
    ),
    (
        "onetrust",
        {
            "groups": ",C0001,C0002,",
            "closed": True,
            "all": [{"id": "C0001", "status": "always active"}, {"id": "C0002", "status": "active"}],
        },
        A,
    ),
    ("cookiebot", {"consent": {"necessary": True, "statistics": False, "marketing": False}, "answered": True}, R),
    ("didomi", {"enabled": ["a"], "disabled": ["b"], "essential": ["a"], "answered": True}, R),
    ("usercentrics", {"services": [{"status": True, "essential": True}, {"status": False, "essential": False}]}, R),
    ("klaro", {"consents": {"s": True, "m": True}, "confirmed": True, "required": ["s"]}, A),
    ("tarteaucitron", {"state": {"ga": False}}, R),
    ("osano", {"consent": {"ESSENTIAL": "ACCEPT", "ANALYTICS": "DENY"}}, R),
    (
        "orestbida",
        {"preferences": {"acceptedCategories": ["necessary"], "rejectedCategories": ["ads"]}, "valid": True},
        R,
    ),
    ("cookieyes", {"categories": {"necessary": True, "analytics": True}, "isUserActionCompleted": True}, A),
    ("complianz", {"functional": True, "statistics": False, "marketing": False}, R),
    ("borlabs", {"essential": ["x"]}, R),
    ("shopify", {"analytics": "yes", "marketing": "yes", "region": "DE"}, A),
]


@pytest.mark.parametrize(("platform", "answer", "says"), APIS)
def test_a_platforms_api_says_what_is_in_force(platform: str, answer: object, says: Consent | None) -> None:
    record = decode_api(platform, answer)
    assert isinstance(record, ConsentRecord), record
    assert record.says is says


GENERIC: list[tuple[str, str, Consent | None]] = [
    ("cookie_consent", "accepted", A),
    ("cookie_consent", "rejected", R),
    ("cookie_consent", "denied", R),
    ("cookie_consent", "necessary", R),
    ("cookie_consent", "all", A),
    ("gdpr", "0", R),
    ("gdpr", "1", None),
    ("cookies_accepted", "1", A),
    ("cookies_rejected", "1722470400", R),
    ("cookie_optout", "1", R),
    ("cookie_optout", "0", A),
    ("cookie_notice_dismissed", "1", None),
    ("consent", "yes", A),
    ("cookie_consent", "Yes", A),
    ("consent", "no", R),
    ("consent", "1", None),
    ("cookie_consent", "true", None),
    ("consent_banner_shown", "yes", None),
    ("cookie_notice", "yes", None),
    ("consent_refused", "yes", R),
    ("cookie_consent", "5f3a9c1e77d04b2b", None),
    ("consent", "necessary,analytics", A),
    ("consent", "necessary", R),
    ("privacy", '{"analytics":true,"marketing":true}', A),
    ("privacy", '{"necessary":true,"analytics":false,"marketing":false}', R),
    ("prefs", '{"analytics":false,"marketing":false}', R),
    ("prefs", '{"sidebar":true,"dark":false}', None),
    ("cookie_settings", "necessary=1&statistics=0&marketing=0", R),
    ("consent", '{"accepted":false}', R),
    ("session", "accepted", None),
    ("theme", "all", None),
    ("_ga", "GA1.1.123.456", None),
    ("cart", '{"items":[1,2]}', None),
]


@pytest.mark.parametrize(("name", "value", "says"), GENERIC)
def test_an_undocumented_item_is_read_only_where_it_speaks_plainly(name: str, value: str, says: Consent | None) -> None:
    record = read_generic(name, value)
    assert (record.says if record else None) is says
