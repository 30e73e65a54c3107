"""Reports state observations: no template and no golden holds a conclusion."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports import REPORTERS
from reports.base import Reporter
from reports.wording import banned_in
from tests import audits

ROOT = Path(__file__).parent.parent
OURS = sorted(
    path
    for path in (ROOT / "reports").rglob("*")
    if path.suffix in (".py", ".j2", ".js", ".css") and path.name != "wording.py"
)
GOLDENS = sorted(path for path in (ROOT / "fixtures" / "golden").iterdir() if path.is_file())


@pytest.mark.parametrize(
    "sentence",
    [
        "This violates the GDPR.",
        "The site is non-compliant.",
        "This cookie is illegal.",
        "The user is tracked.",
        "Your data is transferred to the US.",
        "Data was shared with AdNimbus.",
        "There are no trackers here.",
        "It ignored consent.",
        "session is a necessary cookie.",
        "The site shows no banner.",
        "The policy is incomplete.",
        "Flash cookies: none",
        "a breach of consent",
    ],
)
def test_conclusions_are_recognised(sentence: str) -> None:
    assert banned_in(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Observed a request to ads.example 40 ms after the confirmed refusal.",
        "Declared as necessary by the site; not verified.",
        "No consent interface was recognised.",
        "No instance observed on 4 pages, 3 scenarios, 1 run.",
    ],
)
def test_observations_are_let_through(sentence: str) -> None:
    assert banned_in(sentence) == ()


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_template_or_reporter_concludes(path: Path) -> None:
    assert banned_in(path.read_text(encoding="utf-8")) == ()


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.name)
def test_no_golden_concludes(path: Path) -> None:
    assert banned_in(path.read_text(encoding="utf-8")) == ()


@pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: str(reporter.format))
def test_no_report_of_a_clean_or_blind_scan_concludes(reporter: type[Reporter]) -> None:
    for audit in (audits.clean_audit(), audits.blind_audit()):
        assert banned_in(reporter().render(audit)) == ()
