"""Plans: what is wrong in one is told with line and suggestion; globs, conditions and HAR files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from classifiers.decode_har import HarError
from classifiers.tagplan.conditions import mismatch, personal
from classifiers.tagplan.globs import fits, named
from classifiers.tagplan.har import told_from_outside, visits_of
from classifiers.tagplan.plan import Condition, Fires, TagPlan, ValueType
from classifiers.tagplan.reading import TagPlanError, check_pages, parse_plan
from classifiers.tagplan.steps import steps_of
from classifiers.vendors import packaged
from classifiers.yaml_source import SourceError
from crawler.observations import Consent

GOOD = """\
schema: tag-plan/1
tags:
  - id: main
    vendor: google_analytics_4
    account: G-AAAA1
    exclude: [/checkout/**]
    events: [page_view]
    params: {dl: {no_pii: true}, value: 12, live: true}
    scenarios: {S0: none, S1: fires, reject: pings_only}
"""


def plan(text: str) -> TagPlan:
    return parse_plan(text, name="tagplan.yaml", catalogue=packaged())


def test_a_plan_is_read_in_the_short_forms_that_people_write() -> None:
    tag = plan(GOOD).tags[0]
    assert tag.allowed(None) == ("G-AAAA1",)
    assert tag.params["value"].equals == "12"
    assert tag.params["live"].equals == "true"
    assert [tag.expects(state) for state in ("silent", "accept", "reject", "withdraw")] == [
        Fires.NONE,
        Fires.FIRES,
        Fires.PINGS_ONLY,
        None,
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("google_analytics_4", "google_analytics", "tagplan.yaml:3: tags[0].vendor: no vendor "
         "'google_analytics' in the catalogue (did you mean 'google_analytics_4'"),
        ("google_analytics_4", "Facebok", "tagplan.yaml:3: tags[0].vendor: no vendor 'Facebok'"),
        ("google_analytics_4", "facebook", "no vendor 'facebook' in the catalogue (did you mean 'meta'"),
        ("google_analytics_4", "bing_uet", "(did you mean 'microsoft_uet'"),
        ("{no_pii: true}", "{regex: '^(home'}", "tagplan.yaml:8: tags[0].params.dl.regex: is not a regular expression: "
         "missing ), unterminated subpattern at character 2; to mean the text itself, write"),
        ("S1: fires", "S9: fires", "no consent scenario is called 'S9'"),
        ("S1: fires", "S1: fire", "(did you mean 'fires'?)"),
        ("events:", "event:", "tagplan.yaml:7: tags[0].event: unknown key (did you mean 'events'?)"),
        ("    exclude: [/checkout/**]", "    after: [mian]", "after: no tag is called 'mian' (did you mean 'main'?)"),
        ("    exclude: [/checkout/**]", "    per_page_view: {min: 2, max: 1}", "`max` (1) is less than `min` (2)"),
        ("{no_pii: true}", "{forbidden: true, equals: a}", "a forbidden parameter has no further conditions"),
        ("tag-plan/1", "tag-plan/2", "tagplan.yaml:1: schema: "),
    ],
)  # fmt: skip
def test_a_mistake_in_a_plan_is_told_with_its_line_and_what_was_meant(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(TagPlanError) as raised:
        plan(GOOD.replace(old, new))
    assert told in str(raised.value)


def test_two_tags_of_one_name_are_a_mistake() -> None:
    with pytest.raises(TagPlanError, match=r"tagplan\.yaml:10: tags\[1\]\.id: 'main' is also the id"):
        plan(GOOD + "  - {id: main, vendor: meta}\n")


def test_a_glob_that_fits_no_scanned_page_is_told_with_the_nearest() -> None:
    pages = ["https://shop.example/", "https://shop.example/checkouts/pay"]
    with pytest.raises(TagPlanError) as raised:
        check_pages(plan(GOOD), pages)
    assert "tagplan.yaml:3: tags[0].exclude: '/checkout/**' fits no scanned page" in str(raised.value)
    assert "did you mean '/checkouts/**'?" in str(raised.value)
    check_pages(plan(GOOD), [*pages, "https://shop.example/checkout/pay"])


def test_an_environment_that_the_plan_does_not_know_is_a_mistake() -> None:
    text = GOOD.replace("account: G-AAAA1", "account: {production: G-AAAA1}")
    with pytest.raises(TagPlanError, match="--environment: 'prod' is not in the plan"):
        check_pages(plan(text), ["https://shop.example/checkout/"], environment="prod")


@pytest.mark.parametrize(
    ("glob", "url", "fit"),
    [
        ("/**", "https://a.example", True),
        ("/checkout/**", "https://a.example/checkout", True),
        ("/checkout/**", "https://a.example/checkout/a/b?x=1", True),
        ("/checkout/**", "https://a.example/checkouts", False),
        ("/*.html", "https://a.example/a/b.html", False),
        ("/*/b.html", "https://a.example/a/b.html", True),
        ("/a.b", "https://a.example/aXb", False),
        ("https://*.example/**", "https://a.example/x?y#z", True),
        ("https://*.example/**", "https://b.test/x", False),
    ],
)
def test_globs_of_pages(glob: str, url: str, fit: bool) -> None:
    assert fits(url, (glob,)) is fit


