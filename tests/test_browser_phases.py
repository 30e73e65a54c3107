"""The steps of a visit beyond opening a page: dismissing, going on, coming back, and starting with a proved choice."""

from __future__ import annotations

import pytest

from crawler.browser.stage import Carried
from crawler.browser.visit import VisitAsk, VisitOutcome, visit
from crawler.observations import Consent
from crawler.scenarios import SCENARIOS, Scenario
from crawler.settings import Recipe, VisitSettings
from crawler.visits import ANEW, CARRIED, CHOICE_FROM, ChoiceStatus, ProblemKind, VisitStatus
from tests.conftest import FAST, Auditor
from tests.page_server import Got, Page, PageServer

pytestmark = pytest.mark.browser

BAR = """<title>{title}</title><p>Here</p><a href='/next'>On</a><div id=bar style='position:fixed;bottom:0'>
<p>We use cookies for statistics, and ask for your consent.</p>
<button id=yes>Accept all</button><button id=no>Reject all</button><button id=close aria-label='Close'>×</button></div>
<script>
const bar = document.getElementById('bar');
const choose = (what) => {{ document.cookie = 'cookie_consent=' + what + '; max-age=999; path=/'; bar.remove(); }};
document.getElementById('yes').onclick = () => choose('accepted');
document.getElementById('no').onclick = () => choose('rejected');
document.getElementById('close').onclick = () => bar.remove();
if (/cookie_consent/.test(document.cookie)) bar.remove();
</script>"""


@pytest.fixture
def shop(pages: PageServer) -> PageServer:
    """Two pages that ask, and remember the answer in a cookie."""

    def page(got: Got) -> Page:
        session = () if "session=" in got.headers.get("cookie", "") else (("Set-Cookie", "session=1; Path=/"),)
        return Page(BAR.format(title=got.path), headers=session)

    pages.page("shop", "/", page)
    pages.page("shop", "/next", page)
    return pages


def test_dismissing_makes_no_choice_and_what_follows_is_undecided(audited: Auditor, shop: PageServer) -> None:
    seen = audited.visit(shop.url("shop"), SCENARIOS["dismiss"]).visit
    assert [(choice.wanted, choice.status) for choice in seen.choices] == [
        (Consent.UNDECIDED, ChoiceStatus.CONFIRMED)
    ], seen.choices
    assert [click.text for click in seen.choices[0].clicks] == ["Close"]
    assert {sighting.consent for sighting in seen.sightings()} == {Consent.UNDECIDED}
    assert [span.name for span in seen.phases] == ["open", "dismiss", "reload"]


def test_coming_back_later_keeps_the_choice_and_drops_what_ends_with_the_session(
    audited: Auditor, shop: PageServer
) -> None:
    seen = audited.visit(shop.url("shop"), SCENARIOS["return-after-reject"]).visit
    assert [choice.status for choice in seen.choices] == [ChoiceStatus.CONFIRMED], seen.choices
    assert seen.status is VisitStatus.COMPLETE
    cookies = [got.headers.get("cookie", "") for got in shop.got if got.path == "/"]
    assert cookies == ["", "cookie_consent=rejected"]
    assert {cookie.consent for cookie in seen.cookies if cookie.phase == "return"} == {Consent.REJECTED}


def test_a_withdrawal_goes_on_to_another_page_and_the_record_is_of_the_first(
    audited: Auditor, shop: PageServer
) -> None:
    on = Scenario(
        name="on",
        title="",
        phases=(*SCENARIOS["accept"].phases, SCENARIOS["withdraw"].phases[-1]),
    )
    outcome = audited.visit(shop.url("shop"), on)
    seen = outcome.visit
    assert [span.name for span in seen.phases] == ["open", "accept", "reload", "next"]
    assert [choice.status for choice in seen.choices] == [ChoiceStatus.CONFIRMED]
    assert [got.path for got in shop.got if got.path != "/favicon.ico"] == ["/", "/", "/next"]
    assert (seen.final_url, seen.title) == (shop.url("shop"), "/")
    assert "<title>/</title>" in outcome.html


