"""Labels by the catalogue: purpose, vendor, party, confidence and a reason a person can check."""

from __future__ import annotations

from datetime import UTC, datetime

from classifiers.base import Label, Party, Purpose
from classifiers.by_catalogue import ByCatalogue
from classifiers.vendors import packaged
from crawler.observations import (
    BodyField,
    Consent,
    CookieSighting,
    CookieWitness,
    Operation,
    RequestSighting,
    StorageArea,
    StorageSighting,
    TargetKind,
    ValueDigest,
)

PAGE = "https://www.example.com/"
WALL = datetime(2026, 1, 1, tzinfo=UTC)
VALUE = ValueDigest(digest="0" * 32, length=9, shape="text")
CLASSIFIER = ByCatalogue(packaged())


def _cookie(name: str, domain: str) -> Label | None:
    return CLASSIFIER.classify(
        CookieSighting(
            id="c1",
            consent=Consent.UNDECIDED,
            phase="open",
            order=1,
            at=0.1,
            wall=WALL,
            page=PAGE,
            frame=PAGE,
            target=TargetKind.PAGE,
            operation=Operation.WRITE,
            name=name,
            domain=domain,
            path="/",
            host_only=False,
            secure=True,
            http_only=False,
            same_site=None,
            lifetime_asked=None,
            value=VALUE,
            raw=f"{name}=…",
            seen_in=(CookieWitness.SCRIPT,),
            stored=True,
        )
    )


def _storage(key: str, origin: str = "https://www.example.com", container: str | None = None) -> Label | None:
    return CLASSIFIER.classify(
        StorageSighting(
            id="s1",
            consent=Consent.UNDECIDED,
            phase="open",
            order=1,
            at=0.1,
            wall=WALL,
            page=PAGE,
            frame=PAGE,
            target=TargetKind.PAGE,
            area=StorageArea.INDEXED_DB if container else StorageArea.LOCAL,
            operation=Operation.WRITE,
            origin=origin,
            container=container,
            key=key,
            size=9,
        )
    )


def _request(url: str, *fields: BodyField) -> Label | None:
    return CLASSIFIER.classify(
        RequestSighting(
            id="r1",
            consent=Consent.UNDECIDED,
            phase="open",
            order=1,
            at=0.1,
            wall=WALL,
            page=PAGE,
            frame=PAGE,
            target=TargetKind.PAGE,
            url=url,
            method="GET",
            resource_type="image",
            body_fields=fields,
        )
    )


def test_exact_name_names_vendor_entity_country_and_source() -> None:
    label = _cookie("_ga", "example.com")
    assert label is not None
    assert (label.purpose, label.vendor_id, label.entity, label.country) == (
        Purpose.ANALYTICS,
        "google_analytics_4",
        "Google LLC",
        "US",
    )
    assert label.party is Party.FIRST
    assert label.source == "catalogue:google_analytics_4#_ga"
    assert [vote.tracker for vote in label.votes] == [True]
    assert "`_ga` is a known cookie of Google Analytics 4" in label.reason


def test_pattern_is_less_sure_than_an_exact_name_and_a_host_less_sure_than_both() -> None:
    exact, pattern, host = (
        _cookie("_ga", "example.com"),
        _cookie("_ga_ABCDE12345", "example.com"),
        _cookie("qqq", "criteo.com"),
    )
    assert exact is not None
    assert pattern is not None
    assert host is not None
    assert exact.confidence > pattern.confidence > host.confidence
    assert host.party is Party.THIRD
    assert host.source == "catalogue:criteo#host"
    assert "not catalogued" in host.reason


def test_a_doubted_entry_says_so_and_is_less_sure() -> None:
    label = _cookie("timezone", "example.com")
    assert label is not None
    assert "doubted" in label.reason
    assert label.confidence < 0.8


def test_software_of_the_sites_own_has_no_recipient() -> None:
    matomo = _cookie("_pk_id.1.ab12", "example.com")
    php = _cookie("PHPSESSID", "example.com")
    cloud = _request("https://example.matomo.cloud/matomo.php?idsite=1&rec=1")
    assert matomo is not None
    assert php is not None
    assert cloud is not None
    assert (matomo.vendor, matomo.entity, matomo.country) == ("Matomo", None, None)
    assert (php.purpose, php.entity, php.votes[0].tracker) == (Purpose.NECESSARY, None, False)
    assert cloud.entity == "InnoCraft Ltd"


def test_storage_key_and_database_are_named() -> None:
    hotjar = _storage("_hjSessionUser_123")
    firebase = _storage("row1", container="firebaseLocalStorageDb/store")
    assert hotjar is not None
    assert firebase is not None
    assert hotjar.purpose is Purpose.SESSION_REPLAY
    assert firebase.vendor_id == "google_sign_in"
    assert _storage("my-own-key") is None


def test_request_is_named_by_host_and_by_payload() -> None:
    direct = _request("https://www.google-analytics.com/g/collect?v=2&tid=G-ABCDE12345&cid=1.2&_p=3")
    proxied = _request("https://www.example.com/m/g/collect?v=2&tid=G-ABCDE12345&cid=1.2&_p=3")
    assert direct is not None
    assert proxied is not None
    assert (direct.party, proxied.party) == (Party.THIRD, Party.FIRST)
    assert proxied.vendor_id == "google_analytics_4"
    assert "its payload has the form" in proxied.reason
    assert proxied.confidence < direct.confidence
    assert _request("https://www.example.com/style.css") is None


def test_payload_in_stored_body_fields_is_recognised() -> None:
    fields = tuple(
        BodyField(name=name, value=VALUE, plain=plain)
        for name, plain in (("event", "ViewContent"), ("context.pixel.code", "C4ABCDEFGHIJKLMNOPQR"))
    )
    label = _request("https://www.example.com/relay", *fields)
    assert label is not None
    assert label.vendor_id == "tiktok"
