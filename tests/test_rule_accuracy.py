"""What rules find on pages that do one thing each, against the labels; and the figures that reports print."""

from __future__ import annotations

import re

import pytest

from reports.accuracy import measured_accuracy
from reports.context import Context
from reports.to_html import ToHtml
from tests import audits
from tests.labelled_sites import MEASURED, STATEMENTS, Facts, labelled_sites
from tests.rule_accuracy import judge_sites, labelled, measure

SITES = labelled_sites()
UNLABELLED = {
    "SEC-014": "Pages on loopback are not fetched over a network, so plain HTTP there is not reported.",
    "STO-009": "The browser refuses all storage where cookies are disabled, so there is nothing to find.",
    "TP-007": "Names below `localhost` are not looked up in the DNS.",
}
"""Rules whose fact no site shows, and why: their recall is unknown."""


@pytest.mark.browser
@pytest.mark.slow
def test_rules_find_what_is_labelled_and_nothing_else() -> None:
    judged = judge_sites(SITES)
    assert [f"{one.site.name}: {why}" for one in judged for why in one.unexplained] == []
    found = {row.rule: (row.true_positives, row.false_positives, row.false_negatives) for row in measure(judged).rules}
    assert found == labelled(SITES)


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


def test_a_rule_without_a_labelled_site_says_why() -> None:
    shown = {rule for site in SITES for rule in (*site.facts.finds, *site.facts.statements)}
    assert set(MEASURED) - shown == UNLABELLED.keys()


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
