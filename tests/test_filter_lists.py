"""Lists as witnesses: rules with their section, names with how well they fit, categories of hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.audit import audit, gather
from classifiers.base import Party, Purpose
from classifiers.by_catalogue import ByCatalogue
from classifiers.by_cookie_database import ByCookieDatabase
from classifiers.by_filter_list import ByFilterList
from classifiers.by_vendor_category import ByVendorCategory
from classifiers.declaration import parse_declaration
from classifiers.declared import DeclarationIndex
from classifiers.label import Labeller, cascade
from classifiers.lists.cookie_names import CookieNames, CookieRow, Fit
from classifiers.lists.engine import AdblockEngine, canonical
from classifiers.lists.loaded import Lists
from classifiers.lists.records import known_lists
from classifiers.lists.shelf import Shelf
from classifiers.lists.update import update_from
from classifiers.vendors import Catalogue, packaged
from crawler.observations import CnameChain, RequestSighting
from tests.rule_cases import PAGE, START, ShortCookie, ShortRequest, ShortStorage, ShortVisit, whole_scan, whole_visit
from tests.test_lists import FIXTURES

TRACKER = "https://t.quietcounter.example/v"


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Lists:
    shelf = Shelf(tmp_path_factory.mktemp("lists"), assets=None)
    for known in known_lists():
        made = update_from(known, shelf, folder=FIXTURES)
        assert made is not None
        assert not made.why
    return Lists(shelf)


@pytest.fixture(scope="module")
def engine(lists: Lists) -> AdblockEngine:
    found = lists.engines[0]
    assert isinstance(found, AdblockEngine)
    return found


def rule(engine: AdblockEngine, url: str, kind: str = "image", *, page: str = PAGE) -> str | None:
    match = engine.check(url=url, page=page, resource_type=kind)
    return match.rule if match and match.exception is None else None


def request(url: str, **more: object) -> RequestSighting:
    return whole_visit(ShortVisit(requests=(ShortRequest.model_validate({"url": url, **more}),))).requests[0]


def test_the_matching_rule_comes_with_list_section_and_line(engine: AdblockEngine) -> None:
    match = engine.check(url=TRACKER, page=PAGE, resource_type="image")
    assert match is not None
    assert match.rule == "||quietcounter.example^$third-party"
    assert (match.list_title, match.section) == ("EasyPrivacy", "easyprivacy_trackingservers")
    text = (FIXTURES / "easyprivacy.txt").read_text("utf-8").splitlines()
    assert text[match.line - 1] == match.rule


@pytest.mark.parametrize(
    ("url", "kind", "page", "fits"),
    [
        ("https://T.QuietCounter.EXAMPLE/v", "image", PAGE, True),  # the engine knows lower case only
        ("https://api.shop.example/x?a=1&heartbeat=1", "fetch", PAGE, True),  # … and no `fetch`
        ("https://api.shop.example/x?a=1&heartbeat=1", "image", PAGE, False),
        ("https://sharedhost.example/tracker.js", "script", PAGE, True),
        ("https://sharedhost.example/other.js", "script", PAGE, False),
        (TRACKER, "image", "https://www.quietcounter.example/", False),  # its own site is no third party
        ("data:image/gif;base64,R0lGOD", "image", PAGE, False),
        ("blob:https://www.shop.example/1", "image", PAGE, False),
        ("https://[::1/", "image", PAGE, False),
        ("https://quietcounter.example/opt-out", "image", PAGE, False),  # an exception lets it through
    ],
)
def test_the_traps_of_the_engine(engine: AdblockEngine, url: str, kind: str, page: str, *, fits: bool) -> None:
    assert (rule(engine, url, kind, page=page) is not None) is fits


def test_an_exception_is_told_with_its_rule(engine: AdblockEngine) -> None:
    match = engine.check(url="https://quietcounter.example/opt-out", page=PAGE, resource_type="image")
    assert match is not None
    assert match.exception == "@@||quietcounter.example/opt-out^"


@pytest.mark.parametrize(
    ("url", "is_"),
    [
        ("https://Bücher.EXAMPLE:8443/A?B", "https://xn--bcher-kva.example:8443/A?B"),
        ("http://user:pw@a.example/", "http://a.example/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("about:blank", None),
        ("https://a.example:x/", None),
    ],
)
def test_addresses_are_made_canonical(url: str, is_: str | None) -> None:
    assert canonical(url) == is_


def test_a_compiled_list_answers_the_same_and_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    text = (FIXTURES / "easyprivacy.txt").read_text("utf-8")
    cache = tmp_path / "compiled"

    def build() -> AdblockEngine:
        return AdblockEngine.build(list_id="easyprivacy", title="EasyPrivacy", text=lambda: text, cache=cache)

    first = build()
    assert cache.stat().st_size > 0
    again = build()
    assert first.check(url=TRACKER, page=PAGE, resource_type="image") == again.check(
        url=TRACKER, page=PAGE, resource_type="image"
    )
    cache.write_bytes(b"damaged")
    assert rule(build(), TRACKER) == "||quietcounter.example^$third-party"
    assert cache.stat().st_size > 100


def test_a_request_is_labelled_by_its_rule(lists: Lists) -> None:
    label = ByFilterList(lists.engines).classify(request(TRACKER))
    assert label is not None
    assert label.purpose is Purpose.ANALYTICS
    assert "`||quietcounter.example^$third-party` of EasyPrivacy" in label.reason
    assert [(vote.source, vote.tracker) for vote in label.votes] == [("filter_list", True)]
    ad = ByFilterList(lists.engines).classify(request("https://x.loudbanners.example/a.gif"))
    assert ad is not None
    assert ad.purpose is Purpose.ADVERTISING


def test_the_page_itself_is_never_asked_about(lists: Lists) -> None:
    url = "https://x.loudbanners.example/"
    assert ByFilterList(lists.engines).classify(request(url, navigation=True, type="document")) is None
    assert ByFilterList(lists.engines).classify(request(url, type="document")) is not None


def test_a_host_disguised_by_dns_is_asked_about_under_its_real_name(lists: Lists) -> None:
    hidden = request("https://data.shop.example/v")
    assert ByFilterList(lists.engines).classify(hidden) is None
    chain = CnameChain(host="data.shop.example", names=("c.quietcounter.example",), resolver="::1", at=START)
    label = ByFilterList(lists.engines, chains=(chain,)).classify(hidden)
    assert label is not None
    assert "under its CNAME c.quietcounter.example" in label.reason


@pytest.mark.parametrize(
    ("name", "host", "purpose", "fit"),
    [
        ("qc_visitor", "shop.example", Purpose.ANALYTICS, Fit.ANY_HOST),
        ("qc_visitor", "a.quietcounter.example", Purpose.ANALYTICS, Fit.HOST),
        ("qc_ses_12ab", "shop.example", Purpose.ANALYTICS, Fit.ANY_HOST),
        ("qc_visitor2", "shop.example", None, None),
        ("uid", "shop.example", None, None),  # a short name means different things elsewhere
        ("uid", "loudbanners.example", Purpose.ADVERTISING, Fit.HOST),
        ("LBCAP77", "cdn.loudbanners.example", Purpose.ADVERTISING, Fit.HOST),
        ("LBCAP77", "shop.example", Purpose.ADVERTISING, Fit.OTHER_HOST),
        ("basket_note", "shop.example", Purpose.FUNCTIONAL, Fit.ANY_HOST),
        ("torn_name", "shop.example", None, None),  # as many say this as that
        ("guard_token", "shop.example", Purpose.NECESSARY, Fit.ANY_HOST),
    ],
)
def test_names_of_the_cookie_database(
    lists: Lists, name: str, host: str, purpose: Purpose | None, fit: Fit | None
) -> None:
    found = lists.cookies.find(name, host)
    assert (found.row.purpose if found else None, found.fit if found else None) == (purpose, fit)


def test_the_database_names_cookies_and_storage_keys_with_its_own_words(lists: Lists) -> None:
    visit = whole_visit(ShortVisit(cookies=(ShortCookie(name="qc_visitor"),), storage=(ShortStorage(key="qc_ses_1"),)))
    for sighting in visit.sightings():
        label = ByCookieDatabase(lists.cookies).classify(sighting)
        assert label is not None
        assert label.vendor == "Quiet Counter"
        assert "as Analytics (name)" in label.reason
    assert ByCookieDatabase(CookieNames(())).classify(visit.cookies[0]) is None


def test_a_host_is_labelled_by_the_category_of_its_owner(lists: Lists) -> None:
    source = ByVendorCategory(lists.owners)
    label = source.classify(request("https://a.loudbanners.example/x"))
    assert label is not None
    assert (label.purpose, label.vendor, label.entity) == (Purpose.ADVERTISING, "Loud Banners", "Loud Banners")
    assert "third-party-web" in label.reason
    assert "companiesdb" in label.reason
    assert source.classify(request("https://nobody.example/x")) is None


def test_a_category_without_a_purpose_names_the_owner_only(lists: Lists) -> None:
    cookie = whole_visit(ShortVisit(cookies=(ShortCookie(name="x", domain="cdn.counting-house.example"),))).cookies[0]
    assert ByVendorCategory(lists.owners).classify(cookie) is not None
    torn = ByVendorCategory(lists.owners).classify(request("https://a.plainfiles.example/x"))
    assert torn is not None  # one says content network, the other analytics: both are told
    assert torn.purpose is Purpose.ANALYTICS
    assert "cdn" in torn.reason


def test_the_category_of_a_company_says_nothing_about_its_own_site(lists: Lists) -> None:
    visit = whole_visit(
        ShortVisit(
            url="https://www.loudbanners.example/", requests=(ShortRequest(url="https://a.loudbanners.example/x"),)
        )
    )
    assert ByVendorCategory(lists.owners).classify(visit.requests[0]) is None


def test_lists_that_agree_raise_the_confidence_and_the_first_decides(lists: Lists) -> None:
    chain = cascade(DeclarationIndex(None), Catalogue({}, digest="-"), affiliates=(), lists=lists)
    label = Labeller(chain).label(request(TRACKER), page=PAGE)
    assert label.source.startswith("vendor_category:third_party_web")
    assert (label.vendor, label.entity, label.party) == ("Quiet Counter", "Counting House", Party.THIRD)
    assert {vote.source for vote in label.votes} == {"vendor_category", "filter_list"}
    assert label.confidence == 0.91


def test_an_audit_tells_which_lists_judged_it_and_knows_disguised_hosts(lists: Lists) -> None:
    visit = whole_visit(ShortVisit(requests=(ShortRequest(url="https://metrics.shop.example/v"),)))
    scan, nobody = whole_scan([visit], scenarios=("silent",)), Catalogue({}, digest="-")
    made = audit(scan, [visit], declaration=None, catalogue=nobody, judged_at=START, lists=lists)
    told = {fact.name: fact.value for fact in made.judged_with}
    assert {name for name in told if name.startswith("list.")} == {f"list.{known.id}" for known in known_lists()}
    assert "sha256:" in told["list.easyprivacy"]
    evidence = gather(scan, [visit], declaration=None, catalogue=nobody, profile="eu", lists=lists)
    assert evidence.disguises["metrics.shop.example"].company == "quietcounter"
    assert [version.id for version in evidence.lists] == [version.id for version in lists.versions]
    assert "specific_cname_quietcounter" in evidence.requests[0].label.reason


def test_equal_addresses_of_different_kinds_are_different_questions(lists: Lists) -> None:
    chain = cascade(DeclarationIndex(None), Catalogue({}, digest="-"), affiliates=(), lists=lists)
    labeller = Labeller(chain)
    url = "https://sharedhost.example/tracker.js"
    assert labeller.label(request(url, type="image"), page=PAGE).purpose is Purpose.UNCLASSIFIED
    assert labeller.label(request(url, type="script"), page=PAGE).purpose is Purpose.ANALYTICS


def test_a_claim_of_the_site_exempts_nothing_that_a_list_names_as_tracking(lists: Lists) -> None:
    declared = parse_declaration(
        "schema: tracker-declaration/1\nitems:\n  - {name: qc_visitor, technology: http_cookie, purpose: necessary}\n",
        name="d.yaml",
    )
    chain = cascade(DeclarationIndex(declared), Catalogue({}, digest="-"), affiliates=(), lists=lists)
    cookie = whole_visit(ShortVisit(cookies=(ShortCookie(name="qc_visitor"),))).cookies[0]
    label = Labeller(chain).label(cookie, page=PAGE)
    assert label.purpose is Purpose.ANALYTICS
    assert "Declared as necessary" in label.reason


def test_a_list_does_not_overrule_what_the_catalogue_calls_necessary() -> None:
    cookie = whole_visit(ShortVisit(cookies=(ShortCookie(name="PHPSESSID"),))).cookies[0]
    row = CookieRow("PHPSESSID", False, Purpose.ADVERTISING, "Marketing", "Someone", "", (), True)
    chain = (ByCatalogue(packaged()), ByCookieDatabase(CookieNames([row])))
    label = Labeller(chain).label(cookie, page=PAGE)
    assert label.purpose is Purpose.NECESSARY
    assert "says advertising" in label.reason
    assert label.confidence < 0.89


def test_without_any_list_every_list_is_silent() -> None:
    chain = cascade(DeclarationIndex(None), Catalogue({}, digest="-"), affiliates=(), lists=Lists())
    label = Labeller(chain).label(request(TRACKER), page=PAGE)
    assert (label.purpose, label.source, label.votes) == (Purpose.UNCLASSIFIED, "shape", ())


def test_disguised_hosts_are_known_by_the_section_that_lists_them(lists: Lists) -> None:
    assert lists.disguised == {"metrics.shop.example": "quietcounter", "stats.bakery.example": "quietcounter"}
