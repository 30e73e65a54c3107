"""Audits the demo site as a user would, and holds the findings against what its pages are built to do: `make demo`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from classifiers.findings import Audit
from consentinel.terminal import out
from crawler.browser.found import find_browser
from crawler.observations import Consent
from crawler.scenarios import DEFAULT_SCENARIOS
from crawler.settings import BrowserSettings
from crawler.visits import Visit
from reports.gate import ExitCode
from reports.to_json import read_document
from tests.implied_findings import Implied, implied_findings, key_of
from tests.site_server import SiteServer
from tests.truth import PageId, Truth

ROOT = Path(__file__).parent.parent
OUTPUT = ROOT / "demo-output"
START = "www.business.localhost"
DECLARATION = ROOT / "fixtures" / "declarations" / "business-services.yaml"
CATALOGUE = ROOT / "fixtures" / "catalogue"
PICTURE_SIZE = "1280,1180"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="photograph the report into this file")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder for the audit; emptied first")
    asked = parser.parse_args()
    picture: Path | None = asked.picture
    output: Path = asked.output
    truth = Truth.load()
    if output.exists():
        shutil.rmtree(output)
    with SiteServer() as server:
        arguments = [
            *("audit", server.url(START), "--declaration", str(DECLARATION), "--catalogue", str(CATALOGUE)),
            *("--delay", "0", "--output", str(output)),
        ]
        out.print(f"The Business Services are served on {server.url(START)}", soft_wrap=True)
        out.print(f"$ consentinel {' '.join(arguments)}", markup=False, soft_wrap=True, style="quiet")
        began = time.monotonic()
        code = consentinel(*arguments).returncode
        took = time.monotonic() - began
    report = output / "report.html"
    if not report.is_file():
        out.print(f"[failed]The audit ended with {code} and wrote no report.[/]")
        return 1
    audit = read_document((output / "audit.json").read_text("utf-8"), file="audit.json").audit
    differences = compare(truth, audit)
    if code != ExitCode.FINDINGS:
        differences.append(f"the audit ended with {code}, not with 1 as findings do")
    for line in differences:
        out.print(f"  {line}", markup=False, soft_wrap=True)
    if picture is not None:
        photograph(report, picture)
        out.print(f"Picture: {picture}", soft_wrap=True)
    out.print()
    out.print(
        f"Open the report: [place]{report}[/]  [quiet](audit of {len(audit.visits)} visits in {took:.0f} s)[/]",
        soft_wrap=True,
    )
    if differences:
        out.print(
            f"[failed]The demo did not show what it is built to show: {len(differences)} differences, see above.[/]"
        )
        return 1
    judged = sum(not finding.rule.startswith("SCAN-") for finding in audit.findings)
    out.print(f"[passed]All {judged} findings are those that the demo's pages imply: none missing, none invented.[/]")
    return 0


def compare(truth: Truth, audit: Audit) -> list[str]:
    """What the audit lacks or has too much, pages and findings; empty: exactly what the pages imply."""
    lines = []
    asked = {(visit.url.partition("//")[2].partition("?")[0], visit.scenario) for visit in audit.visits}
    hosts = {address.partition(":")[0] + "/" + address.partition("/")[2] for address, _ in asked}
    lines += [f"not visited: {page.host}{page.path}" for page in truth.pages if page.host + page.path not in hosts]
    carried = {
        (page, visit.scenario)
        for visit in audit.visits
        for page in truth.pages
        if visit.phases and visit.phases[0].consent is not Consent.UNDECIDED and page == _page_of(visit)
    }
    lines += _directly_entered(truth, audit, carried)
    implied = implied_findings(truth, scenarios=DEFAULT_SCENARIOS, carried=carried)
    found = {key_of(finding): finding for finding in audit.findings if not finding.rule.startswith("SCAN-")}
    lines += [f"missing  {_told(key)}, on {_pages(implied[key])}" for key in sorted(implied.keys() - found.keys())]
    lines += [f"invented {_told(key)}: {found[key].observation}" for key in sorted(found.keys() - implied.keys())]
    return lines


def _directly_entered(truth: Truth, audit: Audit, carried: set[tuple[PageId, str]]) -> list[str]:
    """Under each choice, the start page and one later page are entered like strangers; no line: so it was."""
    lines = []
    for scenario in ("accept", "reject"):
        direct = [page for page in truth.pages if (page, scenario) not in carried and truth.page(page).bar]
        direct = [page for page in direct if any(_page_of(visit) == page for visit in audit.visits)]
        if truth.entry not in direct or len(direct) > 2:
            lines.append(f"{scenario}: made anew on {_pages(set(direct))}, not on the start page and one more at most")
    return lines


def _page_of(visit: Visit) -> PageId:
    parts = urlsplit(visit.url)
    return PageId(parts.hostname or "", parts.path)


def start_pages(server: SiteServer) -> list[str]:
    """Every page of the site, as a list of addresses."""
    return [server.url(page.host, page.path) for page in Truth.load().pages]


def consentinel(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The command a user types, on this terminal."""
    return subprocess.run([Path(sys.executable).with_name("consentinel"), *arguments], check=False)


def photograph(report: Path, picture: Path) -> None:
    """With the browser's own screenshot switch, so that the picture is what a reader sees first."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [
        *(find_browser(BrowserSettings()).path, "--headless", *sandbox, "--hide-scrollbars", "--disable-gpu"),
        *(f"--window-size={PICTURE_SIZE}", f"--screenshot={picture.resolve()}", report.resolve().as_uri()),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _told(key: Implied) -> str:
    return f"{key.rule} {key.kind} {key.name} ({key.domain})"


def _pages(pages: set[PageId]) -> str:
    return ", ".join(f"{page.host}{page.path}" for page in sorted(pages))


if __name__ == "__main__":
    sys.exit(main())
