"""The demo shop has one fault of every kind planted: all are found, and none is invented."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
from crawler.settings import BrowserSettings
from crawler.visits import Scan, Visit, VisitStatus
from tests.conftest import FAST, Auditor, auditing
from tests.site_server import SITES, SiteServer
from tests.stores import scan_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOST = "shop.marketing.localhost"
PLAN = SITES.parent / "tagplans" / "shop.yaml"
PAGES = tuple(sorted(path.name for path in (SITES / HOST).glob("*.html") if path.name != "index.html"))
BY_HTTPS = "terms.html"
ACCEPTED = ("", *(page for page in PAGES if page != BY_HTTPS), "checkout/")
REFUSED = ("", "blog.html", "press.html")
AT_ONCE = 4
PATIENT_CAPS = FAST.model_copy(update={"navigation_cap": 20, "phase_cap": 20, "visit_cap": 120})
NOT_PLANTED = {"TAG-016"}
"""Needs a list of TCF vendors, which a shop does not have."""
SECRET = "spring voucher/26"

PLANTED = {
    ("TAG-001", "meta_view: meta_view ViewContent", "product.html"),
    ("TAG-002", "matomo: 7 page_view", "category.html"),
    ("TAG-002", "meta_page: 123456789012345 PageView", "blog.html"),  # before the choice, and under the signal
    ("TAG-003", "ga4_page: G-SHOP1234 page_view", "category.html"),
    ("TAG-004", "ga4_page: G-TEST9999 page_view", "outlet.html"),
    ("TAG-005", "gcd", "legal.html"),
    ("TAG-006", "gcd", "jobs.html"),
    ("TAG-007", "gcs", "press.html"),
    ("TAG-007", "gcs", "sale.html"),  # the same request that comes before the update
    ("TAG-008", "gcd", "outlet.html"),
    ("TAG-009", "update", "sale.html"),
    ("TAG-010", "_ga", "blog.html"),
    ("TAG-011", "Meta pixel", "blog.html"),
    ("TAG-012", "Limited Data Use", "blog.html"),
    ("TAG-013", "gdpr_consent: policy version below 4", "outlet.html"),
    ("TAG-014", "__tcfapi: late", "jobs.html"),
    ("TAG-015", "${GDPR_CONSENT_1}", "category.html"),
    ("TAG-017", "GPP/USP: not opted out", "blog.html"),
    ("TAG-018", "uet: 1234567 pageLoad HTTP 404", "contact.html"),
    ("TAG-018", "uet: 1234567 pageLoad refused by the browser (csp)", "legal.html"),
    ("TAG-018", "uet: 1234567 pageLoad refused by the browser (mixed-content)", "terms.html"),
    ("TAG-019", "dl", "jobs.html"),
    ("TAG-020", "GTM-SHOP12", "blog.html"),
    ("TAG-021", "google_tag_manager: google_tag_manager GTM-SHOP12", ""),
    ("TAG-022", "ga4_page: ga4_page _ga", ""),
    ("TAG-023", "meta_page: 123456789012345 PageView", "checkout/"),
    ("TAG-024", "data layer: view_item: view_item value", "product.html"),
    ("TAG-025", "microsoft_uet consent", "contact.html"),
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
def shopper() -> Iterator[Auditor]:
    """Of a browser that takes the shop's own certificate."""
    with auditing(BrowserSettings(ignore_certificate_errors=True)) as auditor:
        yield auditor


@pytest.fixture(scope="module")
def visits(shopper: Auditor, plan: TagPlan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visit, ...]]:
    with SiteServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_VOUCHER", SECRET)
        with by_https(server, tmp_path_factory.mktemp("tls")) as port:
            terms = f"https://{HOST}:{port}/{BY_HTTPS}"
            seen = [
                *_seen(shopper, "accept", [*(server.url(HOST, f"/{page}") for page in ACCEPTED), terms]),
                *_seen(shopper, "reject", [server.url(HOST, f"/{page}") for page in REFUSED]),
                *_seen(shopper, "silent", [server.url(HOST)]),
                *_seen(shopper, "gpc", [server.url(HOST, "/blog.html")]),
                shopper.visit(server.url(HOST), scenario_of(plan.journeys[0]), settings=PATIENT_CAPS).visit,
            ]
        yield tuple(seen)


