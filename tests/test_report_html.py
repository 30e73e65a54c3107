"""The HTML report: what it says, in which order, and that it needs nothing but itself."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from classifiers.describe import UNRECORDED
from crawler.observations import Consent, CookieSighting
from crawler.visits import ProblemKind, Visit
from reports.to_html import ToHtml
from reports.to_html.lookup import Lookup
from reports.to_html.marks import LEFT, MOST_MARKS
from reports.to_html.matrix import matrix
from reports.to_html.timeline import timeline
from tests import audits


@pytest.fixture(scope="module")
def page() -> str:
    audit = audits.audit()
    return ToHtml(audits.context(audit)).render(audit)


def words(html: str) -> str:
    """What a person reads, roughly."""
    html = re.sub(r"<(style|script)>.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def section(html: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?</section>', html, flags=re.S)
    assert found, name
    return words(found[0])


def test_sections_stand_in_the_order_in_which_people_need_them(page: str) -> None:
    order = re.findall(r'<section id="([a-z]+)"', page)
    assert order == [
        *("result", "limits", "matrix", "timeline", "findings", "claims", "declared", "inventory", "consent"),
        *("change", "waivers", "method", "manifest"),
    ]


def test_the_policy_forbids_everything_that_is_not_in_the_file(page: str) -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert found
    policy = unescape(found[1])
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script>")


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    class Loads(HTMLParser):
        found: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found += [str(value) for name, value in attrs if name in ("src", "href") and value]
            if tag in ("link", "iframe", "object", "embed", "form", "base"):
                self.found.append(f"http:{tag}")

    loads = Loads()
    loads.found = []
    loads.feed(page)
    assert loads.found
    assert not [value for value in loads.found if not value.startswith(("#", "data:image/"))]


def test_the_result_says_what_ran_who_put_it_there_and_what_to_change(page: str) -> None:
    result = section(page, "result")
    assert "Failed: 2 findings at or above high" in result
    assert "cookie _nimbus_id" in result
    assert "AdNimbus Pixel" in result
    assert "no choice yet, after refusing, first at 0.52 s" in result
    assert "https://ads.adnimbus.example/pixel.js" in result
    assert "Let the tag manager start AdNimbus Pixel only after its consent update" in result


def test_names_in_backticks_are_set_as_code_and_stay_harmless() -> None:
    row = audits.finding(observation="the key `a<b>` was written, `and this` and ` is odd", fix="ask `x` first")
    page = ToHtml().render(audits.clean_audit(findings=(row,)))
    assert "The key <code>a&lt;b&gt;</code> was written, <code>and this</code> and ` is odd" in page
    assert "Ask <code>x</code> first" in page


def test_limits_name_what_was_not_seen_and_what_is_undecided(page: str) -> None:
    limits = section(page, "limits")
    assert "2 of 3" in limits
    assert "only one witness could tell" in limits
    assert "did not answer within 30 seconds" in limits
    assert "storage.shared" in limits
    assert "The gate says nothing about CONSENT-019" in limits
    assert "EasyPrivacy" in limits
    assert "6 days old" in limits


def test_the_matrix_counts_by_purpose_scenario_and_consent() -> None:
    audit = audits.audit()
    drawn = matrix(audit, Lookup(audit))
    titles = [(column.scenario, column.title) for column in drawn.columns]
    assert titles == [
        ("silent", "no choice yet"),
        ("accept", "no choice yet"),
        ("accept", "after accepting"),
        ("reject", "no choice yet"),
        ("reject", "after refusing"),
    ]
    rows = {row.purpose: [len(cell.items) for cell in row.cells] for row in drawn.rows}
    assert rows["advertising"] == [4, 4, 2, 4, 2]
    assert rows["analytics"] == [0, 0, 4, 0, 0]
    assert [cell.open for row in drawn.rows if row.purpose == "advertising" for cell in row.cells] == [
        *(True, True, False, True, True)
    ]


def test_numbers_of_the_matrix_lead_to_their_lists_and_on_to_the_inventory(page: str) -> None:
    targets = set(re.findall(r'id="([^"]+)"', page))
    links = re.findall(r'href="#([^"]+)"', page)
    assert [link for link in links if link.startswith("cell-")]
    assert [link for link in links if link.startswith("i-")]
    assert set(links) <= targets


def test_a_cookie_removed_is_no_cookie_seen() -> None:
    audit = audits.audit()
    accept = next(visit for visit in audit.visits if visit.scenario == "accept" and visit.entry)
    assert any(cookie.name == "old_promo" for cookie in accept.cookies)
    assert not [mark for mark in timeline(accept, Lookup(audit)).marks if "old_promo" in mark.title]


def test_the_timeline_puts_the_choice_between_before_and_after() -> None:
    audit = audits.audit()
    accept = next(visit for visit in audit.visits if visit.scenario == "accept" and visit.entry)
    drawn = timeline(accept, Lookup(audit))
    (choice,) = drawn.choices
    assert choice.label == "Accepted at 2.31 s (confirmed)"
    assert all(mark.x < choice.x for mark in drawn.marks if mark.solid)
    assert all(mark.x > choice.x for mark in drawn.marks if not mark.solid)
    assert [band.consent for band in drawn.bands] == ["undecided", "accepted"]
    assert drawn.bands[1].x == choice.x
    assert drawn.bands[0].x == LEFT
    assert {mark.shape for mark in drawn.marks} == {"cookie", "storage", "beacon", "request", "behaviour"}
    assert drawn.open_count == 4


def test_a_choice_that_was_not_confirmed_is_drawn_as_doubtful() -> None:
    audit = audits.audit()
    shop = next(visit for visit in audit.visits if visit.scenario == "reject" and visit.url == audits.SHOP)
    (choice,) = timeline(shop, Lookup(audit)).choices
    assert not choice.confirmed
    assert "not confirmed" in choice.label


def test_marks_are_capped_with_a_count_and_the_open_ones_come_first() -> None:
    audit = audits.audit()
    visit = next(visit for visit in audit.visits if visit.scenario == "accept" and visit.entry)
    template = next(cookie for cookie in visit.cookies if cookie.name == "_nimbus_id")
    crowd = tuple(
        template.model_copy(
            update={
                "id": f"x{number}",
                "at": number / 100,
                "order": number,
                "consent": Consent.UNDECIDED if number % 2 else Consent.ACCEPTED,
            }
        )
        for number in range(6000)
    )
    drawn = timeline(visit.model_copy(update={"cookies": crowd, "duration": 60.0}), Lookup(audit))
    assert len(drawn.marks) <= MOST_MARKS
    assert drawn.drawn + drawn.undrawn >= 6000
    assert sum(mark.solid for mark in drawn.marks) >= 80


def test_a_finding_shows_observation_blame_quote_fix_and_evidence(page: str) -> None:
    cards = re.findall(r'<article class="finding.*?</article>', page, flags=re.S)
    assert len(cards) == len(audits.audit().findings)
    first = words(cards[0])
    assert "CONSENT-001" in first
    assert "stored by script 0.52 s after opening" in first
    assert first.index("tags.tagmill.example") < first.index("ads.adnimbus.example")
    assert "TagMill" in first
    assert "fails the gate" in first
    assert "Max-Age=63072000" in first
    assert "What else could explain it" in first
    storage = words(next(card for card in cards if "STO-001" in card))
    assert "used to keep your preferences and activities" in storage
    assert "declaration.yaml:44" in storage
    assert "waived until 2027-01-15" in storage


def test_findings_stand_worst_first_and_waived_ones_last(page: str) -> None:
    order = re.findall(r'data-severity="([a-z]+)"', page)
    assert order == ["critical", "critical", "high", "medium", "info", "high"]
    assert "STO-001" in page.split('<article class="finding')[-1]


def test_blame_is_followed_through_the_sightings_where_the_finding_names_none(page: str) -> None:
    storage = next(card for card in re.findall(r"<article.*?</article>", page, flags=re.S) if "STO-001" in card)
    assert "Who caused it" in storage
    assert storage.count('<span class="box">') == 4


def test_the_place_in_the_sources_stands_beside_the_served_one() -> None:
    """In the blame graph, the first answer, the inventory and the timeline's table."""
    audit = audits.audit()
    served = "https://ads.adnimbus.example/pixel.js"
    told = f"src/consent/load.ts:12 fire() ({served}:1:2048)"
    cookie = next(item for item in audit.items if item.name == "_nimbus_id")
    findings = tuple(
        finding.model_copy(update={"blame": (*finding.blame[:-1], told)}) if finding.rule == "CONSENT-001" else finding
        for finding in audit.findings
    )
    mapped = cookie.model_copy(update={"initiators": (UNRECORDED, f"the script {told}")})
    items = tuple(mapped if item is cookie else item for item in audit.items)
    visits = tuple(_mapped(visit) for visit in audit.visits)
    page = ToHtml().render(audit.model_copy(update={"findings": findings, "items": items, "visits": visits}))
    card = next(card for card in re.findall(r"<article.*?</article>", page, flags=re.S) if "CONSENT-001" in card)
    assert f"src/consent/load.ts:12 fire() served as {served}:1:2048" in words(card)
    assert f"src/consent/load.ts:12 fire() ({served}:1:2048)" in section(page, "result")
    assert f"by the script src/consent/load.ts:12 fire() ({served}:1:2048)" in section(page, "inventory")
    assert "src/send.ts:7 (https://" in section(page, "timeline")