def test_a_page_without_links_cannot_be_gone_on_from(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", "<p>Here</p><a href='/file.pdf'>File</a><a href='/logout'>Out</a><a href='#x'>Up</a>")
    next_page = SCENARIOS["withdraw"].phases[-1]
    on = Scenario(name="on", title="", phases=(*SCENARIOS["silent"].phases, next_page))
    seen = audited.visit(pages.url("site"), on).visit
    assert seen.status is VisitStatus.PARTIAL
    assert [problem.kind for problem in seen.problems] == [ProblemKind.NO_CONTROL]


def test_a_recipe_that_does_not_fit_is_a_problem_with_its_place(audited: Auditor, shop: PageServer) -> None:
    recipe = Recipe(accept=("#nowhere",)).model_copy(update={"source": "consentinel.yaml:7"})
    seen = audited.visit(shop.url("shop"), SCENARIOS["accept"], recipe=recipe).visit
    faults = [problem.message for problem in seen.problems if problem.kind is ProblemKind.RECIPE]
    assert faults == ["consentinel.yaml:7: `#nowhere` matches no visible element"]
    assert seen.status is VisitStatus.PARTIAL


def carry(
    audited: Auditor,
    url: str,
    *,
    carried: Carried | None,
    settings: VisitSettings = FAST,
    direct: bool = False,
    entry: bool | None = None,
) -> VisitOutcome:
    ask = VisitAsk(
        url=url,
        scenario=SCENARIOS["reject"],
        entry=carried is None if entry is None else entry,
        settings=settings,
        browser=audited.browser.settings,
        digest_key=b"test",
        carried=carried,
        direct=direct,
    )
    return audited.runner.run(visit(audited.browser, ask))


def test_a_later_page_starts_with_the_proved_choice_and_proves_it_again(audited: Auditor, shop: PageServer) -> None:
    first = carry(audited, shop.url("shop"), carried=None)
    assert first.carried is not None
    assert first.carried.choice.status is ChoiceStatus.CONFIRMED
    later = carry(audited, shop.url("shop", "/next"), carried=first.carried).visit
    assert [span.name for span in later.phases] == ["open"]
    assert later.status is VisitStatus.COMPLETE
    assert [(choice.wanted, choice.status) for choice in later.choices] == [(Consent.REJECTED, ChoiceStatus.CONFIRMED)]
    assert {sighting.consent for sighting in later.sightings()} == {Consent.REJECTED}
    assert (first.visit.fact(CHOICE_FROM), later.fact(CHOICE_FROM)) == (None, CARRIED)


def test_a_later_page_without_anything_to_begin_with_says_that_its_choice_was_made_anew(
    audited: Auditor, shop: PageServer
) -> None:
    later = carry(audited, shop.url("shop", "/next"), carried=None, entry=False).visit
    assert [span.name for span in later.phases] == ["open", "reject", "reload"]
    assert (later.fact(CHOICE_FROM) or "").startswith(f"{ANEW}no other page had proved it")


def test_where_a_later_page_forgets_the_choice_it_is_made_anew(audited: Auditor, shop: PageServer) -> None:
    first = carry(audited, shop.url("shop"), carried=None)
    shop.page("elsewhere", "/", BAR.format(title="Elsewhere"))
    later = carry(audited, shop.url("elsewhere"), carried=first.carried).visit
    assert [span.name for span in later.phases] == ["open", "reject", "reload"]
    assert later.choices[0].clicks
    assert (later.fact(CHOICE_FROM) or "").startswith(f"{ANEW}what another page had proved did not hold")


def test_nothing_is_handed_on_where_it_is_switched_off(audited: Auditor, shop: PageServer) -> None:
    off = FAST.model_copy(update={"carry_choice": False})
    assert carry(audited, shop.url("shop"), carried=None, settings=off).carried is None


def test_a_page_that_is_entered_directly_is_asked_anew_and_takes_what_was_carried_only_where_it_offers_nothing(
    audited: Auditor, shop: PageServer
) -> None:
    first = carry(audited, shop.url("shop"), carried=None)
    shop.page("shop", "/plain", "<title>No bar</title><p>Here")
    anew = carry(audited, shop.url("shop", "/next"), carried=first.carried, direct=True).visit
    assert [span.name for span in anew.phases] == ["open", "reject", "reload"]
    plain = carry(audited, shop.url("shop", "/plain"), carried=first.carried, direct=True).visit
    assert [span.name for span in plain.phases] == ["open"]
    assert [choice.status for choice in plain.choices] == [ChoiceStatus.CONFIRMED], plain.choices


def test_the_state_that_is_handed_on_is_in_no_record(audited: Auditor, shop: PageServer) -> None:
    shop.page("shop", "/", Page(BAR.format(title="T"), headers=(("Set-Cookie", "session=sEcReTvAlUe; Max-Age=99"),)))
    first = carry(audited, shop.url("shop"), carried=None)
    assert first.carried is not None
    assert "sEcReTvAlUe" in first.carried.storage
    assert "sEcReTvAlUe" not in first.visit.model_dump_json()
