"""The tag plan's section of the report: the data layer stands beside the hits, with time and script."""

from __future__ import annotations

from classifiers.findings import VerdictKind
from classifiers.vendors import packaged
from reports.to_html.tags import LayerView, PlanView, plan_view
from tests.rule_cases import PAGE, Case, ShortRequest, ShortVisit, judge

PLAN = "schema: tag-plan/1\ntags:\n  - {id: main, vendor: google_analytics_4, account: G-AAAA1, events: [page_view]}\n"
COLLECT = "https://www.google-analytics.com/g/collect?v=2&tid=G-AAAA1&en=page_view&cid=1.2"


def section(layer: str | None) -> PlanView:
    visit = ShortVisit(
        facts={} if layer is None else {"data_layer:open": layer},
        requests=(ShortRequest(url=COLLECT, by=f"{PAGE}shop.js"),),
    )
    case = Case(name="section", expect=VerdictKind.PASS, visits=(visit,))
    view = plan_view(judge(case, declaration=None, catalogue=packaged(), plan=PLAN))
    assert view is not None
    return view


def test_an_entry_of_the_data_layer_is_told_with_its_time_and_who_pushed_it() -> None:
    command = (
        f'["{PAGE}", 0, [["0", "consent", "word"], ["1", "default", "word"], ["2.ad_storage", "denied", "word"]],'
        f' 0.25, ["gtag {PAGE}shop.js:6", "(anonymous) {PAGE}:9", "far {PAGE}:1"]]'
    )
    literal = f'["{PAGE}", 1, [["event", "view_item", "word"], ["mail", null, "email"]], null, []]'
    (step,) = section(f"[{command}, {literal}]").steps
    assert step.layer == (
        LayerView(
            at="0.25\N{NO-BREAK SPACE}s",
            title="consent default",
            fields="ad_storage=denied",
            by=f"gtag {PAGE}shop.js:6 ← (anonymous) {PAGE}:9",
        ),
        LayerView(at="", title="view_item", fields="mail=(not kept: email)", by=""),
    )


def test_scans_of_before_pushes_were_watched_are_still_read() -> None:
    (step,) = section(f'[["{PAGE}", 0, [["event", "view_item", "word"]]]]').steps
    assert step.layer == (LayerView(at="", title="view_item", fields="", by=""),)


def test_a_data_layer_that_was_not_recorded_is_not_an_empty_one() -> None:
    assert section(None).steps[0].layer is None
    assert section("[]").steps[0].layer == ()