def _mapped(visit: Visit) -> Visit:
    def of(cookie: CookieSighting) -> CookieSighting:
        if cookie.initiator is None or not cookie.initiator.stack:
            return cookie
        frame = cookie.initiator.stack[0].model_copy(update={"source": "webpack://shop/./src/send.ts:7:3"})
        return cookie.model_copy(update={"initiator": cookie.initiator.model_copy(update={"stack": (frame,)})})

    return visit.model_copy(update={"cookies": tuple(of(cookie) for cookie in visit.cookies)})


def test_declared_observed_and_both_ways_unmatched_are_told(page: str) -> None:
    told = section(page, "declared")
    assert "not declared" in told
    assert "general words only" in told
    assert "legacy_ab was not observed" in told


def test_the_inventory_tells_entity_country_and_lifetimes(page: str) -> None:
    told = section(page, "inventory")
    assert "2 years, 400 days" in told
    assert "AdNimbus Inc. US" in told
    assert "pixel 1×1" in told


def test_the_consent_record_shows_clicks_witnesses_and_pictures(page: str) -> None:
    told = section(page, "consent")
    assert "Accepted: confirmed" in told
    assert "Refused: not confirmed" in told
    assert "Continue without accepting" in told
    assert "3.1 : 1" in told
    assert "consentia_choice" in told
    assert page.count('src="data:image/png;base64,') >= 2


