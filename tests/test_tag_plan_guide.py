"""docs/writing-a-tag-plan.md: every plan in it works, and what it says of a fault is what the tool says of one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.audit import audit
from classifiers.findings import Audit, VerdictKind
from classifiers.tagplan.reading import parse_plan
from classifiers.vendors import packaged
from consentinel.cli import app
from crawler.observations import Consent
from crawler.visits import PhaseSpan, Visit
from tests.rule_cases import (
    START,
    ShortChoice,
    ShortCookie,
    ShortRequest,
    ShortVisit,
    whole_scan,
    whole_visit,
)
from tests.test_tagplan import har

GUIDE = (Path(__file__).parent.parent / "docs" / "writing-a-tag-plan.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"<!-- example: (?P<name>.+?) -->\n```yaml\n(?P<plan>.*?)```\n(?P<after>.*?)^> (?P<told>.*?)\n\n", re.S | re.M
)
PLANS = {example["name"]: example["plan"] for example in EXAMPLE.finditer(GUIDE)}
TOLD = {example["name"]: " ".join(example["told"].replace("\n> ", " ").split()) for example in EXAMPLE.finditer(GUIDE)}
SHOP = "https://www.shop.example/"
GA4 = "https://www.google-analytics.com/g/collect?v=2&tid=G-SHOP1234&cid=1.2&dl=https%3A%2F%2Fwww.shop.example%2F"
VIEW = f"{GA4}&en=page_view"
PIXEL = "https://www.facebook.com/tr/?id=123456789012345&ev=PageView"
SALE = f"{GA4}&en=purchase&cu=EUR&epn.value=12.5&ep.transaction_id=A-17"
CONTAINER = "https://www.googletagmanager.com/gtm.js?id=GTM-SHOP12"


def seen(*urls: str, page: str = SHOP, wanted: Consent | None = None, **more: object) -> Visit:
    """A visit on which these requests were sent, after the choice where one was made."""
    short = ShortVisit(
        scenario={Consent.ACCEPTED: "accept", Consent.REJECTED: "reject", None: "silent"}[wanted],
        url=page,
        choices=(ShortChoice(wanted=wanted),) if wanted else (),
        requests=tuple(ShortRequest(url=url, at=5.0 + number / 10) for number, url in enumerate(urls)),
    )
    return whole_visit(short.model_copy(update=more))


def on(visit: Visit, step: str) -> Visit:
    """The same, but the requests were sent in a journey's step."""
    last = visit.phases[-1]
    span = PhaseSpan(name=step, consent=last.consent, begins=last.ends, ends=last.ends + 2, ended_by="still")
    requests = tuple(one.model_copy(update={"phase": step, "at": last.ends + 1}) for one in visit.requests)
    return visit.model_copy(update={"phases": (*visit.phases, span), "requests": requests})


def layer(value: str) -> dict[str, str]:
    fields = f'["event", "view_item", "word"], ["value", "{value}", "number"], ["currency", "EUR", "word"]'
    return {"data_layer:open": f'[["{SHOP}product/kettle", 0, [{fields}]]]'}


