"""The tables of the README, from the code: `make docs` writes them, a test compares them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from classifiers.rules import RULES
from consentinel.cli import INTERRUPTED
from crawler.scenarios import SCENARIOS
from reports import REPORTERS
from reports.gate import ExitCode
from tests.accuracy import accuracy_table
from tests.consent_table import RECORDED, Recorded
from tests.fact_recordings import FIRST_RUN, FirstRun
from tests.labelled_sites import UNSEEN, labelled_sites
from tests.rule_accuracy import labelled
from tests.vendor_table import vendor_table

README = Path(__file__).parent.parent / "README.md"
EXIT_CODES = {
    ExitCode.PASSED: "passed: enough was seen, and nothing at or above the threshold was observed",
    ExitCode.FINDINGS: "findings at or above the threshold",
    ExitCode.WRONG_USE: "wrong use or configuration, no browser, or a fault of Consentinel: the message tells",
    ExitCode.TOO_LITTLE_SEEN: "too little was seen to say: site not reached, choice not proved, scan stopped",
}


def tables() -> dict[str, str]:
    """Marker → what belongs between it and its end."""
    codes = [(str(int(code)), EXIT_CODES[code]) for code in ExitCode]
    codes.append((str(INTERRUPTED), "stopped with Ctrl-C before anything could be judged"))
    return {
        "scenarios": _table(
            ("scenario", "what is done", "phases"),
            (
                (f"`{one.name}`", one.title, " → ".join(phase.name for phase in one.phases))
                for one in SCENARIOS.values()
            ),
        ),
        "exit codes": _table(("code", "means"), codes),
        "vendors": vendor_table(),
        "consent": _consent_table(),
        "accuracy": accuracy_table(),
        "formats": ", ".join(f"`{reporter.format}`" for reporter in REPORTERS),
        "rule accuracy": rule_accuracy_table(),
        "rules": _table(
            ("rule", "severity", "what it finds"),
            ((rule.id, rule.severity, rule.title()) for rule in sorted(RULES, key=lambda rule: rule.id)),
        ),
    }


def rule_accuracy_table() -> str:
    first = FirstRun.model_validate_json(FIRST_RUN.read_bytes())
    known = [sum(row) for row in zip(*labelled(labelled_sites()).values(), strict=True)]
    held_out = labelled_sites(suffix=UNSEEN)
    now = [sum(row) for row in zip(*labelled(held_out).values(), strict=True)]
    rows = (
        ("pages that the rules were made with", len(labelled_sites()), *known),
        (f"pages that they were not made with, first run ({first.on})", first.sites, *first.counts),
        ("the same pages today", len(held_out), *now),
    )
    head = ("set", "pages", "found rightly", "found wrongly", "missed", "precision", "recall")
    return _table(
        head,
        (
            (what, str(pages), *map(str, (right, wrong, missed)), _share(right, wrong), _share(right, missed))
            for what, pages, right, wrong, missed in rows
        ),
    )


def _share(right: int, beside: int) -> str:
    return f"{right / (right + beside):.0%}"


def _consent_table() -> str:
    """Of the last run that was kept; a test holds it against the interfaces there are."""
    told = Recorded.model_validate_json(RECORDED.read_text("utf-8"))
    rows = ((f"{name}", facts["kind"], facts["accepted"], facts["rejected"]) for name, facts in told.interfaces.items())
    figures = (
        f"{told.proved} of the {told.honest} choices that can be proved were proved, with {told.false_proofs} false "
        f"proofs among the {told.unknowable} that cannot."
    )
    return (
        figures + "\n\n" + _table(("interface", "kind", "accept", "reject"), rows).replace("not_offered", "not offered")
    )


def filled(text: str) -> str:
    """The README with its tables as they should be. Raises ValueError where a marker is missing."""
    for name, table in tables().items():
        pattern = re.compile(f"(<!-- {name} -->).*?(<!-- /{name} -->)", re.DOTALL)
        inner = f"\n{table}\n" if "\n" in table else table
        found = pattern.findall(text)
        if len(found) != 1:
            raise ValueError(f"README.md has {len(found)} places for {name!r}, not one")
        text = pattern.sub(inner.join(found[0]).replace("\\", r"\\"), text)
    return text


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    README.write_text(filled(README.read_text("utf-8")), "utf-8")
    sys.exit(0)
