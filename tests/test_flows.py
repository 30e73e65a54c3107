"""Which identifier leaves to whom: found at capture in every usual form, judged between companies."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import md5, sha1, sha256
from urllib.parse import quote

import pytest

from classifiers.audit import gather
from classifiers.decorations import decorations
from classifiers.entities import Entities
from classifiers.evidence import Evidence
from classifiers.flows import Flow, FlowKind, flows, not_looked_for
from classifiers.vendors import Catalogue
from crawler.browser.carriers import candidates, only_stored
from crawler.browser.values import Digester
from crawler.observations import AnySighting, Carried, CarriedForm, RequestSighting
from tests.rule_cases import ShortCookie, ShortRequest, ShortStorage, ShortVisit, whole_scan, whole_visit
from tests.test_entities import WEB

NOBODY = Catalogue({}, digest="-")
ENTITIES = Entities(NOBODY, (WEB,))
IDENTIFIER = "8f14e45fceea167a5a36"
NOW = datetime(2026, 6, 2, tzinfo=UTC)
TOKEN = Carried(token="t1", place="query", name="u")


# --- at capture


def carried(url: str, *, referer: str = "", body: bytes | None = None, stored: str = IDENTIFIER) -> list[Carried]:
    digester = Digester(key=b"k" * 16, keep_values=False, now=NOW)
    visit = whole_visit(ShortVisit(cookies=(ShortCookie(name="id"),), requests=(ShortRequest(url=url),)))
    found = candidates(
        url=url,
        headers={"referer": referer} if referer else {},
        body=body,
        content_type="application/x-www-form-urlencoded",
        digester=digester,
    )
    sightings: list[AnySighting] = [
        visit.cookies[0].model_copy(update={"value": digester.value(stored)}),
        visit.requests[0].model_copy(update={"carries": found}),
    ]
    request = only_stored(sightings, digester)[1]
    assert isinstance(request, RequestSighting)
    return list(request.carries or ())


def digest(hashing: object, text: str = IDENTIFIER) -> str:
    return str(hashing(text.encode()).hexdigest())  # type: ignore[operator]  # one of hashlib's constructors


@pytest.mark.parametrize(
    ("written", "form"),
    [
        (IDENTIFIER, CarriedForm.PLAIN),
        (f"v1.{IDENTIFIER}.x", CarriedForm.PLAIN),
        (quote(quote(f"https://a.example/?u={IDENTIFIER}", safe=""), safe=""), CarriedForm.PLAIN),
        (quote(b64encode(f"id={IDENTIFIER}".encode()).decode(), safe=""), CarriedForm.BASE64),
        (b64encode(IDENTIFIER.encode()).decode().rstrip("="), CarriedForm.BASE64),
        (digest(md5), CarriedForm.MD5),
        (digest(sha1), CarriedForm.SHA1),
        (digest(sha256), CarriedForm.SHA256),
    ],
)
def test_a_stored_identifier_is_found_in_every_usual_form(written: str, form: CarriedForm) -> None:
    (one,) = carried(f"https://t.example/p?u={written}&v=1")
    assert (one.place, one.name, one.form) == ("query", "u", form)


@pytest.mark.parametrize("form", ["", "sha256"])
def test_it_is_found_in_path_referer_and_body(form: str) -> None:
    text = digest(sha256) if form else IDENTIFIER
    assert [one.place for one in carried(f"https://t.example/p/{text}/x")] == ["path"]
    assert [one.place for one in carried("https://t.example/p", referer=f"https://s.example/?a={text}")] == ["referer"]
    assert [(one.place, one.name) for one in carried("https://t.example/p", body=f"a=1&uid={text}".encode())] == [
        ("body", "uid")
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://t.example/p?u=1234567890abcdef1234",  # another identifier
        f"https://t.example/p?u={IDENTIFIER}00",  # only a part of one
        f"https://t.example/p#u={IDENTIFIER}",  # fragments are not sent
        "https://t.example/p?u=" + digest(sha256, "other"),
        "data:text/plain,8f14e45fceea167a5a36",
    ],
)
def test_what_is_not_the_stored_identifier_is_not_kept(url: str) -> None:
    found = carried(url)
    assert [one for one in found if not url.startswith("data:")] == []


def test_the_analytics_client_id_is_found_in_its_parameter() -> None:
    (one, *_) = carried("https://t.example/c?cid=1234567890.1650000000", stored="GA1.2.1234567890.1650000000")
    assert one.name == "cid"


def test_what_is_kept_is_a_digest_and_never_the_value() -> None:
    (one,) = carried(f"https://t.example/p?u={IDENTIFIER}")
    assert IDENTIFIER not in one.model_dump_json()


# --- judged


def evidence(*visits: ShortVisit) -> Evidence:
    whole = [whole_visit(visit) for visit in visits]
    scan = whole_scan(whole, scenarios=tuple(dict.fromkeys(visit.scenario for visit in whole)))
    made = gather(scan, whole, declaration=None, catalogue=NOBODY, profile="eu")
    made.entities = ENTITIES
    return made


def found(*visits: ShortVisit) -> Sequence[Flow]:
    """Flows that leave the company."""
    return [flow for flow in flows(evidence(*visits)) if flow.kind is not FlowKind.WITHIN]


def cookie(domain: str, token: str = "t1", *, at: float = 0.5) -> ShortCookie:
    return ShortCookie(name="id", domain=domain, value="hex", tokens=(token,), at=at)


def request(url: str, *carries: Carried, at: float = 1.0) -> ShortRequest:
    return ShortRequest(url=url, carries=carries or (TOKEN,), at=at)


def test_the_sites_own_identifier_at_a_third_party_is_a_leak() -> None:
    (flow,) = found(ShortVisit(cookies=(cookie("shop.example"),), requests=(request("https://t.other.example/p"),)))
    assert (flow.kind, flow.holder.trace.name, flow.request.key[2]) == (FlowKind.LEAK, "id", "other.example")
    assert flow.user_specific is None
    assert not flow.by_redirect


def test_storage_leaks_as_cookies_do() -> None:
    item = ShortStorage(key="uid", value="hex", tokens=("t1",), at=0.5)
    (flow,) = found(ShortVisit(storage=(item,), requests=(request("https://t.other.example/p"),)))
    assert flow.kind is FlowKind.LEAK


def test_a_third_partys_identifier_at_another_company_is_a_sync() -> None:
    (flow,) = found(
        ShortVisit(cookies=(cookie("quietcounter.example"),), requests=(request("https://sync.loudbanners.example/p"),))
    )
    assert flow.kind is FlowKind.SYNC
    assert (flow.holder.key[2], flow.request.key[2]) == ("quietcounter.example", "loudbanners.example")


@pytest.mark.parametrize(
    "url",
    [
        "https://b.quietcounter.example/p",  # the same site
        "https://cdn.counting-house.example/p",  # another site of the same company
        "https://www.shop.example/p",  # the visited site itself
    ],
)
def test_what_stays_in_the_company_or_the_site_is_no_sync(url: str) -> None:
    assert found(ShortVisit(cookies=(cookie("quietcounter.example"),), requests=(request(url),))) == []


def test_the_first_holder_of_an_identifier_is_its_origin() -> None:
    (flow,) = found(
        ShortVisit(
            cookies=(cookie("quietcounter.example"), cookie("loudbanners.example", at=2.0)),
            requests=(request("https://sync.loudbanners.example/p"),),
        )
    )
    assert flow.holder.trace.host == "quietcounter.example"


def test_a_value_that_two_profiles_share_is_no_identifier() -> None:
    visit = ShortVisit(cookies=(cookie("shop.example"),), requests=(request("https://t.other.example/p"),))
    assert found(visit, visit.model_copy(update={"run": 2})) == []
    other = visit.model_copy(update={"run": 2, "cookies": (cookie("shop.example", "t2"),)})
    (flow,) = found(visit, other)
    assert flow.user_specific is True


def test_two_pages_of_one_profile_share_their_identifier() -> None:
    visit = ShortVisit(cookies=(cookie("shop.example"),), requests=(request("https://t.other.example/p"),))
    later = visit.model_copy(update={"url": "https://www.shop.example/later", "entry": False})
    assert [flow.user_specific for flow in found(visit, later)] == [None, None]


def test_what_the_browser_did_not_send_went_nowhere() -> None:
    refused = request("https://t.other.example/p").model_copy(update={"refused": ("csp",)})
    assert found(ShortVisit(cookies=(cookie("shop.example"),), requests=(refused,))) == []


def test_a_scan_whose_requests_were_not_searched_says_so() -> None:
    blind = ShortRequest(url="https://t.other.example/p", carries=None)
    assert [one.rule for one in not_looked_for(evidence(ShortVisit(requests=(blind,))), "TP-009")] == ["TP-009"]
    looked = blind.model_copy(update={"carries": ()})
    assert list(not_looked_for(evidence(ShortVisit(requests=(looked,))), "TP-009")) == []


def test_link_decoration_is_told_by_parameter_and_where() -> None:
    seen = evidence(
        ShortVisit(
            requests=(
                ShortRequest(url="https://www.shop.example/?gclid=abc&utm_source=x&fbclid="),
                ShortRequest(url="https://t.other.example/c?dl=https%3A%2F%2Fwww.shop.example%2F%3F_gl%3D1*abc"),
            )
        )
    ).seen
    told = [(one.parameter, one.vendor, one.within) for one in decorations(seen)]
    assert told == [("gclid", "google_ads", ""), ("_gl", "google_analytics_4", "dl")]
