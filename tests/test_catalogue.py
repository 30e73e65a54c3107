"""The packaged vendor files: sane, unambiguous, complete."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from classifiers.base import Purpose
from classifiers.decoders import DECODERS
from classifiers.vendor_files import read_vendor
from classifiers.vendor_records import Category, CookieEntry, StorageEntry, Vendor, vendor_schema
from classifiers.vendors import PACKAGED, Catalogue, packaged

VENDORS = tuple(packaged().vendors.values())


def test_catalogue_holds_at_least_150_vendors_with_a_company() -> None:
    assert sum(vendor.entity is not None for vendor in VENDORS) >= 150
    assert {vendor.category for vendor in VENDORS} == set(Category)


def test_every_file_is_read_and_named_after_its_vendor() -> None:
    assert {path.stem for path in PACKAGED.iterdir()} == set(packaged().vendors)


@pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.id for vendor in VENDORS])
def test_vendor_file_says_something_and_its_expressions_compile(vendor: Vendor) -> None:
    assert vendor.links
    assert vendor.domains or vendor.cookies or vendor.storage or vendor.endpoints
    for endpoint in vendor.endpoints:
        re.compile(endpoint.path or "")
        for form in endpoint.requires.values():
            re.compile(form)
        assert endpoint.decoder is None or endpoint.decoder in {decoder.name for decoder in DECODERS}
        reached_by = [grammar.endpoint for grammar in vendor.grammars]
        assert endpoint.hosts or endpoint.id in reached_by, f"{endpoint.id} can never be reached"
        assert set(endpoint.hosts) != set(vendor.domains) or endpoint.path or endpoint.requires or endpoint.event
    for grammar in vendor.grammars:
        re.compile(grammar.path or "")
        for form in grammar.requires.values():
            re.compile(form)
    for named in (*vendor.cookies, *vendor.storage, *vendor.parameters):
        re.compile(named.regex or "")


def _claims(kind: str) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    claims: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for vendor in VENDORS:
        entries: tuple[CookieEntry | StorageEntry, ...] = vendor.cookies if kind == "cookies" else vendor.storage
        for entry in entries:
            claims[entry.label].append((vendor.id, entry.hosts))
    return claims


@pytest.mark.parametrize("kind", ["cookies", "storage"])
def test_no_two_vendors_claim_the_same_name_without_a_host(kind: str) -> None:
    for name, claims in _claims(kind).items():
        assert sum(not hosts for _, hosts in claims) <= 1, (name, claims)
        hosts = [host for _, claimed in claims for host in claimed]
        assert len(hosts) == len(set(hosts)), (name, claims)


def test_no_two_vendors_own_the_same_host() -> None:
    owners: dict[str, list[str]] = defaultdict(list)
    for vendor in VENDORS:
        for host in vendor.domains:
            owners[host].append(vendor.id)
    assert {host: ids for host, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.id for vendor in VENDORS])
def test_patterns_of_names_are_not_so_short_that_they_guess(vendor: Vendor) -> None:
    entries: tuple[CookieEntry | StorageEntry, ...] = (*vendor.cookies, *vendor.storage)
    for entry in entries:
        if entry.name and "*" in entry.name and not entry.hosts:
            assert len(entry.name.replace("*", "")) >= 3, entry.name


@pytest.mark.parametrize(
    ("name", "host", "vendor", "purpose"),
    [
        ("_ga", "shop.example", "google_analytics_4", Purpose.ANALYTICS),
        ("_ga_ABCDE12345", "shop.example", "google_analytics_4", Purpose.ANALYTICS),
        ("_gid", "shop.example", "google_universal_analytics", Purpose.ANALYTICS),
        ("_gcl_au", "shop.example", "google_ads", Purpose.ADVERTISING),
        ("_uetsid", "shop.example", "microsoft_uet", Purpose.ADVERTISING),
        ("_clck", "shop.example", "microsoft_clarity", Purpose.SESSION_REPLAY),
        ("_ttp", "shop.example", "tiktok", Purpose.ADVERTISING),
        ("IDE", "doubleclick.net", "google_campaign_manager", Purpose.ADVERTISING),
        ("test_cookie", ".doubleclick.net", "google_campaign_manager", Purpose.ADVERTISING),
        ("NID", "www.google.co.uk", "google_ads", Purpose.ADVERTISING),
        ("uid", "criteo.com", "criteo", Purpose.ADVERTISING),
        ("uid", "adform.net", "adform", Purpose.ADVERTISING),
        ("PHPSESSID", "shop.example", "php", Purpose.NECESSARY),
        ("JSESSIONID", "shop.example", "java_servlet", Purpose.NECESSARY),
        ("JSESSIONID", "bam.nr-data.net", "new_relic", Purpose.ANALYTICS),
        ("ASP.NET_SessionId", "shop.example", "aspnet", Purpose.NECESSARY),
        ("AWSALB", "shop.example", "aws_load_balancer", Purpose.NECESSARY),
        ("__cf_bm", "shop.example", "cloudflare", Purpose.NECESSARY),
        ("csrftoken", "shop.example", "web_frameworks", Purpose.NECESSARY),
        ("OptanonConsent", "shop.example", "onetrust", Purpose.CONSENT_RECORD),
        ("CookieConsent", "shop.example", "cookiebot", Purpose.CONSENT_RECORD),
        ("euconsent-v2", "shop.example", "iab_consent_framework", Purpose.CONSENT_RECORD),
        ("utag_main", "shop.example", "tealium", Purpose.ANALYTICS),
        ("__atuvc", "shop.example", "oracle_advertising", Purpose.SOCIAL),
        ("AMCV_0123456789ABCDEF01234567%40AdobeOrg", "shop.example", "adobe_experience_cloud_id", Purpose.ANALYTICS),
        ("wordpress_logged_in_0123456789abcdef0123456789abcdef", "blog.example", "wordpress", Purpose.NECESSARY),
    ],
)
def test_well_known_cookie_is_named(name: str, host: str, vendor: str, purpose: Purpose) -> None:
    found = packaged().cookie(name, host)
    assert found is not None
    assert (found.vendor.id, found.purpose) == (vendor, purpose)


@pytest.mark.parametrize(
    ("name", "host"),
    [("uid", "shop.example"), ("IDE", "shop.example"), ("xyzzy_17", "shop.example"), ("", "shop.example"), ("_", None)],
)
def test_unknown_or_ambiguous_cookie_is_not_guessed(name: str, host: str | None) -> None:
    assert packaged().cookie(name, host) is None


def test_consent_platforms_keep_consent_records() -> None:
    for vendor in VENDORS:
        if vendor.category is Category.CMP:
            entries: tuple[CookieEntry | StorageEntry, ...] = (*vendor.cookies, *vendor.storage)
            assert any((entry.purpose or vendor.purpose) is Purpose.CONSENT_RECORD for entry in entries), vendor.id


def test_lifetimes_are_seconds() -> None:
    found = packaged().cookie("_ga", None)
    assert found is not None
    assert found.entry.lifetime_seconds == pytest.approx(2 * 365.2425 * 86400)
    session = packaged().cookie("PHPSESSID", None)
    assert session is not None
    assert session.entry.lifetime_seconds is None


def test_schema_is_published_and_names_every_field() -> None:
    schema = vendor_schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == set(Vendor.model_fields)
    assert schema["additionalProperties"] is False


def test_one_vendor_file_reads_alone() -> None:
    assert read_vendor(PACKAGED / "meta.yaml").name == "Meta Pixel"


def test_digest_changes_with_the_files() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", packaged().digest)
    assert Catalogue.load().digest == packaged().digest
