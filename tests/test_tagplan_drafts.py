"""What a draft makes of a scan, and where the grid counts a hit."""

from __future__ import annotations

from classifiers.tagplan.draft import draft
from classifiers.tagplan.judge import judge_plan
from classifiers.tagplan.plan import Fires, TagPlan
from classifiers.tagplan.reading import parse_plan
from classifiers.tagplan.records import Grid, GridCell, TagHit, TagStep
from classifiers.vendor_records import EndpointKind
from classifiers.vendors import packaged
from crawler.observations import Consent
from tests.rule_cases import ShortChoice, ShortRequest, ShortVisit, whole_visit

SITE = "https://www.shop.example"
COLLECT = "https://www.google-analytics.com/g/collect?v=2&tid=G-AAAA1&cid=1.2"
PLAN = """\
schema: tag-plan/1
tags:
  - id: main
    vendor: google_analytics_4
    account: G-AAAA1
    exclude: [/checkout/**]
    events: [page_view]
    scenarios: {S0: none, S1: fires, S4: none}
"""


def plan(text: str = PLAN) -> TagPlan:
    return parse_plan(text, name="tagplan.yaml", catalogue=packaged())


def hit(event: str, *, at: float = 1.0) -> TagHit:
    return TagHit(
        id=f"v/r{event}{at}#0",
        evidence=f"v/r{event}{at}",
        vendor="google_analytics_4",
        vendor_name="Google Analytics 4",
        account="G-AAAA1",
        event=event,
        kind=EndpointKind.COLLECT,
        parameters=(),
        consent=(),
        at=at,
        order=round(at * 100),
        under=Consent.ACCEPTED,
        url=COLLECT,
    )


def step(name: str, *hits: TagHit, path: str = "/", loaded: bool = True, visit: str = "v") -> TagStep:
    return TagStep(
        visit=visit,
        url=f"{SITE}/",
        scenario="accept",
        run=1,
        name=name,
        page=f"{SITE}{path}",
        consent=Consent.ACCEPTED,
        state="accept",
        loaded=loaded,
        begins=0.0,
        hits=hits,
    )


def drafted(*steps: TagStep) -> TagPlan:
    return plan(draft(steps))


def test_what_a_choice_sets_off_belongs_to_the_page_view_and_a_journey_to_its_own_line() -> None:
    lines = drafted(
        step("open", hit("page_view")),
        step("accept", hit("page_view", at=2.0), loaded=False),
        step("basket", hit("add_to_cart"), loaded=False),
    ).tags
    assert [(line.id, line.steps, line.events) for line in lines] == [
        ("google_analytics_4-G-AAAA1", (), ("page_view",)),
        ("google_analytics_4-G-AAAA1-basket", ("basket",), ("add_to_cart",)),
    ]


def test_a_tag_that_fired_on_every_page_view_is_drafted_as_due_on_every_one() -> None:
    always = drafted(step("open", hit("page_view")), step("open", hit("page_view"), path="/a", visit="w"))
    assert (always.tags[0].count.min, always.tags[0].count.max) == (1, 1)
    once_missing = drafted(step("open", hit("page_view")), step("reload"))
    assert (once_missing.tags[0].count.min, once_missing.tags[0].count.max) == (0, 1)


def test_a_long_list_of_pages_stands_line_by_line() -> None:
    pages = [step("open", hit("page_view"), path=f"/a-page-with-a-long-name-{number}") for number in range(6)]
    text = draft([*pages, step("open", path="/without")])
    assert "\n      - /a-page-with-a-long-name-0\n" in text
    assert " \n" not in text


def grid_of(*visits: ShortVisit) -> Grid:
    judged = judge_plan(
        plan(), [whole_visit(one) for one in visits], catalogue=packaged(), proved=lambda _visit, _consent: True
    )
    return judged.grid


def accepting(url: str, *requests: str) -> ShortVisit:
    return ShortVisit(
        scenario="accept",
        url=url,
        choices=(ShortChoice(wanted=Consent.ACCEPTED),),
        requests=tuple(ShortRequest(url=one, at=5.0) for one in requests),
    )


def test_a_hit_where_its_line_excludes_it_is_counted_in_that_line() -> None:
    grid = grid_of(accepting(f"{SITE}/checkout/", f"{COLLECT}&en=page_view"))
    (row,) = grid.rows
    assert dict(zip(grid.states, row.cells, strict=True))["accept"] == GridCell(
        planned=Fires.FIRES, observed=1, verdict="excluded page"
    )


def test_what_fits_no_line_has_a_row_of_its_own() -> None:
    other = COLLECT.replace("G-AAAA1", "G-BBBB2")
    grid = grid_of(accepting(f"{SITE}/", f"{COLLECT}&en=page_view", f"{other}&en=page_view"))
    assert [(row.planned, row.account, row.cells[-1].observed) for row in grid.rows] == [
        (True, "G-AAAA1", 1),
        (False, "G-BBBB2", 1),
    ]


def test_a_scenario_that_nobody_played_and_in_which_nothing_is_due_has_no_column() -> None:
    assert grid_of(accepting(f"{SITE}/", f"{COLLECT}&en=page_view")).states == ("silent", "accept")
