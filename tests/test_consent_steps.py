"""Users' own scenarios, recipes and the interface they name: played, proved, and told where they do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.observations import Consent
from crawler.own_scenarios import read_scenarios
from crawler.scenarios import SCENARIOS, Scenario
from crawler.settings import Recipe
from crawler.visits import ChoiceStatus, ProblemKind, VisitStatus
from tests.conftest import Auditor
from tests.page_server import Page, PageServer
from tests.test_cli_audit import consentinel

pytestmark = pytest.mark.browser

HOUSE_OF_BARS = """<!doctype html><title>Steps</title><p>Here</p>
<label>E-mail <input></label><button>Order</button><button>Order</button>
<div id=bar style='position:fixed;bottom:0'><p>We use cookies for statistics, and ask for your consent.</p>
<button id=yes>Splendid</button><button id=no>Spare me</button></div>
<script>
const bar = document.getElementById('bar');
const choose = (what) => { document.cookie = 'cookie_consent=' + what + '; max-age=999; path=/'; bar.remove(); };
document.getElementById('yes').onclick = () => choose('accepted');
document.getElementById('no').onclick = () => choose('rejected');
if (/cookie_consent/.test(document.cookie)) bar.remove();
</script>"""
"""Its words are no word list's."""


@pytest.fixture
def site(pages: PageServer) -> str:
    pages.page("site", "/", HOUSE_OF_BARS)
    return pages.url("site")


def written(folder: Path, steps: str) -> Scenario:
    path = folder / "scenarios.yaml"
    path.write_text(f"mine:\n  phases: [open, steps, reload]\n  steps:\n{steps}")
    return read_scenarios(path)["mine"]


def test_a_users_steps_are_played_and_the_choice_they_make_is_proved(
    audited: Auditor, site: str, tmp_path: Path
) -> None:
    scenario = written(
        tmp_path,
        "    - {fill: {label: E-mail}, value: a@example.com}\n"
        "    - {name: refuse, click: {role: button, name: Spare me}, makes: rejected}\n",
    )
    seen = audited.visit(site, scenario).visit
    assert seen.status is VisitStatus.COMPLETE, seen.problems
    assert [(span.name, span.consent) for span in seen.phases] == [
        ("open", Consent.UNDECIDED),
        ("1-fill", Consent.UNDECIDED),
        ("refuse", Consent.REJECTED),
        ("reload", Consent.REJECTED),
    ]
    (choice,) = seen.choices
    assert (choice.wanted, choice.status, choice.found_by) == (Consent.REJECTED, ChoiceStatus.CONFIRMED, "step")
    assert [click.text for click in choice.clicks] == ["Spare me"]
    record = next(cookie for cookie in seen.cookies if cookie.name == "cookie_consent")
    assert (record.consent, record.phase) == (Consent.REJECTED, "refuse")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("{click: {role: button, name: Nowhere}, timeout: 0.3}", "found no visible element within 0.3 s"),
        ("{click: {role: button, name: Order}}", "fits 2 elements (“Order”, “Order”)"),
        ("{click: '#nowhere', makes: accepted, timeout: 0.3}", "found no visible element within 0.3 s"),
    ],
)
def test_a_step_that_fits_nothing_or_several_is_a_mistake_in_the_file(
    audited: Auditor, site: str, tmp_path: Path, step: str, told: str
) -> None:
    scenario = written(tmp_path, f"    - {step}\n")
    seen = audited.visit(site, scenario).visit
    (problem,) = seen.problems
    assert problem.kind is ProblemKind.RECIPE
    assert problem.message.startswith(f"{tmp_path / 'scenarios.yaml'}:4: The step ")
    assert told in problem.message
    assert seen.status is VisitStatus.PARTIAL
    assert not seen.choices


def test_an_audit_with_a_step_that_fits_nothing_ends_with_2_and_names_file_and_line(site: str, tmp_path: Path) -> None:
    written(tmp_path, "    - {click: {role: button, name: Order}, timeout: 0.5}\n")
    (tmp_path / "consentinel.yaml").write_text("scenario_file: scenarios.yaml\nvisit: {settle: fast}\n")
    ended = consentinel("audit", site, "--scenarios", "mine", "--delay", "0", cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr + ended.stdout
    said = " ".join(ended.stderr.split())
    assert "scenarios.yaml:4:" in said
    assert "fits 2 elements" in said


def test_the_interface_that_a_recipe_names_is_a_witness_of_the_choice(audited: Auditor, site: str) -> None:
    recipe = Recipe(reject=("#no",), interface="#bar", record="cookie_consent")
    seen = audited.visit(site, SCENARIOS["reject"], recipe=recipe).visit
    (choice,) = seen.choices
    assert choice.status is ChoiceStatus.CONFIRMED, choice.why
    assert {reading.witness for reading in choice.witnesses} == {"interface", "consent_record"}


def test_an_interface_named_by_a_recipe_that_stays_speaks_against_the_choice(
    audited: Auditor, pages: PageServer
) -> None:
    pages.page("site", "/", HOUSE_OF_BARS.replace("if (/cookie_consent/", "if (/never/"))
    recipe = Recipe(reject=("#no",), interface="#bar", record="cookie_consent")
    seen = audited.visit(pages.url("site"), SCENARIOS["reject"], recipe=recipe).visit
    (choice,) = seen.choices
    assert choice.status is ChoiceStatus.CONTRADICTED, choice.why


@pytest.mark.parametrize(
    "act",
    [
        "alert('Sure?')",
        "confirm('Sure?')",
        "location.href = '/file.zip'",
        "location.href = '/next'",
        "window.open('/next')",
    ],
)
def test_a_click_that_does_more_than_choose_is_recorded_and_the_visit_goes_on(
    audited: Auditor, pages: PageServer, act: str
) -> None:
    pages.page("site", "/", HOUSE_OF_BARS.replace("choose('rejected')", f"{{ choose('rejected'); {act}; }}"))
    pages.page("site", "/next", "<title>Next</title><p>There")
    pages.page("site", "/file.zip", Page("PK", "application/zip"))
    recipe = Recipe(reject=("#no",), interface="#bar", record="cookie_consent")
    seen = audited.visit(pages.url("site"), SCENARIOS["reject"], recipe=recipe).visit
    assert seen.status is not VisitStatus.FAILED
    (choice,) = seen.choices
    assert [click.text for click in choice.clicks] == ["Spare me"]
    assert choice.status is ChoiceStatus.CONFIRMED, choice.why
    assert [span.name for span in seen.phases] == ["open", "reject", "reload"]