def test_globs_of_names_know_no_slash() -> None:
    assert named("view/item", ("view*",))
    assert not named("preview", ("view*",))
    assert not named(None, ("view",))


@pytest.mark.parametrize(
    ("condition", "value", "told"),
    [
        (Condition(equals="EUR"), "EUR", None),
        (Condition(equals="EUR"), "USD", "is 'USD', planned 'EUR'"),
        (Condition(regex="a|b"), "ab", "planned a value of the form a|b"),
        (Condition(type=ValueType.INTEGER), "12", None),
        (Condition(type=ValueType.INTEGER), "12.5", "of the type integer"),
        (Condition(type=ValueType.NUMBER), "-12.5", None),
        (Condition(type=ValueType.CURRENCY), "eur", "of the type currency"),
        (Condition(type=ValueType.URL), "https%3A%2F%2Fa.example%2F", None),
        (Condition(type=ValueType.BOOLEAN), "maybe", "of the type boolean"),
        (Condition(type=ValueType.TEXT), " ", "of the type text"),
        (Condition(no_pii=True), "https://a.example/?m=a%2540b.example", "holds an e-mail address"),
        (Condition(no_pii=True), "call +49 30 1234567", "holds a telephone number"),
        (Condition(no_pii=True), "GA1.1.1234567890.1234567890", None),
    ],
)
def test_conditions(condition: Condition, value: str, told: str | None) -> None:
    found = mismatch(condition, value)
    assert found is None if told is None else found is not None and told in found


def test_a_value_that_names_a_person_is_not_repeated() -> None:
    assert personal("jane@b.example") == "an e-mail address"
    assert "jane" not in str(mismatch(Condition(equals="x"), "jane@b.example"))


def har(*entries: tuple[str, str, str], pages: tuple[tuple[str, str], ...] = ()) -> str:
    began = datetime(2026, 6, 1, tzinfo=UTC)
    return json.dumps(
        {
            "log": {
                "browser": {"name": "Firefox", "version": "150"},
                "pages": [{"id": ident, "title": title} for ident, title in pages],
                "entries": [
                    {
                        "startedDateTime": (began + timedelta(seconds=number)).isoformat(),
                        "pageref": page,
                        "_resourceType": kind,
                        "request": {"method": "GET", "url": url, "headers": []},
                        "response": {"status": 200, "headers": []},
                    }
                    for number, (page, kind, url) in enumerate(entries)
                ],
            }
        }
    )


COLLECT = "https://www.google-analytics.com/g/collect?v=2&tid=G-AAAA1&en=page_view&cid=1.2&gcs=G111"


def test_a_har_becomes_one_visit_for_each_page_under_the_told_consent() -> None:
    text = har(
        ("p1", "document", "https://shop.example/"),
        ("p1", "image", COLLECT),
        ("p2", "document", "https://shop.example/checkout/"),
        pages=(("p1", "The shop"), ("p2", "https://shop.example/checkout/")),
    )
    scan, visits, problems = visits_of(text, scenario="S1")
    assert [visit.url for visit in visits] == ["https://shop.example/", "https://shop.example/checkout/"]
    assert {visit.phases[0].consent for visit in visits} == {Consent.ACCEPTED}
    assert all(told_from_outside(visit) for visit in visits)
    assert (scan.browser, problems) == ("Firefox 150", ())
    steps = steps_of(visits, catalogue=packaged(), proved=lambda _visit, _consent: True)
    assert [[hit.event for hit in step.hits] for step in steps] == [["page_view"], []]
    assert all(step.loaded for step in steps)


def test_a_har_that_is_none_is_told() -> None:
    with pytest.raises(HarError, match=r"log\.entries"):
        visits_of('{"log": {}}', scenario="accept")


def test_a_plan_that_is_no_mapping_is_told() -> None:
    with pytest.raises(SourceError, match=r"tagplan\.yaml:1: a tag plan is a mapping"):
        plan("- a\n")
