"""Every vendor's real-shaped requests decode to the account, event and parameters that stand beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from classifiers.decode import decode
from classifiers.decode_records import Hit
from classifiers.vendors import packaged
from crawler.observations import Record

FOLDER = Path(__file__).parent.parent / "fixtures" / "hits"


class ExpectedHit(Record):
    vendor: str | None = None
    """None: the vendor the file is named after."""
    account: str | None = None
    event: str | None = None
    page: str | None = None
    endpoint: str | None = None
    recognised_by: str | None = None
    consent: dict[str, str] = {}  # noqa: RUF012 pydantic copies defaults
    parameters: dict[str, str] = {}  # noqa: RUF012 pydantic copies defaults


class Case(Record):
    name: str
    url: str
    method: str = "GET"
    headers: dict[str, str] = {}  # noqa: RUF012 pydantic copies defaults
    body: str | None = None
    hits: tuple[ExpectedHit, ...]
    """Empty: nothing of this vendor may be seen in it."""


def _cases() -> list[tuple[str, Case]]:
    reader = YAML(typ="safe", pure=True)
    adapter = TypeAdapter(list[Case])
    return [
        (path.stem, case)
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in adapter.validate_python(reader.load(path.read_text(encoding="utf-8")))
    ]


CASES = _cases()


@pytest.mark.parametrize(("vendor", "case"), CASES, ids=[f"{vendor}: {case.name}" for vendor, case in CASES])
def test_sample_decodes_as_stated(vendor: str, case: Case) -> None:
    hits = decode(case.url, case.method, case.headers, case.body.encode() if case.body is not None else None)
    if not case.hits:
        assert [hit for hit in hits if hit.vendor == vendor] == []
        return
    assert len(hits) == len(case.hits)
    for index, (hit, expected) in enumerate(zip(hits, case.hits, strict=True)):
        assert hit.index == index
        _compare(hit, expected, vendor)


def _compare(hit: Hit, expected: ExpectedHit, vendor: str) -> None:
    assert hit.vendor == (expected.vendor or vendor)
    assert hit.account == expected.account
    if expected.event is not None:
        assert hit.event == expected.event
    if expected.page is not None:
        assert hit.page == expected.page
    if expected.endpoint is not None:
        assert hit.endpoint == expected.endpoint
    if expected.recognised_by is not None:
        assert hit.recognised_by == expected.recognised_by
    carried = {(signal.signal.value, signal.value) for signal in hit.consent}
    assert carried >= set(expected.consent.items())
    values = {parameter.name: parameter.value for parameter in hit.parameters}
    for name, value in expected.parameters.items():
        assert values.get(name) == value, name


VENDORS_OF_TAG_PLANS = [
    "adobe_analytics",
    "adobe_audience_manager",
    "adobe_experience_cloud_id",
    "adobe_heartbeat",
    "adobe_launch",
    "adobe_target",
    "adobe_web_sdk",
    "amazon_ads",
    "amplitude",
    "baidu_tongji",
    "braze",
    "comscore",
    "contentsquare",
    "crazy_egg",
    "criteo",
    "demandbase",
    "dynamic_yield",
    "fullstory",
    "google_ads",
    "google_analytics_4",
    "google_campaign_manager",
    "google_tag_manager",
    "google_universal_analytics",
    "heap",
    "hotjar",
    "hubspot",
    "invoca",
    "kakao_pixel",
    "klaviyo",
    "linkedin_insight",
    "lytics",
    "marketo",
    "matomo",
    "meta",
    "microsoft_clarity",
    "microsoft_uet",
    "mixpanel",
    "mparticle",
    "naver_analytics",
    "optimizely",
    "outbrain",
    "pardot",
    "parsely",
    "piano_analytics",
    "pinterest",
    "piwik_pro",
    "plausible",
    "reddit",
    "rudderstack",
    "salesforce",
    "segment",
    "six_sense",
    "sklik",
    "snap",
    "taboola",
    "tealium",
    "the_trade_desk",
    "tiktok",
    "vwo",
    "webtrends",
    "x_ads",
    "yandex_metrica",
]


@pytest.mark.parametrize("vendor", VENDORS_OF_TAG_PLANS)
def test_each_vendor_of_tag_plans_has_a_sample(vendor: str) -> None:
    assert vendor in packaged().vendors
    assert any(name == vendor and case.hits for name, case in CASES)