CHECKOUT, PRODUCT = f"{SHOP}checkout/", f"{SHOP}product/kettle"
YES, NO = Consent.ACCEPTED, Consent.REJECTED
GA = ShortCookie(name="_ga", lifetime="390 days")
UET = "https://bat.bing.com/action/0?ti=1234567&Ver=2&evt=pageLoad"
RECORDINGS: dict[str, tuple[list[Visit], list[Visit]]] = {
    "TAG-001": ([seen(VIEW)], [seen(f"{GA4}&en=scroll", VIEW), seen(page=CHECKOUT)]),
    "TAG-002": ([seen(VIEW, UET)], [seen(VIEW, PIXEL)]),
    "TAG-004": ([seen(VIEW)], [seen(VIEW.replace("G-SHOP1234", "G-TEST9999"))]),
    "TAG-023": ([seen(PIXEL), seen(page=CHECKOUT)], [seen(PIXEL), seen(PIXEL, page=CHECKOUT)]),
    "TAG-002 refused": (
        [seen(), seen(PIXEL, wanted=YES), seen(wanted=NO)],
        [seen(), seen(PIXEL, wanted=YES), seen(PIXEL, wanted=NO)],
    ),
    "TAG-028": ([seen(f"{VIEW}&gcs=G111", wanted=YES)], [seen(f"{VIEW}&gcs=G101", wanted=YES)]),
    "TAG-026": ([seen(SALE)], [seen(SALE.replace("12.5", "12,50"))]),
    "TAG-027": ([seen(VIEW, PIXEL)], [seen(PIXEL, VIEW)]),
    "TAG-022": (
        [seen(VIEW, cookies=(GA,))],
        [seen(VIEW, cookies=(GA.model_copy(update={"lifetime": "730 days"}),))],
    ),
    "TAG-024": (
        [seen(VIEW), seen(VIEW, page=PRODUCT, facts=layer("12.5"))],
        [seen(VIEW), seen(VIEW, page=PRODUCT, facts=layer("free"))],
    ),
    "TAG-021": (
        [seen(VIEW, requests=(ShortRequest(url=CONTAINER, etag='"shop-41"'), ShortRequest(url=VIEW)))],
        [seen(VIEW, requests=(ShortRequest(url=CONTAINER, etag='"shop-42"'), ShortRequest(url=VIEW)))],
    ),
    "TAG-001 step": (
        [on(seen(f"{GA4}&en=add_to_cart", wanted=YES), "basket")],
        [on(seen(f"{GA4}&en=add_to_cart", wanted=YES), "product"), on(seen(wanted=YES), "basket")],
    ),
}


def judged(visits: Sequence[Visit], plan: str) -> Audit:
    scan = whole_scan(list(visits), scenarios=tuple(dict.fromkeys(visit.scenario for visit in visits)))
    read = parse_plan(plan, name="tagplan.yaml", catalogue=packaged())
    return audit(scan, visits, declaration=None, catalogue=packaged(), judged_at=START + timedelta(hours=1), plan=read)


def of_plan(found: Audit, rule: str) -> list[str]:
    return [finding.observation for finding in found.findings if finding.rule == rule]


def test_every_plan_of_the_guide_is_an_example_that_runs_here() -> None:
    assert len(PLANS) == GUIDE.count("```yaml")
    assert PLANS.keys() == RECORDINGS.keys()


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_is_as_planned_gives_no_finding(name: str) -> None:
    right, _ = RECORDINGS[name]
    rule = name.partition(" ")[0]
    found = judged(right, PLANS[name])
    assert of_plan(found, rule) == []
    assert VerdictKind.PASS in {verdict.kind for verdict in found.verdicts if verdict.rule == rule}, "it was looked at"


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_is_not_as_planned_is_told_in_the_words_of_the_guide(name: str) -> None:
    _, wrong = RECORDINGS[name]
    assert TOLD[name] in of_plan(judged(wrong, PLANS[name]), name.partition(" ")[0])


def test_a_vendor_is_passed_over_because_the_plan_ignores_it() -> None:
    assert of_plan(judged([seen(VIEW, UET)], PLANS["TAG-002"].replace("microsoft_uet", "meta")), "TAG-002")


def test_a_page_view_reported_twice_is_told_without_a_plan_for_it() -> None:
    assert of_plan(judged([seen(VIEW, f"{VIEW}&z=2")], PLANS["TAG-002"]), "TAG-003")


def test_the_commands_of_the_guide_work_on_a_har_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.har").write_text(har(("p1", "document", SHOP), ("p1", "image", VIEW)), encoding="utf-8")
    checks = "consentinel tags check tagplan.yaml shop.har --scenario accept"
    assert checks in GUIDE
    for command in ("consentinel tags init shop.har --scenario accept", checks):
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == 0, result.output
    assert "G-SHOP1234" in Path("tagplan.yaml").read_text("utf-8")
    for words in re.findall(r"`consentinel (rules TAG-\d+|schema tag-plan|tags vendors)`", GUIDE):
        assert CliRunner().invoke(app, words.split()).exit_code == 0
