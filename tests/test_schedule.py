"""Cron expressions, the schedule section, and the files for other schedulers, each read by a parser of its own."""

from __future__ import annotations

import configparser
import io
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from consentinel.cli import app
from consentinel.config import ConfigurationError
from consentinel.watch.cron import CronError, read_cron
from consentinel.watch.exports import EXPORTS
from consentinel.watch.exports.to_systemd import calendar
from consentinel.watch.loop import CronClock
from consentinel.watch.plans import read_plans

PARIS = ZoneInfo("Europe/Paris")
FILE = """\
crawl:
  urls: [https://shop.example/]
schedule:
  timezone: Europe/Paris
  scans:
    - name: nightly
      cron: "30 3 * * *"
    - name: weekdays
      cron: "*/20 8-18 * * mon-fri"
      scenarios: [silent]
      runs: 3
    - name: either
      cron: "0 0 13 * fri"
notify:
  webhooks:
    - {url_env: HOOK_URL, secret_env: HOOK_SECRET}
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [str(part) for part in arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "consentinel.yaml"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize(
    ("text", "after", "due"),
    [
        ("0 3 * * *", "2026-03-01T02:59", "2026-03-01T03:00"),
        ("0 3 * * *", "2026-03-01T03:00", "2026-03-02T03:00"),
        ("0 0 * * 0", "2026-03-02T00:00", "2026-03-08T00:00"),  # Sunday is 0 …
        ("0 0 * * 7", "2026-03-02T00:00", "2026-03-08T00:00"),  # … and 7
        ("0 0 13 * fri", "2026-03-01T00:00", "2026-03-06T00:00"),  # either the 13th or a Friday
        ("0 0 13 * fri", "2026-05-09T00:00", "2026-05-13T00:00"),
        ("0 0 29 2 *", "2026-01-01T00:00", "2028-02-29T00:00"),
        ("@monthly", "2026-03-01T00:00", "2026-04-01T00:00"),
        ("0 22-1 * * *", "2026-03-01T23:30", "2026-03-02T00:00"),
    ],
)
def test_cron_is_read_as_crontab_reads_it(text: str, after: str, due: str) -> None:
    found = read_cron(text).following(datetime.fromisoformat(after).replace(tzinfo=UTC), ZoneInfo("UTC"))
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 feb *"])
def test_a_cron_that_never_fires_is_refused(text: str) -> None:
    with pytest.raises(CronError, match="never fires"):
        read_cron(text)


@pytest.mark.parametrize("text", ["", "* * * *", "61 * * * *", "* * * * * *", "0 0 L * *", "0 0 * * mon#1", "nightly"])
def test_what_is_no_portable_cron_is_refused_with_the_accepted_form(text: str) -> None:
    with pytest.raises(CronError, match="accepted: five fields"):
        read_cron(text)


@pytest.mark.parametrize(("text", "portable"), [("0 0 * * 7", "0 0 * * 0"), ("0 22-1 * * *", "0 0,1,22,23 * * *")])
def test_what_not_every_cron_reads_is_written_out(text: str, portable: str) -> None:
    assert read_cron(text).text == portable


def test_the_clock_keeps_local_time_over_the_change_to_summer_time() -> None:
    clock = CronClock(read_cron("0 6 * * *"), PARIS)
    first = clock.get_next_fire_time(None, datetime(2026, 3, 28, 12, tzinfo=UTC))
    second = clock.get_next_fire_time(first, first)
    assert [time.isoformat() for time in (first, second)] == ["2026-03-29T06:00:00+02:00", "2026-03-30T06:00:00+02:00"]


def test_the_latest_time_is_the_last_one_that_was_due() -> None:
    cron = read_cron("0 3 * * *")
    assert cron.latest(datetime(2026, 3, 2, 2, 59, tzinfo=UTC), ZoneInfo("UTC")).day == 1
    assert cron.latest(datetime(2026, 3, 2, 3, 0, tzinfo=UTC), ZoneInfo("UTC")).day == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"30 3 * * *"', '"0 0 30 2 *"', "consentinel.yaml:7: schedule.scans[0].cron: never fires"),
        ('"30 3 * * *"', '"30 3 * *"', "consentinel.yaml:7: schedule.scans[0].cron: not a cron expression"),
        ("name: weekdays", "name: nightly", "consentinel.yaml:5: schedule.scans: two scans are called 'nightly'"),
        ("name: weekdays", "name: Week days", "consentinel.yaml:8: schedule.scans[1].name"),
        ("Europe/Paris", "Mars/Olympus", "consentinel.yaml:4: schedule.timezone: not a time zone"),
        ("secret_env: HOOK_SECRET", "secret: abc", "consentinel.yaml:16: notify.webhooks[0].secret: unknown key"),
        ("url_env: HOOK_URL", "url_env: 'https://hook'", "consentinel.yaml:16: notify.webhooks[0].url_env"),
        ("  urls: [https://shop.example/]", "  max_pages: 1", "'nightly' has nothing to visit"),
    ],
)
def test_a_fault_in_the_schedule_ends_with_2_and_names_its_place(file: Path, old: str, new: str, told: str) -> None:
    assert old in FILE
    file.write_text(FILE.replace(old, new))
    for verb in (["watch", "--once"], ["schedule", "show"], ["schedule", "export", "--format", "crontab"]):
        result = run(*verb, "--config", file)
        assert result.exit_code == 2
        assert told in " ".join(result.output.split())


def test_a_schedule_without_scans_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "consentinel.yaml").write_text("crawl: {urls: [https://shop.example/]}\n")
    with pytest.raises(ConfigurationError, match="no scan is scheduled"):
        read_plans(tmp_path / "consentinel.yaml")


def test_the_configuration_of_a_scan_of_its_own_is_checked_when_the_schedule_is(file: Path) -> None:
    file.write_text(FILE.replace('cron: "30 3 * * *"', 'cron: "30 3 * * *"\n      config: other.yaml'))
    (file.parent / "other.yaml").write_text("crawl: {max_page: 1}\n")
    result = run("schedule", "show", "--config", file)
    assert "other.yaml:1: crawl.max_page: unknown key" in " ".join(result.output.split())
    assert result.exit_code == 2


def test_show_tells_when_each_scan_is_due(file: Path) -> None:
    told = run("schedule", "show", "--config", file)
    assert told.exit_code == 0
    assert [line.split()[0] for line in told.output.splitlines()] == ["nightly", "weekdays", "either"]


def export(file: Path, format: str, *more: str) -> dict[str, str]:
    folder = file.parent / "out"
    result = run("schedule", "export", "--format", format, "--output", folder, "--config", file, *more)
    assert result.exit_code == 0, result.output
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def yaml(text: str) -> list[dict[str, object]]:
    return list(YAML(typ="safe", pure=True).load_all(io.StringIO(text)))


def test_an_export_that_does_not_exist_is_named(file: Path) -> None:
    result = run("schedule", "export", "--format", "cron", "--config", file)
    assert "no export called 'cron' (did you mean 'crontab'?)" in " ".join(result.output.split())
    assert result.exit_code == 2


@pytest.mark.parametrize("format", [kind.format for kind in EXPORTS])
def test_no_export_holds_a_secret(file: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_URL", "https://hook.example/T0P")
    monkeypatch.setenv("HOOK_SECRET", "s3cr3t")
    text = "".join(export(file, format, "--image", "registry.example/consentinel:1").values())
    assert "T0P" not in text
    assert "s3cr3t" not in text
    assert "HOOK_SECRET" in text


def test_crontab_lines_are_read_by_a_cron_parser_and_run_the_scan(file: Path) -> None:
    text = export(file, "crontab")["consentinel.crontab"]
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines[0] == "CRON_TZ=Europe/Paris"
    assert len(lines) == 4
    for line, name in zip(lines[1:], ("nightly", "weekdays", "either"), strict=True):
        fields = line.split(maxsplit=5)
        assert croniter.is_valid(" ".join(fields[:5]))
        words = shlex.split(fields[5])
        assert words[-6:] == ["watch", "--once", "--scan", name, "--config", str(file)]
        assert Path(words[0]).exists()


def test_a_percent_sign_does_not_end_the_crontab_command(tmp_path: Path) -> None:
    odd = tmp_path / "100% cookies"
    odd.mkdir()
    (odd / "consentinel.yaml").write_text(FILE)
    text = export(odd / "consentinel.yaml", "crontab")["consentinel.crontab"]
    assert "100\\% cookies/consentinel.yaml" in text
    unit = export(odd / "consentinel.yaml", "systemd")["consentinel-nightly.service"]
    assert f'"{odd}/consentinel.yaml"'.replace("%", "%%") in unit


def test_systemd_units_are_read_by_systemd(file: Path) -> None:
    units = export(file, "systemd")
    assert sorted(units) == sorted(
        f"consentinel-{name}.{kind}" for name in ("nightly", "weekdays", "either") for kind in ("service", "timer")
    )
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    parser.read_string(units["consentinel-weekdays.service"])
    assert parser["Service"]["ExecStart"].endswith(f"watch --once --scan weekdays --config {file}")
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here; the units were read as INI only")
    paths = [str(path) for path in (file.parent / "out").iterdir()]
    done = subprocess.run([analyze, "verify", "--man=no", *paths], capture_output=True, text=True, check=False)
    mine = [line for line in (done.stdout + done.stderr).splitlines() if "consentinel" in line]
    assert mine == []


@pytest.mark.parametrize("text", ["30 3 * * *", "*/20 8-18 * * mon-fri", "0 0 13 * fri", "5 0 1,15 jan-mar *"])
def test_systemd_is_due_when_cron_is(text: str) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    cron = read_cron(text)
    base = datetime(2026, 1, 10, 7, 3, tzinfo=UTC)
    due = []
    for line in calendar(cron):
        command = [analyze, "calendar", f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC", "--iterations=5", f"{line} UTC"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={"TZ": "UTC"})
        due += [row.split(": ")[1].strip() for row in done.stdout.splitlines() if "Next elapse" in row or "Iter" in row]
    expected, at = [], base
    for _ in range(5):
        at = cron.following(at, ZoneInfo("UTC"))
        expected.append(f"{at:%a %Y-%m-%d %H:%M:%S} UTC")
    assert sorted(set(due), key=lambda row: row[4:])[:5] == expected


def test_the_github_workflow_runs_each_scan_on_its_own_cron(file: Path) -> None:
    (workflow,) = yaml(export(file, "github")[".github/workflows/consentinel.yml"])
    when = workflow["on"]
    assert isinstance(when, dict)
    assert [entry["cron"] for entry in when["schedule"]] == ["30 3 * * *", "*/20 8-18 * * mon-fri", "0 0 13 * fri"]
    assert {entry["timezone"] for entry in when["schedule"]} == {"Europe/Paris"}
    jobs = workflow["jobs"]
    assert isinstance(jobs, dict)
    assert list(jobs) == ["nightly", "weekdays", "either"]
    steps = jobs["nightly"]["steps"]
    (scan,) = [step for step in steps if step.get("name") == "Scan"]
    assert scan["run"] == "consentinel watch --once --scan nightly --config consentinel.yaml"
    assert scan["env"] == {name: f"${{{{ secrets.{name} }}}}" for name in ("HOOK_URL", "HOOK_SECRET")}
    assert all(("uses" in step) != ("run" in step) for step in steps)


def test_kubernetes_cron_jobs_never_repeat_a_scan_for_its_findings(file: Path) -> None:
    (text,) = export(file, "kubernetes", "--image", "registry.example/consentinel:1").values()
    jobs = yaml(text)
    assert [job["kind"] for job in jobs] == ["CronJob"] * 3
    spec = jobs[1]["spec"]
    assert isinstance(spec, dict)
    assert croniter.is_valid(spec["schedule"])
    assert spec["timeZone"] == "Europe/Paris"
    template = spec["jobTemplate"]["spec"]
    assert template["backoffLimit"] == 0
    pod = template["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    (container,) = pod["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert container["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "consentinel", "key": "HOOK_URL"}


def test_kubernetes_needs_an_image(file: Path) -> None:
    result = run("schedule", "export", "--format", "kubernetes", "--config", file)
    assert "--image: kubernetes needs the container image" in " ".join(result.output.split())
    assert result.exit_code == 2
