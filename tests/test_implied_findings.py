"""Rules and manifests tell the same story: a perfect recording of the demo is judged exactly as the manifests imply."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from classifiers.audit import audit
from classifiers.declaration import read_declaration
from classifiers.findings import Audit
from classifiers.vendors import Catalogue
from tests.implied_findings import CHECKS, implied_findings, key_of
from tests.perfect_recording import recording
from tests.truth import Truth

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TRUTH = Truth.load()


def judged() -> Audit:
    scan, visits = recording(TRUTH)
    return audit(
        scan,
        visits,
        declaration=read_declaration(FIXTURES / "declarations" / "business-services.yaml"),
        catalogue=Catalogue.load(FIXTURES / "catalogue"),
        judged_at=datetime(2026, 1, 3, tzinfo=UTC),
    )


def test_rules_find_what_the_manifests_imply_and_nothing_else() -> None:
    found = {key_of(finding) for finding in judged().findings if not finding.rule.startswith("SCAN-")}
    implied = set(implied_findings(TRUTH))
    assert (sorted(implied - found), sorted(found - implied)) == ([], [])


def test_every_finding_names_the_pages_that_show_it() -> None:
    implied = implied_findings(TRUTH)
    for finding in judged().findings:
        if not finding.rule.startswith("SCAN-"):
            pages = {page.split("//")[1].split(":")[0] + "/" + page.split("/", 3)[3] for page in finding.pages}
            assert pages <= {page.host + page.path for page in implied[key_of(finding)]}, finding.observation


def test_each_rule_of_the_demo_is_implied_by_some_page() -> None:
    assert {implied.rule for implied in implied_findings(TRUTH)} == {*CHECKS, "DECL-019"}