def _seen(auditor: Auditor, scenario: str, urls: list[str]) -> list[Visit]:
    """A few side by side. On a busy machine one may be cut short: it is played again, alone."""
    seen: list[Visit] = []
    for first in range(0, len(urls), AT_ONCE):
        for outcome in auditor.visits(tuple(urls[first : first + AT_ONCE]), SCENARIOS[scenario], settings=PATIENT_CAPS):
            visit = outcome.visit
            if visit.status is not VisitStatus.COMPLETE:
                visit = auditor.visit(visit.url, SCENARIOS[scenario], settings=PATIENT_CAPS).visit
            seen.append(visit)
    return seen


@contextmanager
def by_https(server: SiteServer, folder: Path) -> Iterator[int]:
    """The same sites on a second port, by HTTPS. Only an HTTPS page has mixed content."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "shop.pem"
    plain = serialization.NoEncryption()
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with SiteServer() as secure:
        secure.answers = server.answers  # whose addresses lead to the plain port
        secure._http.socket = context.wrap_socket(secure._http.socket, server_side=True)
        yield secure.port


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


def test_every_kind_of_fault_is_planted() -> None:
    assert {rule.id for rule in TAG_RULES} - {rule for rule, _, _ in PLANTED} <= NOT_PLANTED


def test_hits_of_a_journey_belong_to_its_steps_and_say_who_sent_them(visits: tuple[Visit, ...], plan: TagPlan) -> None:
    tags = judged(visits, plan).tags
    assert tags is not None
    journey = {step.name: step for step in tags.steps if step.scenario == "purchase"}
    assert [hit.event for hit in journey["basket"].hits] == ["add_to_cart"]
    assert [hit.event for hit in journey["pay"].hits] == ["purchase"]
    chain = journey["pay"].hits[0].chain
    assert chain[0].endswith("(page)")
    assert "shop.js" in chain[-1]


def test_a_hit_is_traced_to_the_container_that_brought_its_tag(visits: tuple[Visit, ...], plan: TagPlan) -> None:
    tags = judged(visits, plan).tags
    assert tags is not None
    chains = {hit.chain for step in tags.steps for hit in step.hits if hit.vendor == "matomo" and hit.fires}
    for page, page_script, container, tag in chains:
        assert page.endswith("/category.html (page)")
        assert "/shop.js" in page_script
        assert container.endswith('/gtm.js?id=GTM-SHOP12 (Google Tag Manager GTM-SHOP12, etag "shop-42")')
        assert tag.endswith("/matomo.js:2 trackPageView()")
    assert chains


def test_what_is_pushed_stands_beside_the_hits_with_its_time_and_script(
    visits: tuple[Visit, ...], plan: TagPlan
) -> None:
    tags = judged(visits, plan).tags
    assert tags is not None
    (chosen,) = [step for step in tags.steps if step.scenario == "reject" and step.name == "reject"
                 and step.page.endswith("/blog.html")]  # fmt: skip
    update = next(entry for entry in chosen.layer or () if entry.title == "consent update")
    assert update.at is not None
    assert [script.rpartition("/")[2] for script in update.by] == ["shop.js:6", "shop.js:41", "shop.js:58"]
    assert chosen.begins <= update.at <= min(hit.at for hit in chosen.hits)


def test_a_secret_that_a_journey_typed_stands_nowhere(visits: tuple[Visit, ...], plan: TagPlan, tmp_path: Path) -> None:
    file = scan_file(tmp_path, scan=scan_of(visits), visits=visits)
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
