"""For web teams' own tests: the fixture `consentinel` audits a page and says whether it passes.

The audit runs in a process of its own, and this module imports the standard library and pytest only, so that the
tested project's packages and Consentinel's never meet.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FINDINGS, WRONG_USE, TOO_LITTLE_SEEN = 1, 2, 3
SHOWN = 10
"""Findings in the failure's section; the report has them all."""
TIME_CAP = 900.0


class ConsentinelError(Exception):
    """The audit could not be made at all: wrong configuration or no browser. That says nothing about the site."""


@dataclass(frozen=True)
class Finding:
    rule: str
    severity: str
    observation: str
    subject: str
    fix: str
    pages: tuple[str, ...]
    caused_by: tuple[str, ...]


@dataclass(frozen=True)
class Scan:
    """What an audit said. A scan that saw too little does not pass."""

    url: str
    exit_code: int
    sentence: str
    failing: tuple[Finding, ...]
    """Those that count at the gate, worst first."""
    findings: tuple[Finding, ...]
    report: Path | None
    folder: Path = field(repr=False)

    def passes(self) -> bool:
        return self.exit_code == 0

    @property
    def undecided(self) -> bool:
        return self.exit_code == TOO_LITTLE_SEEN

    def __repr__(self) -> str:
        """Short: pytest cuts it; the whole stands in a section of its own below the failure."""
        if self.exit_code == FINDINGS:
            rules = ", ".join(dict.fromkeys(finding.rule for finding in self.failing))
            return f"<scan of {self.url}: {len(self.failing)} findings ({rules})>"
        return f"<scan of {self.url}: {'too little was seen to say' if self.undecided else 'passed'}>"

    def explained(self) -> str:
        lines = [self.sentence]
        for finding in self.failing[:SHOWN]:
            lines += ["", f"{finding.rule} ({finding.severity}) {finding.observation}"]
            lines += [f"  on: {', '.join(finding.pages[:3])}"] if finding.pages else []
            lines += [f"  caused by: {' > '.join(finding.caused_by)}"] if finding.caused_by else []
            lines += [f"  fix: {finding.fix}"] if finding.fix else []
        if len(self.failing) > SHOWN:
            lines += ["", f"and {len(self.failing) - SHOWN} more"]
        return "\n".join([*lines, "", f"Report: {self.report or self.folder}"])


class Consentinel:
    """The fixture: `consentinel.scan(url)`."""

    def __init__(self, *, program: Sequence[str], config: Path | None, folders: pytest.TempPathFactory) -> None:
        self.scans: list[Scan] = []
        self._program = tuple(program)
        self._config = config
        self._folders = folders

    def scan(
        self,
        *urls: str,
        scenarios: Sequence[str] = (),
        declaration: str | os.PathLike[str] | None = None,
        threshold: str | None = None,
        max_pages: int | None = None,
        runs: int | None = None,
        options: Sequence[str] = (),
        time_cap: float = TIME_CAP,
    ) -> Scan:
        """`options` are further words for `consentinel audit`. Raises ConsentinelError when no audit came about."""
        folder = self._folders.mktemp("consentinel")
        given = {
            "--config": self._config,
            "--scenarios": ",".join(scenarios) or None,
            "--declaration": declaration,
            "--threshold": threshold,
            "--max-pages": max_pages,
            "--runs": runs,
            "--output": folder,
        }
        flags = [word for flag, value in given.items() if value is not None for word in (flag, str(value))]
        command = [*self._program, "audit", *urls, "--json", *flags, *options]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=time_cap
            )
        except FileNotFoundError as error:
            raise ConsentinelError(f"{command[0]}: there is no such program; set consentinel_program") from error
        except subprocess.TimeoutExpired as error:
            raise ConsentinelError(f"the audit took longer than {time_cap:.0f} seconds; raise time_cap") from error
        scan = _read(done, urls, folder)
        self.scans.append(scan)
        return scan


def _read(done: subprocess.CompletedProcess[str], urls: Sequence[str], folder: Path) -> Scan:
    try:
        said = json.loads(done.stdout)
    except json.JSONDecodeError:
        said = {}
    # Both must say the same: a process that died on its way out has not passed.
    if done.returncode not in (0, FINDINGS, TOO_LITTLE_SEEN) or said.get("exit_code") != done.returncode:
        raise ConsentinelError(done.stderr.strip() or f"the audit ended with {done.returncode} and no result")
    report = said["reports"].get("html")
    return Scan(
        url=" ".join(urls) or said["site"],
        exit_code=done.returncode,
        sentence=said["sentence"],
        failing=tuple(_finding(row) for row in said["gate"]["failing"]),
        findings=tuple(_finding(row) for row in said["findings"]),
        report=Path(report) if report else None,
        folder=folder,
    )


def _finding(row: dict[str, object]) -> Finding:
    subject = row["subject"]
    return Finding(
        rule=str(row["rule"]),
        severity=str(row["severity"]),
        observation=str(row["observation"]),
        subject=str(subject["name"]) if isinstance(subject, dict) else "",
        fix=str(row["fix"]),
        pages=_words(row["pages"]),
        caused_by=_words(row["blame"]),
    )


def _words(row: object) -> tuple[str, ...]:
    return tuple(str(word) for word in row) if isinstance(row, list) else ()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("consentinel")
    group.addoption("--consentinel-config", metavar="FILE", help="consentinel.yaml for the fixture `consentinel`")
    parser.addini("consentinel_config", "consentinel.yaml for the fixture `consentinel`, from the root folder")
    parser.addini("consentinel_program", "The command that audits, where it is in another environment")


@pytest.fixture
def consentinel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Consentinel:
    """Audits pages: `assert consentinel.scan(live_server.url).passes()`."""
    config = request.config
    named = config.getoption("--consentinel-config") or config.getini("consentinel_config")
    program = shlex.split(str(config.getini("consentinel_program"))) or [sys.executable, "-m", "consentinel"]
    mine = Consentinel(
        program=program, config=config.rootpath / str(named) if named else None, folders=tmp_path_factory
    )
    request.node.stash[SCANS] = mine.scans
    return mine


SCANS = pytest.StashKey[list[Scan]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test tells what its scans saw, below the assertion."""
    report = yield
    if report.when == "call" and report.failed:
        for scan in item.stash.get(SCANS, []):
            if not scan.passes():
                report.sections.append((f"Consentinel: {scan.url}", scan.explained()))
    return report
