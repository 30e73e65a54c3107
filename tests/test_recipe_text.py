"""The recipe that reports offer: what the visit knows is filled in, and the line is one that consentinel.yaml takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from classifiers.recipe_text import SELECTOR, recipe_for
from consentinel.config import read_configuration
from crawler.observations import Consent
from crawler.settings import Recipe
from crawler.visits import Choice, ChoiceStatus, Click
from tests.rule_cases import PAGE, ShortChoice, ShortCookie, ShortVisit, whole_visit


def click(element: str, frame: str) -> Click:
    return Click(at=1.0, phase="reject", element=element, text="No", box=None, frame=frame)


def offered(line: str, folder: Path) -> Recipe:
    """The recipe between the first pair of backquotes, read as the program reads it."""
    found = re.search(r"`(.*?)` in consentinel\.yaml", line)
    assert found is not None, line
    path = folder / "consentinel.yaml"
    path.write_text(found[1] + "\n")
    recipe = read_configuration(path).consent
    assert recipe is not None
    return recipe


def test_without_a_visit_it_says_what_to_put_in(tmp_path: Path) -> None:
    line = recipe_for(Consent.REJECTED)
    assert offered(line, tmp_path).reject == (SELECTOR,)
    assert "NAME being the cookie or storage key" in line


def test_a_choice_that_recipes_do_not_know_is_a_step_of_ones_own() -> None:
    assert "makes: partial" in recipe_for(Consent.PARTIAL)


@pytest.mark.parametrize(
    ("element", "frame", "selector"),
    [
        ("button <button> #bar > button:nth-of-type(2)", "", "#bar > button:nth-of-type(2)"),
        ("#no", "https://www.shop.example/", "#no"),
        (
            "button <button> #no",
            "https://cmp.example/bar.html?x=1",
            "frame=*cmp.example*/bar.html >> #no",
        ),
    ],
)
def test_the_controls_that_were_clicked_are_filled_in(tmp_path: Path, element: str, frame: str, selector: str) -> None:
    choice = Choice(
        wanted=Consent.REJECTED,
        status=ChoiceStatus.UNCONFIRMED,
        found_by="words:en",
        at=1.0,
        order=0,
        clicks=(click(element, frame),),
    )
    visit = whole_visit(ShortVisit(url=PAGE, scenario="reject"))
    line = recipe_for(Consent.REJECTED, visit=visit, choice=choice)
    assert offered(line, tmp_path).reject == (selector,)


def test_what_was_written_with_the_choice_is_offered_as_its_record(tmp_path: Path) -> None:
    visit = whole_visit(
        ShortVisit(
            url=PAGE,
            scenario="reject",
            choices=(ShortChoice(wanted=Consent.REJECTED, status=ChoiceStatus.UNCONFIRMED, at=2.0),),
            cookies=(
                ShortCookie(name="before", at=1.0),
                ShortCookie(name="state", at=3.0),
                ShortCookie(name="foreign", at=3.0, domain="other.example"),
                ShortCookie(name="also", at=3.5),
            ),
        )
    )
    line = recipe_for(Consent.REJECTED, visit=visit, choice=visit.choices[0])
    assert offered(line, tmp_path).record == "state"
    assert "written at the choice, too: also" in line
