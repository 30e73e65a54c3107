"""SCAN-007."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.parties import host_of
from classifiers.rules.base import Rule
from crawler.visits import INTERFACE_WITH_AUTOMATION_HIDDEN, Visit


class AutomationVisible(Rule):
    """The site was seen by one engine, which pages can tell from a person's browser.

    Why it matters: some sites show automated browsers something else, even no consent interface; in one study 14 % of
    front pages took notice of the crawler [PRACTICE V].

    Fix: compare with what a person sees; `browser.hide_automation` hides the plainest sign.
    """

    id = "SCAN-007"
    severity = Severity.INFO
    states_limit = True
    by_label = False
    passed = "Nothing was visited"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if not evidence.visits:
            return
        told = [_automated(visit) for visit in evidence.visits]
        headless = any(name.startswith("--headless") for name in evidence.scan.browser_flags)
        yield self.finding(
            evidence,
            subject=Subject(kind="scan", name="automation", domain=evidence.site),
            observation=f"Seen by one engine, {evidence.scan.browser}{', without a window' if headless else ''}; "
            f"navigator.webdriver was true on {told.count(True)} of {len(told)} visits, false on {told.count(False)} "
            f"and not read on {told.count(None)}.",
        )
        hosts: dict[str, list[Visit]] = {}
        for visit in evidence.visits:
            if visit.fact(INTERFACE_WITH_AUTOMATION_HIDDEN) == "shown":
                hosts.setdefault(host_of(visit.final_url or visit.url), []).append(visit)
        for host, visits in hosts.items():
            yield self.finding(
                evidence,
                visits=visits,
                subject=Subject(kind="page", name="interface hidden from automation", domain=host),
                severity=Severity.HIGH,
                observation=f"{host} showed its consent interface only to a browser that hid that it is automated; "
                f"choices were made there.",
                explanations=("The site may hide the interface from search engines and other programs on purpose.",),
                fix="Show the interface to every visitor, or set `browser.hide_automation: true`, so that all "
                "scenarios are seen as people see them.",
            )


def _automated(visit: Visit) -> bool | None:
    """None: the page was not seen, or did not say."""
    return {"true": True, "false": False}.get(visit.fact("navigator.webdriver") or "")
