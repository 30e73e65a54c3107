"""Journeys: what a person writes, how they are played, and what is told when a step cannot be."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.audit import audit
from classifiers.tagplan.reading import TagPlanError, parse_plan
from classifiers.vendors import packaged
from consentinel.tag_checking import TAG_RULES
from crawler.browser.secrets import INSTEAD, without_secrets
from crawler.browser.stage import VisitOutcome
from crawler.journey_scenarios import scenario_of
from crawler.journeys import Journey, JourneyStep, Target
from crawler.observations import Consent, NameValue
from crawler.scenarios import Action, ScenarioError
from crawler.visits import ProblemKind, Scan, Visit, VisitStatus
from reports.gate import gate
from tests.conftest import Auditor
from tests.page_server import GIF, Page, PageServer

HIT = "/g/collect?v=2&tid=G-AAAA1&cid=1.1&en="
PLAN = """\
schema: tag-plan/1
tags:
  - {id: buy, vendor: google_analytics_4, events: [purchase], steps: [buy]}
journeys:
  - name: shopping
    consent: none
    steps:
      - {name: into, click: {role: link, name: Shop}}
      - {name: buy, click: {role: button, name: Buy}}
"""


def journey(*steps: dict[str, object], consent: str = "none", **more: object) -> Journey:
    return Journey.model_validate({"name": "way", "consent": consent, "steps": steps, **more})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{role: button, name: Buy}", "{name: Buy}", "tagplan.yaml:9: journeys[0].steps[1].click: accepted: exactly"),
        ("name: buy, click", "name: buy, open: /, click", "tagplan.yaml:9: journeys[0].steps[1]: a step is exactly"),
        ("name: buy, click", "name: into, click", "two steps are called 'into'"),
        ("name: buy, click", "name: buy, clik", "unknown key (did you mean 'click'?)"),
        ("consent: none", "consent: perhaps", "accepted: none, accept, reject"),
        ("    steps:", "    script: a.py\n    steps:", "accepted: `steps`, or `script`, and not both"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_journey_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert old in PLAN
    with pytest.raises(TagPlanError) as raised:
        parse_plan(PLAN.replace(old, new), name="tagplan.yaml", catalogue=packaged())
    assert told in str(raised.value)


def test_a_journey_is_a_scenario_with_a_phase_for_each_step() -> None:
    scenario = scenario_of(journey({"open": "/a"}, {"name": "go", "click": "#go"}, consent="accept"))
    assert [phase.name for phase in scenario.phases] == ["open", "accept", "reload", "1-open", "go"]
    assert scenario.phases[-1].action is Action.STEPS
    assert scenario.choices == (Consent.ACCEPTED,)
    assert scenario.entry_only
    with pytest.raises(ScenarioError, match="has the name of a consent scenario"):
        scenario_of(journey({"open": "/a"}, name="accept"))


def test_the_record_of_a_journey_holds_names_of_secrets_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "correct horse")
    step = JourneyStep(fill=Target(label="Password"), value="${ENV:SHOP_PASSWORD}!")
    assert step.secrets == ("SHOP_PASSWORD",)
    assert "correct horse" not in scenario_of(Journey(name="way", steps=(step,))).model_dump_json()


def test_a_secret_is_taken_out_in_every_form_and_the_record_stays_whole() -> None:
    secret = 'accepted "ä" 1/2'
    visit = Visit(
        id="v",
        url="https://shop.example/?q=accepted+%22%C3%A4%22+1%2F2",
        final_url="https://shop.example/",
        scenario="accepted",
        started=datetime.now(UTC),
        duration=1,
        status=VisitStatus.COMPLETE,
        facts=(NameValue(name="x", value=json.dumps([secret])), NameValue(name="y", value="YWNjZXB0ZWQgIsOkIiAxLzI=")),
    )
    cleaned = without_secrets(VisitOutcome(visit=visit, html=f"<p>{secret}", headers={}), [secret, "complete"])
    assert cleaned.visit.url == f"https://shop.example/?q={INSTEAD}"
    assert [fact.value for fact in cleaned.visit.facts] == [f'["{INSTEAD}"]', f"{INSTEAD}="]
    assert cleaned.visit.status is VisitStatus.COMPLETE
    assert secret not in cleaned.html


def shop(pages: PageServer) -> str:
    pages.page("site", "/g/collect", Page(GIF, "image/gif"))
    pages.page("site", "/", "<a href='/shop'>Shop</a><input aria-label=Mail><input aria-label=Mail>")
    pages.page("site", "/shop", f"<button onclick=\"new Image().src = '{HIT}purchase'\">Buy now</button>")
    return pages.url("site")


@pytest.mark.browser
def test_hits_belong_to_the_step_that_caused_them(audited: Auditor, pages: PageServer) -> None:
    plan = parse_plan(PLAN, name="tagplan.yaml", catalogue=packaged())
    visit = audited.visit(shop(pages), scenario_of(plan.journeys[0])).visit
    assert visit.status is VisitStatus.COMPLETE, visit.problems
    assert [span.name for span in visit.phases] == ["open", "into", "buy"]
    hits = [request for request in visit.requests if "/g/collect" in request.url]
    assert [(hit.phase, hit.page) for hit in hits] == [("buy", pages.url("site") + "shop")]


@pytest.mark.browser
def test_a_step_that_fails_is_undecided_and_never_a_missing_tag(
    audited: Auditor, pages: PageServer, tmp_path: Path
) -> None:
    text = PLAN.replace("name: Buy}", "name: Purchase}, timeout: 0.3")
    plan = parse_plan(text, name="tagplan.yaml", catalogue=packaged())
    visit = audited.visit(shop(pages), scenario_of(plan.journeys[0]), evidence_dir=tmp_path).visit
    assert visit.status is VisitStatus.PARTIAL
    (problem,) = visit.problems
    assert (problem.kind, problem.phase) == (ProblemKind.STEP, "buy")
    for part in ("'buy'", "click role=button name='Purchase'", "no visible element", visit.screenshots[-1]):
        assert part in problem.message
    assert (tmp_path / visit.screenshots[-1]).stat().st_size > 0
    now = datetime.now(UTC)
    scan = Scan(id="s", started=now, finished=now, urls=(visit.url,), scenarios=(visit.scenario,), tool_version="0",
                browser="b", browser_path="b")  # fmt: skip
    judged = audit(scan, (visit,), declaration=None, catalogue=packaged(), judged_at=now, plan=plan, rules=TAG_RULES)
    assert [finding.rule for finding in judged.findings] == []
    assert any(one.rule == "TAG-001" and "was not played" in one.why for one in judged.undecided)
    assert gate(judged).exit_code == 3


@pytest.mark.browser
@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"fill": {"label": "Mail"}, "value": "x"}, "fits 2 elements"),
        ({"fill": {"label": "Mail", "nth": 0}, "value": "${ENV:NOT_SET_HERE}"}, "NOT_SET_HERE, which is not set"),
        ({"open": "/nowhere"}, "HTTP 404"),
    ],
)
def test_the_reason_of_a_failed_step_is_told(
    audited: Auditor, pages: PageServer, step: dict[str, object], told: str
) -> None:
    url = shop(pages)
    pages.page("site", "/nowhere", Page("no", status=404))
    visit = audited.visit(url, scenario_of(journey(step))).visit
    assert [problem.kind for problem in visit.problems] == [ProblemKind.STEP]
    assert told in visit.problems[0].message


@pytest.mark.browser
def test_a_script_of_ones_own_makes_its_own_spans(audited: Auditor, pages: PageServer, tmp_path: Path) -> None:
    script = tmp_path / "journey.py"
    script.write_text(
        "async def journey(page, step):\n"
        "    async with step('into'):\n"
        "        await page.get_by_role('link', name='Shop').click()\n"
        "    async with step('buy'):\n"
        "        await page.get_by_role('button').click()\n"
        "    async with step('leave'):\n"
        "        raise ValueError('no way out')\n"
    )
    way = Journey(name="way", consent="none", script=script)
    visit = audited.visit(shop(pages), scenario_of(way)).visit
    assert [span.name for span in visit.phases] == ["open", "into", "buy"]
    assert {request.phase for request in visit.requests if "/g/collect" in request.url} == {"buy"}
    (problem,) = visit.problems
    assert (problem.kind, problem.phase) == (ProblemKind.STEP, "leave")
    assert "journey.py:7: no way out" in problem.message


@pytest.mark.browser
def test_a_journey_can_begin_signed_in(audited: Auditor, pages: PageServer, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    url = shop(pages)
    cookie = {"name": "session", "value": "abc", "domain": url.split("/")[2].split(":")[0], "path": "/", "expires": -1,
              "httpOnly": False, "secure": False, "sameSite": "Lax"}  # fmt: skip
    state.write_text(json.dumps({"cookies": [cookie], "origins": []}))
    visit = audited.visit(url, scenario_of(journey({"wait_for": {"text": "Shop"}}, signed_in=state))).visit
    assert visit.status is VisitStatus.COMPLETE, visit.problems
    document = next(request for request in visit.requests if request.navigation)
    assert [cookie.name for cookie in document.cookies] == ["session"]


@pytest.mark.browser
def test_the_data_layer_is_recorded_step_by_step(audited: Auditor, pages: PageServer) -> None:
    pages.page(
        "site",
        "/",
        "<script>window.dataLayer = [{event: 'home', user: {mail: 'jane@b.example'}}];"
        "(function () { dataLayer.push(arguments) })('consent', 'default')</script>"
        "<button onclick=\"dataLayer.push({event: 'buy', value: 9})\">Buy</button>",
    )
    way = journey({"name": "buy", "click": {"role": "button"}})
    visit = audited.visit(pages.url("site"), scenario_of(way)).visit
    layers = {fact.name: json.loads(fact.value) for fact in visit.facts if fact.name.startswith("data_layer:")}
    opened = [fields for _, _, fields, _, _ in layers["data_layer:open"]]
    assert opened[0] == [["event", "home", "word"], ["user.mail", None, "email"]]
    assert [field[:2] for field in opened[1]] == [["0", "consent"], ["1", "default"]]
    assert [fields for _, _, fields, _, _ in layers["data_layer:buy"]] == [
        [["event", "buy", "word"], ["value", "9", "number"]]
    ]


@pytest.mark.browser
def test_every_push_has_a_time_and_the_script_that_made_it(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/tags.js", Page("function gtag() { dataLayer.push(arguments) }\n", type="text/javascript"))
    pages.page(
        "site",
        "/",
        "<script src=/tags.js></script><script>\nvar dataLayer = [{event: 'literal'}];\ngtag('js', new Date());\n"
        # As the container does it: its own `push` stands before the list's.
        "const native = dataLayer.push; dataLayer.push = function () { return native.apply(dataLayer, arguments) };\n"
        "setTimeout(() => dataLayer.push({event: 'one'}, {event: 'two'}), 200)</script>",
    )
    visit = audited.visit(pages.url("site"), scenario_of(journey({"name": "ready", "scroll": "end"}))).visit
    told = [json.loads(fact.value) for fact in visit.facts if fact.name.startswith("data_layer:")]
    literal, first, one, two = [entry for phase in told for entry in phase]
    assert literal[3:] == [None, []], "it was never pushed"
    assert first[4][0] == f"gtag {pages.url('site', '/tags.js')}:1"
    assert first[4][1] == f"(anonymous) {pages.url('site')}:3"
    assert one[3] == two[3]
    assert one[3] - first[3] >= 0.19
    assert one[4][-1] == f"(anonymous) {pages.url('site')}:5"


@pytest.mark.browser
def test_commands_that_tags_are_given_before_their_library_loads_are_recorded(
    audited: Auditor, pages: PageServer
) -> None:
    pages.page(
        "site",
        "/",
        "<script>fbq = function () { fbq.queue.push(arguments) }; fbq.queue = [];\n"
        "clarity = function () { (clarity.q = clarity.q || []).push(arguments) }; uetq = [];\n"
        "fbq('consent', 'revoke'); fbq('init', '123456789012345', {em: 'jane@b.example'});\n"
        "clarity('identify', 'jane@b.example');\n"
        "clarity('consentv2', {ad_Storage: 'denied'}); uetq.push('consent', 'default', {ad_storage: 'denied'});\n"
        "[].push({event: 'of no tag'}, ['consent']);</script>",
    )
    visit = audited.visit(pages.url("site")).visit
    (commands,) = [json.loads(fact.value) for fact in visit.facts if fact.name == "tag_commands:open"]
    assert [(tag, words, state) for _, _, _, _, _, tag, words, state, _ in commands] == [
        ("fbq", ["consent", "revoke"], {}),
        ("fbq", ["init", "123456789012345"], {}),
        ("clarity", ["consentv2"], {"ad_Storage": "denied"}),
        ("uetq", ["consent", "default"], {"ad_storage": "denied"}),
    ]
    assert "jane" not in visit.model_dump_json()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("", None),
        ("__tcfapi = () => {};", {"in_time": True, "function": True, "locator": False}),
        ("setTimeout(() => { __tcfapi = () => {} }, 150)", {"in_time": False, "function": True, "locator": False}),
        (
            "__tcfapi = () => {}; const f = document.createElement('iframe'); f.name = '__tcfapiLocator';"
            "document.documentElement.append(f)",
            {"in_time": True, "function": True, "locator": True},
        ),
    ],
)
def test_the_tcf_function_is_looked_for_when_the_markup_is_read_and_at_rest(
    audited: Auditor, pages: PageServer, script: str, told: dict[str, bool] | None
) -> None:
    pages.page("site", "/", f"<p>One</p><script>{script}</script>")
    visit = audited.visit(pages.url("site")).visit
    facts = [json.loads(fact.value) for fact in visit.facts if fact.name == "tcf_api:open"]
    assert facts == ([] if told is None else [{"page": pages.url("site"), **told}])
