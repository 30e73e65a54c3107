"""The demo shop has one fault of every kind planted: all are found, and none is invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.audit import audit
from classifiers.findings import Audit
from classifiers.tagplan.draft import draft
from classifiers.tagplan.plan import TagPlan
from classifiers.tagplan.reading import parse_plan, read_plan, refuse_unseen_pages
from classifiers.tagplan.steps import steps_of
from classifiers.vendors import packaged
from consentinel.tag_checking import TAG_RULES
from crawler.journey_scenarios import scenario_of
from crawler.scenarios import SCENARIOS
from crawler.store import Store
from crawler.visits import Scan, Visit, VisitStatus
from tests.conftest import Auditor
from tests.site_server import SITES, SiteServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOST = "shop.marketing.localhost"
PLAN = SITES.parent / "tagplans" / "shop.yaml"
PAGES = tuple(sorted(path.name for path in (SITES / HOST).glob("*.html") if path.name != "index.html"))
REFUSED = ("", "blog.html", "press.html")
SECRET = "spring voucher/26"

PLANTED = {
    ("TAG-001", "meta_view: meta_view ViewContent", "product.html"),
    ("TAG-002", "matomo: 7 page_view", "category.html"),
    ("TAG-003", "ga4_page: G-SHOP1234 page_view", "category.html"),
    ("TAG-004", "ga4_page: G-TEST9999 page_view", "outlet.html"),
    ("TAG-005", "gcd", "legal.html"),
    ("TAG-006", "gcd", "jobs.html"),
    ("TAG-007", "gcs", "press.html"),
    ("TAG-007", "gcs", "sale.html"),  # the same request that comes before the update
    ("TAG-009", "update", "sale.html"),
    ("TAG-010", "_ga", "blog.html"),
    ("TAG-015", "${GDPR_CONSENT_1}", "category.html"),
    ("TAG-018", "uet: 1234567 pageLoad HTTP 404", "contact.html"),
    ("TAG-018", "uet: 1234567 pageLoad refused by the browser (csp)", "legal.html"),
    ("TAG-019", "dl", "jobs.html"),
    ("TAG-021", "google_tag_manager: google_tag_manager GTM-SHOP12", ""),
    ("TAG-022", "ga4_page: ga4_page _ga", ""),
    ("TAG-023", "meta_page: 123456789012345 PageView", "checkout/"),
    ("TAG-024", "data layer: view_item: view_item value", "product.html"),
    ("TAG-026", "ga4_page: G-SHOP1234 page_view ep.page_type", "product.html"),
    ("TAG-026", "ga4_purchase: G-SHOP1234 purchase ep.transaction_id", "checkout/"),
    ("TAG-027", "ga4_page: ga4_page after consent_default", "legal.html"),
    ("TAG-027", "meta_page: meta_page after ga4_page", "contact.html"),
    ("TAG-028", "ga4_scroll: Google Analytics 4 G-SHOP1234 scroll reject", "press.html"),
}
"""Rule, subject, page; an empty page: on every page that accepts."""


@pytest.fixture(scope="module")
def plan() -> TagPlan:
    return read_plan(PLAN, catalogue=packaged())


@pytest.fixture(scope="module")
def visits(audited: Auditor, plan: TagPlan) -> Iterator[tuple[Visit, ...]]:
    with SiteServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_VOUCHER", SECRET)
        accepted = ("", *PAGES, "checkout/")
        seen = [
            *_seen(audited, server, "accept", accepted[:6]),
            *_seen(audited, server, "accept", accepted[6:]),
            *_seen(audited, server, "reject", REFUSED),
            *_seen(audited, server, "silent", ("",)),
            audited.visit(server.url(HOST), scenario_of(plan.journeys[0])).visit,
        ]
        yield tuple(seen)


def _seen(audited: Auditor, server: SiteServer, scenario: str, pages: tuple[str, ...]) -> list[Visit]:
    urls = tuple(server.url(HOST, f"/{page}") for page in pages)
    return [outcome.visit for outcome in audited.visits(urls, SCENARIOS[scenario])]


def scan_of(visits: tuple[Visit, ...]) -> Scan:
    now = datetime.now(UTC)
    return Scan(
        id="shop",
        started=now,
        finished=now,
        urls=tuple(dict.fromkeys(visit.url for visit in visits)),
        scenarios=tuple(dict.fromkeys(visit.scenario for visit in visits)),
        tool_version="0",
        browser="Chromium",
        browser_path="chromium",
    )


def judged(visits: tuple[Visit, ...], plan: TagPlan) -> Audit:
    result = audit(
        scan_of(visits),
        visits,
        declaration=None,
        catalogue=packaged(),
        judged_at=datetime.now(UTC),
        plan=plan,
        rules=TAG_RULES,
    )
    refuse_unseen_pages(plan, result)
    return result


def test_every_visit_saw_what_it_was_to_see(visits: tuple[Visit, ...]) -> None:
    troubles = {visit.url: visit.problems for visit in visits if visit.status is not VisitStatus.COMPLETE}
    assert troubles == {}


def test_all_planted_faults_are_found_and_none_is_invented(visits: tuple[Visit, ...], plan: TagPlan) -> None:
    result = judged(visits, plan)
    found = {(one.rule, one.subject.name, one.pages) for one in result.findings}
    told = "\n".join(f"{one.rule} {one.subject.name} {one.observation}" for one in result.findings)
    missing = [planted for planted in PLANTED if not any(_is(planted, one) for one in found)]
    invented = [one for one in found if not any(_is(planted, one) for planted in PLANTED)]
    assert (missing, invented) == ([], []), told
    assert result.undecided == ()


def _is(planted: tuple[str, str, str], found: tuple[str, str, tuple[str, ...]]) -> bool:
    rule, subject, page = planted
    everywhere = all(page in address for address in found[2])
    return (rule, subject) == found[:2] and everywhere


def test_hits_of_a_journey_belong_to_its_steps_and_say_who_sent_them(visits: tuple[Visit, ...], plan: TagPlan) -> None:
    tags = judged(visits, plan).tags
    assert tags is not None
    journey = {step.name: step for step in tags.steps if step.scenario == "purchase"}
    assert [hit.event for hit in journey["basket"].hits] == ["add_to_cart"]
    assert [hit.event for hit in journey["pay"].hits] == ["purchase"]
    chain = journey["pay"].hits[0].chain
    assert chain[0].endswith("(page)")
    assert "shop.js" in chain[-1]


def test_a_secret_that_a_journey_typed_stands_nowhere(visits: tuple[Visit, ...], plan: TagPlan, tmp_path: Path) -> None:
    file = tmp_path / "scan.sqlite"
    scan = scan_of(visits)
    with Store.open(file, create=True) as store:
        store.begin(scan)
        for visit in visits:
            store.save(scan.id, visit)
        store.finish(scan)
    kept = file.read_bytes() + judged(visits, plan).model_dump_json().encode()
    assert SECRET.encode() not in kept
    assert b"spring%20voucher" not in kept
    assert b"spring+voucher" not in kept


def test_a_drafted_plan_finds_nothing_unplanned_in_its_own_scan(visits: tuple[Visit, ...]) -> None:
    text = draft(steps_of(visits, catalogue=packaged(), proved=lambda _visit, _consent: True))
    drafted = parse_plan(text, name="drafted.yaml", catalogue=packaged())
    told = [
        f"{one.rule} {one.observation}"
        for one in judged(visits, drafted).findings
        if one.rule in ("TAG-001", "TAG-002", "TAG-004", "TAG-021", "TAG-023")
    ]
    assert told == []
