"""audit(): repeatable, honest about what it did not see, and stable in what it calls the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from classifiers.audit import audit
from classifiers.base import Party, Purpose
from classifiers.declaration import parse_declaration, read_declaration
from classifiers.findings import Audit, Confidence, DeclaredState, VerdictKind
from classifiers.normalise import normalise, normalise_path
from classifiers.rules import RULES
from classifiers.vendor_files import read_folders
from classifiers.vendors import Catalogue
from crawler.observations import CallFrame, Consent, Initiator, InitiatorKind
from crawler.scenarios import SCENARIOS
from crawler.visits import ChoiceStatus, ProblemKind, Visit, VisitStatus
from tests.rule_cases import (
    CASES,
    PAGE,
    START,
    ShortChoice,
    ShortCookie,
    ShortProblem,
    ShortRequest,
    ShortStorage,
    ShortVisit,
    whole_scan,
    whole_visit,
)

FIXTURE = Path(__file__).parent.parent / "fixtures" / "declarations" / "business-services.yaml"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    vendors, digest = read_folders([CASES / "vendors"], cache=None)
    return Catalogue(vendors, digest=digest)


REFUSED = ShortVisit(
    scenario="reject",
    choices=(ShortChoice(wanted=Consent.REJECTED),),
    requests=(ShortRequest(url="https://pixel.adco.example/p?u=1", at=5, by="https://cdn.tagco.example/t.js"),),
)
SILENT = ShortVisit(
    cookies=(
        ShortCookie(name="_ms", lifetime="730 days", value="uuid"),
        ShortCookie(name="PHPSESSID", secure=False, same_site=None),
    ),
    storage=(ShortStorage(key="theme"),),
)


def judged(
    *shorts: ShortVisit, catalogue: Catalogue, declaration: str | None = None, scenarios: tuple[str, ...] = ()
) -> Audit:
    visits = [whole_visit(short) for short in shorts]
    return judged_visits(visits, catalogue=catalogue, declaration=declaration, scenarios=scenarios)


def judged_visits(
    visits: list[Visit], *, catalogue: Catalogue, declaration: str | None = None, scenarios: tuple[str, ...] = ()
) -> Audit:
    names = scenarios or tuple(dict.fromkeys(visit.scenario for visit in visits))
    declared = parse_declaration("schema: tracker-declaration/1\n" + declaration) if declaration else None
    return audit(
        whole_scan(visits, scenarios=names), visits, declaration=declared, catalogue=catalogue, judged_at=START
    )


def test_equal_inputs_give_equal_audits_whatever_the_order_of_visits(catalogue: Catalogue) -> None:
    visits = [whole_visit(SILENT), whole_visit(REFUSED)]
    declaration = read_declaration(FIXTURE)
    scan = whole_scan(visits, scenarios=("silent", "reject"))
    one, two = (
        audit(scan, order, declaration=declaration, catalogue=catalogue, judged_at=START)
        for order in (visits, visits[::-1])
    )
    assert one.model_dump_json() == two.model_dump_json()
    assert one.findings


def test_an_audit_survives_its_json(catalogue: Catalogue) -> None:
    made = judged(SILENT, REFUSED, catalogue=catalogue)
    assert Audit.model_validate_json(made.model_dump_json()) == made


def test_every_rule_has_a_verdict_for_each_state_it_needs(catalogue: Catalogue) -> None:
    made = judged(SILENT, catalogue=catalogue)
    told = {(verdict.rule, verdict.scenario) for verdict in made.verdicts}
    assert told == {(rule.id, state) for rule in RULES for state in rule.scenarios or (None,)}


def test_a_scan_without_visits_passes_nothing(catalogue: Catalogue) -> None:
    made = judged(catalogue=catalogue, scenarios=("silent", "reject"))
    assert not [verdict for verdict in made.verdicts if verdict.kind is VerdictKind.PASS]
    assert not made.coverage.enough
    assert "No page was visited." in made.coverage.why_not


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_a_failed_visit_passes_nothing(kind: ProblemKind, catalogue: Catalogue) -> None:
    failed = ShortVisit(status=VisitStatus.FAILED, problems=(ShortProblem(kind=kind),))
    made = judged(failed, catalogue=catalogue, declaration="service: x\n")
    assert not [verdict for verdict in made.verdicts if verdict.kind is VerdictKind.PASS]
    assert not made.coverage.enough


@pytest.mark.parametrize("status", [s for s in ChoiceStatus if s is not ChoiceStatus.CONFIRMED])
def test_an_unproved_choice_decides_nothing_and_is_not_enough(status: ChoiceStatus, catalogue: Catalogue) -> None:
    played = ShortVisit(scenario="reject", choices=(ShortChoice(wanted=Consent.REJECTED, status=status),))
    made = judged(ShortVisit(), played, catalogue=catalogue)
    assert not made.coverage.enough
    of_reject = [v for v in made.verdicts if v.scenario == "reject" and not v.rule.startswith("SCAN")]
    assert of_reject
    assert {v.kind for v in of_reject} <= {VerdictKind.UNDECIDED, VerdictKind.NOT_APPLICABLE}


def test_a_complete_scan_is_enough(catalogue: Catalogue) -> None:
    made = judged(ShortVisit(), REFUSED, catalogue=catalogue)
    assert made.coverage.enough
    assert made.coverage.visits_complete == 2


def test_a_scan_that_did_not_finish_is_not_enough(catalogue: Catalogue) -> None:
    visits = [whole_visit(ShortVisit())]
    scan = whole_scan(visits, scenarios=("silent",)).model_copy(update={"finished": None})
    made = audit(scan, visits, declaration=None, catalogue=catalogue, judged_at=START)
    assert made.coverage.why_not == ("The scan did not finish.",)


def test_what_a_pass_rests_on_is_said(catalogue: Catalogue) -> None:
    made = judged(ShortVisit(), catalogue=catalogue)
    passed = next(verdict for verdict in made.verdicts if verdict.rule == "CONSENT-001")
    assert passed.sentence.endswith("on 1 page under `silent`, 1 run, watched for 6.0 to 6.0 s.")


def test_identity_ignores_page_value_time_and_run(catalogue: Catalogue) -> None:
    def prints(*shorts: ShortVisit) -> set[str]:
        found = judged(*shorts, catalogue=catalogue).findings
        return {finding.fingerprint for finding in found if finding.rule == "CONSENT-001"}

    first = prints(ShortVisit(cookies=(ShortCookie(name="_ms_AB12CD34", at=0.5, value="uuid"),)))
    other = ShortVisit(
        url=PAGE + "deep", run=2, entry=False, cookies=(ShortCookie(name="_ms_ZZ99YY88", at=1.9, value="hex"),)
    )
    assert first == prints(ShortVisit(), other)
    assert first != prints(ShortVisit(cookies=(ShortCookie(name="_ms"),)))
    assert first != prints(ShortVisit(cookies=(ShortCookie(name="_ms_AB12CD34", domain="measure.example"),)))


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("_ga_ABC1234", "_ga_*"),
        ("_gat_UA-1234-5", "_gat_*"),
        ("_gcl_au", "_gcl_*"),
        ("_hjSession_123456", "_hjSession_*"),
        ("_pk_id.1.1fff", "_pk_id.*"),
        ("user-0f8fad5b-d9cb-469f-a165-70867728950e", "user-*"),
        ("cache-20260102", "cache-*"),
        ("sid", "sid"),
        ("v2_theme", "v2_theme"),
        ("CONSENT_V2", "CONSENT_V2"),
    ],
)
def test_names_are_normalised(name: str, normal: str) -> None:
    assert normalise(name) == normal
    assert normalise(normal) == normal


def test_paths_are_normalised() -> None:
    assert normalise_path("https://a.example/u/12345/p.gif?x=1") == "/u/*/p.gif"
    assert normalise_path("https://a.example") == "/"


def test_runs_make_the_confidence(catalogue: Catalogue) -> None:
    tracker = ShortCookie(name="_ms")

    def confidence(*runs: ShortVisit) -> Confidence:
        return next(f for f in judged(*runs, catalogue=catalogue).findings if f.rule == "CONSENT-001").confidence

    assert confidence(ShortVisit(cookies=(tracker,))) is Confidence.LIKELY
    seen_twice = [ShortVisit(run=1, cookies=(tracker,)), ShortVisit(run=2, cookies=(tracker,)), ShortVisit(run=3)]
    assert confidence(*seen_twice) is Confidence.CONFIRMED
    finding = next(f for f in judged(*seen_twice, catalogue=catalogue).findings if f.rule == "CONSENT-001")
    assert (finding.seen_in_runs, finding.runs) == (2, 3)
    guessed = ShortCookie(name="zz", domain="measure.example", value="uuid")
    assert confidence(ShortVisit(cookies=(guessed,))) is Confidence.WEAK


def test_blame_leads_from_the_page_over_the_tag_manager_to_the_call(catalogue: Catalogue) -> None:
    manager = "https://cdn.tagco.example/container.js?id=C-12"
    script = "https://cdn.measure.example/tag.js"
    visit = whole_visit(
        ShortVisit(
            requests=(
                ShortRequest(url=manager, type="script", etag='"c-7"'),
                ShortRequest(url=script, type="script", by=manager),
                ShortRequest(url="https://collect.measure.example/hit?id=1", by=script),
            )
        )
    )
    made = judged_visits([visit], catalogue=catalogue)
    finding = next(f for f in made.findings if f.rule == "CONSENT-002")
    assert finding.blame == (f"{PAGE} (page)", f'{manager} (TagCo C-12, etag "c-7")', f"{script}:12 send()")


def test_a_circle_of_initiators_ends(catalogue: Catalogue) -> None:
    one, two = "https://a.example/1.js", "https://a.example/2.js"
    visit = whole_visit(
        ShortVisit(
            requests=(
                ShortRequest(url=one, by=two, type="script"),
                ShortRequest(url=two, by=one, type="script"),
                ShortRequest(url="https://pixel.adco.example/p?x=1", by=one),
            )
        )
    )
    finding = next(f for f in judged_visits([visit], catalogue=catalogue).findings if f.rule == "CONSENT-002")
    assert len(finding.blame) <= 4


def test_an_unnamed_initiator_is_said(catalogue: Catalogue) -> None:
    visit = whole_visit(ShortVisit(requests=(ShortRequest(url="https://pixel.adco.example/p?x=1"),)))
    unknown = visit.requests[0].model_copy(update={"initiator": Initiator(kind=InitiatorKind.UNRESOLVED)})
    made = judged_visits([visit.model_copy(update={"requests": (unknown,)})], catalogue=catalogue)
    finding = next(f for f in made.findings if f.rule == "CONSENT-002")
    assert "did not name" in finding.blame[-1]


def test_stack_frames_name_the_innermost_call(catalogue: Catalogue) -> None:
    frames = (
        CallFrame(function="put", url="https://cdn.measure.example/tag.js", line=7, column=1),
        CallFrame(function="run", url="https://cdn.tagco.example/c.js", line=1, column=1, across="setTimeout"),
    )
    visit = whole_visit(ShortVisit(cookies=(ShortCookie(name="_ms"),)))
    cookie = visit.cookies[0].model_copy(
        update={"initiator": Initiator(kind=InitiatorKind.SCRIPT, url=frames[0].url, stack=frames)}
    )
    made = judged_visits([visit.model_copy(update={"cookies": (cookie,)})], catalogue=catalogue)
    finding = next(f for f in made.findings if f.rule == "CONSENT-001")
    assert finding.blame[1:] == ("https://cdn.tagco.example/c.js (TagCo)", "https://cdn.measure.example/tag.js:7 put()")


def test_the_inventory_holds_one_line_per_technology(catalogue: Catalogue) -> None:
    visits = [
        ShortVisit(cookies=(ShortCookie(name="_ms_AAAA1111", lifetime="1 day"), ShortCookie(name="lang"))),
        ShortVisit(
            scenario="accept",
            choices=(ShortChoice(wanted=Consent.ACCEPTED),),
            cookies=(ShortCookie(name="_ms_BBBB2222", lifetime="2 days", at=3),),
        ),
    ]
    made = judged(*visits, catalogue=catalogue, declaration="items: [{name: lang, technology: http_cookie}]\n")
    items = {item.name: item for item in made.items}
    assert set(items) == {"_ms_*", "lang"}
    measure = items["_ms_*"]
    assert measure.count == 2
    assert measure.scenarios == ("silent", "accept")
    assert measure.consents == (Consent.ACCEPTED, Consent.UNDECIDED)
    assert measure.lifetime_asked == 2 * 86_400
    assert measure.purpose is Purpose.ANALYTICS
    assert measure.label.vendor == "Measure"
    assert measure.label.country == "US"
    assert measure.declared is DeclaredState.UNDECLARED
    assert items["lang"].declared is DeclaredState.ITEM
    assert items["lang"].declared_at is not None


def test_a_declaration_cannot_exempt_what_the_catalogue_names(catalogue: Catalogue) -> None:
    made = judged(
        ShortVisit(cookies=(ShortCookie(name="_ms"), ShortCookie(name="own"))),
        catalogue=catalogue,
        declaration="items:\n  - {name: _ms, technology: http_cookie, purpose: necessary}\n"
        "  - {name: own, technology: http_cookie, purpose: necessary}\n",
    )
    items = {item.name: item for item in made.items}
    assert items["_ms"].purpose is Purpose.ANALYTICS
    assert "Declared as necessary" in items["_ms"].label.reason
    assert {vote.source for vote in items["_ms"].label.votes} == {"declaration", "catalogue"}
    assert items["own"].purpose is Purpose.NECESSARY
    assert "not verified" in items["own"].label.reason
    assert {f.rule for f in made.findings} >= {"CONSENT-001", "DECL-004"}


def test_affiliates_are_of_the_same_company(catalogue: Catalogue) -> None:
    made = judged(
        ShortVisit(requests=(ShortRequest(url="https://img.shop-cdn.example/a.png"),)),
        catalogue=catalogue,
        declaration="affiliates: [shop-cdn.example]\n",
    )
    assert made.items[0].party is Party.SAME_ENTITY


def test_claims_are_held_against_findings_and_sightings(catalogue: Catalogue) -> None:
    made = judged(
        SILENT,
        REFUSED,
        catalogue=catalogue,
        declaration="claims:\n"
        "  - {id: a, quote: qa, rules: [SEC-001]}\n"
        "  - {id: b, quote: qb, rules: [SEC-004]}\n"
        "  - {id: c, quote: qc, technologies: [html5_local_storage]}\n"
        "  - {id: d, quote: qd, technologies: [flash_lso]}\n"
        "  - {id: e, quote: qe, testable: false}\n"
        "  - {id: f, quote: qf, rules: [CONSENT-005]}\n",
    )
    assert {claim.id: claim.verdict for claim in made.claims} == {
        "a": "inconsistent",
        "b": "consistent",
        "c": "consistent",
        "d": "not_observed",
        "e": "not_testable",
        "f": "not_observed",
    }
    assert made.claims[0].place.line == 3


def test_an_unknown_profile_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="accepted: eu"):
        audit(whole_scan([], scenarios=()), [], declaration=None, catalogue=catalogue, judged_at=START, profile="mars")


def test_a_later_page_that_starts_refused_is_judged_as_refused(catalogue: Catalogue) -> None:
    entry = whole_visit(ShortVisit(scenario="reject", choices=(ShortChoice(wanted=Consent.REJECTED),)))
    inner = whole_visit(ShortVisit(scenario="reject", url=PAGE + "b", entry=False, cookies=(ShortCookie(name="_ms"),)))
    phases = tuple(phase.model_copy(update={"consent": Consent.REJECTED}) for phase in inner.phases)
    cookies = tuple(cookie.model_copy(update={"consent": Consent.REJECTED}) for cookie in inner.cookies)
    inner = inner.model_copy(update={"phases": phases, "cookies": cookies})
    made = judged_visits([entry, inner], catalogue=catalogue)
    assert [f.subject.name for f in made.findings if f.rule == "CONSENT-004"] == ["_ms"]


def test_every_known_scenario_has_a_state() -> None:
    from classifiers.states import CONSENT_OF, state_of

    for name, scenario in SCENARIOS.items():
        state = state_of(name)
        if scenario.choices and not scenario.gpc and scenario.cookies == "allow" and scenario.script:
            assert CONSENT_OF.get(state, Consent.PARTIAL) is scenario.choices[-1]
    assert state_of("my-own", [whole_visit(REFUSED.model_copy(update={"scenario": "my-own"}))]) == "reject"


def test_judging_is_fast_enough() -> None:
    from tests.benchmarks.judging import measure

    seconds, count, findings = measure(2_000, rounds=1)
    assert findings > 10
    assert seconds / count * 10_000 < 15, "ten times the target: something is quadratic"
    assert timedelta(seconds=seconds) < timedelta(seconds=30)