def test_change_waivers_method_and_manifest_are_told(page: str) -> None:
    change = section(page, "change")
    assert "Appeared (1)" in change
    assert "fw_uid" in change
    assert "lifetime asked: 90 days → 400 days" in change
    waivers = section(page, "waivers")
    assert "expired, findings are back" in waivers
    assert "in force" in waivers
    assert "93 %" in section(page, "method")
    assert "--no-first-run" in section(page, "manifest")


def test_a_blind_scan_reads_as_undecided_from_top_to_bottom() -> None:
    page = ToHtml().render(audits.blind_audit(ProblemKind.CERTIFICATE))
    assert '<span class="badge">Undecided</span>' in page
    assert "too little was seen" in section(page, "result")
    assert "see the limits" in section(page, "result")
    assert "No finding, but too little was seen to say" in section(page, "findings")
    assert "No instance" not in section(page, "findings")
    assert "certificate" in section(page, "limits")


def test_a_clean_scan_speaks_of_what_was_observed_only() -> None:
    page = ToHtml().render(audits.clean_audit())
    assert '<span class="badge">Passed</span>' in page
    assert "within the limits" in section(page, "findings")
    assert "unknown here" in section(page, "method")
    assert "No waiver was given" in section(page, "waivers")


def test_an_audit_without_anything_still_renders() -> None:
    empty = audits.blind_audit().model_copy(update={"visits": (), "undecided": (), "judged_with": ()})
    assert "No page was visited" in section(ToHtml().render(empty), "timeline")
