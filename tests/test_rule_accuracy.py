"""What rules find on pages that do one thing each, against the labels; and the figures that reports print."""

from __future__ import annotations

import re

import pytest

from classifiers.rules import RULES
from reports.accuracy import measured_accuracy
from reports.context import Context
from reports.to_html import ToHtml
from tests import audits
from tests.fact_playing import play_sites
from tests.fact_recordings import pages_digest, read_recording
from tests.labelled_sites import MEASURED, STATEMENTS, UNSEEN, WITHOUT_PAGE, Facts, LabelledSite, labelled_sites
from tests.rule_accuracy import judge_played, labelled, main, measure

SITES = labelled_sites()
HELD_OUT = labelled_sites(suffix=UNSEEN)
RENEW = "python -m tests.rule_accuracy --write"


def test_rules_find_what_is_labelled_and_nothing_else() -> None:
    judged = judge_played(SITES, read_recording().by_host())
    assert [f"{one.site.name}: {why}" for one in judged for why in one.unexplained] == []
    found = {row.rule: (row.true_positives, row.false_positives, row.false_negatives) for row in measure(judged).rules}
    assert found == labelled(SITES)


def test_on_pages_that_they_were_not_made_with_rules_err_where_it_is_said_only() -> None:
    judged = judge_played(HELD_OUT, read_recording().by_host())
    assert [f"{one.site.name}: {why}" for one in judged for why in one.unexplained] == []
    assert len(HELD_OUT) >= 30


def test_the_recording_is_of_the_pages_as_they_are() -> None:
    recorded = read_recording().by_host()
    assert recorded.keys() == {site.host for site in (*SITES, *HELD_OUT)}, RENEW
    changed = [site.host for site in (*SITES, *HELD_OUT) if recorded[site.host].pages != pages_digest(site)]
    assert changed == [], RENEW


def sample() -> list[LabelledSite]:
    """Every twentieth, so that each way of playing is there; `python -m tests.rule_accuracy` plays them all."""
    by_scenarios = sorted((*SITES, *HELD_OUT), key=lambda site: (site.facts.scenarios, site.host))
    return [site for site in by_scenarios if not site.facts.depth][::20]


@pytest.mark.browser
@pytest.mark.slow
def test_the_engine_still_sees_what_was_recorded() -> None:
    sites = sample()
    live = {one.site.host: one.found for one in judge_played(sites, play_sites(sites))}
    assert live == {one.site.host: one.found for one in judge_played(sites, read_recording().by_host())}, RENEW


def test_the_figures_that_reports_print_are_those_of_the_labels() -> None:
    """`python -m tests.rule_accuracy --write` renews them."""
    shipped = measured_accuracy()
    figures = {row.rule: (row.true_positives, row.false_positives, row.false_negatives) for row in shipped.rules}
    assert figures == labelled(SITES)
    assert shipped.sites == len(SITES)


def test_the_html_report_prints_them() -> None:
    shipped = measured_accuracy().rules
    page = ToHtml(Context(accuracy=shipped)).render(audits.audit())
    section = page.partition('id="method"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr><td>([A-Z]+-\d+)</td>((?:<td class=\"num\">[^<]*</td>){5})</tr>", section)
    printed = {rule: re.findall(r">([^<]+)<", cells)[:3] for rule, cells in rows}
    counts = {row.rule: (row.true_positives, row.false_positives, row.false_negatives) for row in shipped}
    assert printed == {rule: [str(count) for count in figures] for rule, figures in counts.items()}


def test_every_rule_is_shown_by_a_labelled_site_or_says_why_none_shows_it() -> None:
    shown = {rule for site in SITES for rule in (*site.facts.finds, *site.facts.statements)}
    assert {rule.id for rule in RULES} - shown == WITHOUT_PAGE.keys()
    assert not WITHOUT_PAGE.keys() & set(MEASURED)


def test_the_command_tells_which_rules_no_site_shows(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip  # noqa: E501
    monkeypatch.setattr("sys.argv", ["rule_accuracy", "clean", "--recorded"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    printed = " ".join(capsys.readouterr().out.split())
    for rule, why in WITHOUT_PAGE.items():
        assert f"{rule}: {why}" in printed


def test_a_label_of_a_rule_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no such rule"):
        Facts(fact="x", scenarios=("silent",), finds={"CONSENT-999": "fail"})
    with pytest.raises(ValueError, match="there is such a rule by now"):
        Facts(fact="x", scenarios=("silent",), finds={}, known_gaps={MEASURED[0]: "There is no such rule yet."})
    with pytest.raises(ValueError, match="not a statement"):
        Facts(fact="x", scenarios=("silent",), finds={}, statements=("SCAN-017",))


def test_some_sites_show_nothing_so_that_precision_means_something() -> None:
    assert sum(not site.facts.expected for site in SITES) >= 8
    assert "SCAN-002" in STATEMENTS
