"""The GitHub action and the GitLab template: their steps run here as a workflow runs them, on a loopback site."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reports.to_markdown import MARKER
from tests.page_server import Page, PageServer

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text())
GITLAB: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "templates" / "gitlab-ci.yml").read_text())
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
QUICK = "visit: {settle: fast, screenshots: false, navigation_cap: 10}\ncrawl: {scenarios: [silent], max_pages: 1}\n"
TRACKED = (
    "<!doctype html><title>Shop</title>"
    "<script>document.cookie='_ga=GA1.1.123456789.1700000000; max-age=63072000; path=/'</script>"
)


@dataclass
class Workflow:
    """Runs a composite action's steps in order: inputs, step outputs, `if`, environment files, as GitHub documents."""

    folder: Path
    inputs: dict[str, str]
    github: dict[str, str]
    skip: tuple[str, ...] = ()
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    log: str = ""
    failed: bool = False
    codes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = self.inputs
        self.inputs = {name: str(row.get("default", "")) for name, row in ACTION["inputs"].items()}
        assert given.keys() <= self.inputs.keys()
        self.inputs = {name: self.fill(text) for name, text in {**self.inputs, **given}.items()}
        self.temp = self.folder / "runner"
        self.temp.mkdir()

    def value(self, expression: str) -> str:
        parts = expression.split(".")
        if parts[0] == "inputs":
            return self.inputs[parts[1]]
        if parts[0] == "github":
            return self.github.get(".".join(parts[1:]), "")
        assert (parts[0], parts[2]) == ("steps", "outputs"), expression
        return self.outputs.get(parts[1], {}).get(parts[3], "")

    def fill(self, text: str) -> str:
        return EXPRESSION.sub(lambda match: self.value(match[1]), text)

    def wanted(self, condition: str | None) -> bool:
        """`&&` of `always()`, comparisons and the one `hashFiles` that the action uses."""
        terms = [term.strip() for term in (condition or "").split("&&") if term.strip()]
        if self.failed and "always()" not in terms:
            return False
        return all(self._holds(term) for term in terms if term != "always()")

    def _holds(self, term: str) -> bool:
        if term.startswith("hashFiles("):
            return (self.folder / self.inputs["output"] / "report.sarif").is_file()
        left, operator, right = term.split(maxsplit=2)
        return (self.value(left) == right.strip("'")) is (operator == "==")

    def run(self) -> int:
        for step in ACTION["runs"]["steps"]:
            if step["name"] in self.skip or not self.wanted(step.get("if")):
                continue
            if "uses" in step:
                self.used.append((step["uses"], {key: self.fill(str(text)) for key, text in step["with"].items()}))
                continue
            self.shell(step)
        return next((code for code in self.codes.values() if code), 0)

    def shell(self, step: dict[str, Any]) -> None:
        assert step["shell"] == "bash"
        files = {name: self.temp / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.touch()
        environment = {
            **os.environ,
            "RUNNER_TEMP": str(self.temp),
            **{name: str(path) for name, path in files.items()},
            **{name: self.fill(str(text)) for name, text in step.get("env", {}).items()},
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        script = self.temp / "step.sh"
        script.write_text(self.fill(step["run"]))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=240,
        )
        self.log += f"--- {step['name']}\n{done.stdout}"
        self.codes[step["name"]] = done.returncode
        self.failed = self.failed or done.returncode != 0
        rows = [line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines()]
        if "id" in step:
            self.outputs[step["id"]] = dict(rows)


BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "consentinel-0-py3-none-any.whl"
    info = "consentinel-0.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("leads_there.pth", PATHS)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: consentinel\\nVersion: 0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""


def package_that_leads_here(folder: Path) -> str:
    """The install step runs as it stands, but nothing is fetched: what it builds leads to this environment."""
    paths = "\n".join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(f"PATHS = {paths!r}\n{BACKEND}")
    return str(folder)


def installed(folder: Path) -> None:
    """In place of the step that installs: this environment, under the path where that step puts it."""
    target = folder / "runner" / "consentinel" / "bin"
    target.mkdir(parents=True)
    (target / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (target / "python").chmod(0o755)


def workflow(folder: Path, *, event: str = "push", install: bool = False, **inputs: str) -> Workflow:
    (folder / "consentinel.yaml").write_text(QUICK)
    github = {
        "action_path": str(ROOT),
        "event_name": event,
        "repository": "shop/site",
        "event.pull_request.number": "7",
        "token": "t0ken",
    }
    given = {key.replace("_", "-"): text for key, text in inputs.items()}
    mine = Workflow(folder, given, github, skip=() if install else ("Install Consentinel",))
    if not install:
        installed(folder)
    return mine


def test_the_action_is_written_as_github_reads_it() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert ("shell" in step) == ("run" in step)
        assert EXPRESSION.search(step.get("run", "")) is None, "an input written into a script would be run"
    assert ACTION["runs"]["steps"][-1]["name"] == "Gate"
    names = {match.split(".")[1] for match in re.findall(r"inputs\.[\w-]+", (ROOT / "action.yml").read_text())}
    assert names == ACTION["inputs"].keys()


@pytest.mark.browser
@pytest.mark.slow
def test_a_started_preview_server_is_audited_commented_gated_and_stopped(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(TRACKED)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://shop.localhost:{port}/"
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "gh").write_text('#!/bin/sh\nprintf "%s\\n" "$*" >>gh.log\n')  # GitHub itself is out of reach here
    (bin_ / "gh").chmod(0o755)
    mine = workflow(
        tmp_path,
        event="pull_request",
        url=url,
        start=f"exec {sys.executable} -m http.server {port} --bind 127.0.0.1 --directory site",
        wait_for=f"http://127.0.0.1:{port}/",
        options="--delay 0",
        package=package_that_leads_here(tmp_path / "package"),
        install=True,
    )
    code = mine.run()
    assert code == 1, mine.log
    assert re.search(r"^consentinel \d", mine.log, re.MULTILINE), "installed"
    assert mine.codes["Audit"] == 0, "the steps after it must run"
    assert mine.outputs["audit"]["exit-code"] == "1"
    assert (tmp_path / mine.outputs["audit"]["report"]).is_file()
    assert "::error" in mine.log, "annotations"
    assert MARKER in (mine.temp / "github_step_summary").read_text()
    assert [name.partition("@")[0] for name, _ in mine.used] == [
        "github/codeql-action/upload-sarif",
        "actions/upload-artifact",
    ]
    sarif = tmp_path / mine.used[0][1]["sarif_file"]
    assert json.loads(sarif.read_text())["version"] == "2.1.0"
    assert (
        "repos/shop/site/issues/7/comments --field body=@consentinel-report/comment.md"
        in (tmp_path / "gh.log").read_text()
    )
    with socket.socket() as knock:
        assert knock.connect_ex(("127.0.0.1", port)) != 0, "the preview server was stopped"


@pytest.mark.browser
def test_a_site_that_is_not_there_does_not_pass_the_action(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mine = workflow(tmp_path, url=f"http://shop.localhost:{port}/", options="--delay 0")
    assert mine.run() == 3, mine.log
    assert "which is no pass" in mine.log


def test_a_preview_server_that_does_not_start_fails_the_action_and_no_audit_is_made(tmp_path: Path) -> None:
    mine = workflow(tmp_path, url="http://127.0.0.1:9/", start="echo no such site; exit 1", wait_seconds="20")
    assert mine.run() == 2, mine.log
    assert "did not answer at http://127.0.0.1:9/" in mine.log
    assert "no such site" in mine.log
    assert "Audit" not in mine.codes
    assert mine.codes["Gate"] == 2


def test_a_mistake_in_the_configuration_fails_the_action(tmp_path: Path) -> None:
    mine = workflow(tmp_path, url="http://shop.localhost:9/", config="absent.yaml")
    assert mine.run() == 2
    assert "absent.yaml: no such file" in mine.log


def test_an_input_is_never_run(tmp_path: Path) -> None:
    mine = workflow(tmp_path, url="$(touch run)", threshold="`touch run`", options="; touch run")
    assert mine.run() == 2, mine.log
    assert not (tmp_path / "run").exists()


def gitlab(folder: Path, part: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The lines of one part in one shell that stops at the first failure, as the runner does."""
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    (bin_ / "consentinel").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m consentinel "$@"\n')
    (bin_ / "consentinel").chmod(0o755)
    job = GITLAB["consentinel"]
    return subprocess.run(
        ["sh", "-e", "-c", "\n".join(job[part])],
        cwd=folder,
        env={**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", **job["variables"], **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.mark.browser
@pytest.mark.slow
def test_the_gitlab_template_audits_comments_and_gates(tmp_path: Path, pages: PageServer) -> None:
    pages.page("shop", "/", TRACKED)
    pages.page("127.0.0.1", "/api/projects/3/merge_requests/7/notes", Page("{}", type="application/json", status=201))
    (tmp_path / "consentinel.yaml").write_text(QUICK)
    done = gitlab(
        tmp_path,
        "script",
        CONSENTINEL_URL=pages.url("shop"),
        CONSENTINEL_OPTIONS="--delay 0",
        CONSENTINEL_TOKEN="t0ken",
        CI_API_V4_URL=f"http://127.0.0.1:{pages.port}/api",
        CI_PROJECT_ID="3",
        CI_MERGE_REQUEST_IID="7",
    )
    assert done.returncode == 1, done.stdout
    artifacts = GITLAB["consentinel"]["artifacts"]
    for report in artifacts["reports"].values():
        assert (tmp_path / report.replace("$CONSENTINEL_OUTPUT", "consentinel-report")).is_file()
    (note,) = [got for got in pages.got if got.path.endswith("/notes")]
    assert note.headers["private-token"] == "t0ken"
    assert b"consentinel" in note.body


def test_the_gitlab_template_ends_with_the_audits_own_code(tmp_path: Path) -> None:
    done = gitlab(tmp_path, "script", CONSENTINEL_URL="ftp://shop.example")
    assert done.returncode == 2
    assert "is not a web address" in " ".join(done.stdout.split())
