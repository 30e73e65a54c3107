"""What holds the house together: plug-in tuples, import weight, the README's tables, the lock file."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

from consentinel import verbs
from consentinel.verb_table import VERBS, load
from tests.readme import README, filled

ROOT = Path(__file__).parent.parent
PLUGINS = (
    ("classifiers.rules", "RULES", "Rule"),
    ("reports", "REPORTERS", "Reporter"),
    ("crawler.browser.collectors", "COLLECTORS", "Collector"),
)


@pytest.mark.parametrize(("package", "listed", "base"), PLUGINS)
def test_a_plug_in_folder_lists_exactly_what_is_in_it(package: str, listed: str, base: str) -> None:
    folder = importlib.import_module(package)
    kind = getattr(importlib.import_module(f"{package}.base"), base)
    there = {
        found
        for module in pkgutil.iter_modules(folder.__path__)
        if module.name != "base"
        for _, found in inspect.getmembers(importlib.import_module(f"{package}.{module.name}"), inspect.isclass)
        if issubclass(found, kind) and not inspect.isabstract(found) and found is not kind
        if found.__module__.startswith(f"{package}.{module.name}")
    }
    assert set(getattr(folder, listed)) == there
    assert len(getattr(folder, listed)) == len(there), "something is listed twice"


@pytest.mark.parametrize(("package", "listed", "base"), PLUGINS)
def test_a_plug_in_has_a_file_of_its_own(package: str, listed: str, base: str) -> None:
    modules = [plugin.__module__ for plugin in getattr(importlib.import_module(package), listed)]
    assert base
    assert len(set(modules)) == len(modules)


def test_rule_ids_are_unique_and_every_rule_has_a_manual() -> None:
    from classifiers.rules import RULES

    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    silent = [rule.id for rule in RULES if not (rule.title() and rule.why() and rule.fix())]
    assert not silent


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_judging_a_stored_scan_loads_neither_browser_nor_crawler() -> None:
    loaded = loaded_by("import classifiers.audit, reports, crawler.store")
    assert "classifiers.audit" in loaded
    assert not loaded & {"playwright", "scrapy", "twisted", "crawler.browser", "crawler.frontier"}


def test_the_command_line_starts_without_playwright_and_scrapy() -> None:
    loaded = loaded_by("import consentinel.cli")
    assert "consentinel.cli" in loaded
    assert not loaded & {"playwright", "scrapy", "twisted"}


def test_the_readme_has_the_tables_that_the_code_has() -> None:
    text = README.read_text("utf-8")
    assert text == filled(text), "run `make docs`"


def test_the_readme_names_every_verb() -> None:
    table = README.read_text("utf-8").partition("## The verbs")[2].partition("\n## ")[0]
    missing = [verb.name for verb in VERBS if f"`{verb.name}" not in table]
    assert not missing


def test_every_verb_is_in_the_table_that_loads_it_and_under_its_own_name() -> None:
    commands = {verb.name: load(verb) for verb in VERBS}
    assert len(commands) == len(VERBS)
    assert not [name for name, command in commands.items() if command.name != name]
    files = {module.name for module in pkgutil.iter_modules(verbs.__path__)}
    known = {verb.module or verb.name for verb in VERBS}
    assert known <= files
    assert files - known == {"declare_import"}, "a file of verbs that no verb is loaded from"


def test_a_gate_loads_no_report_and_no_other_verb() -> None:
    loaded = loaded_by("import consentinel.cli, consentinel.verbs.gate")
    assert "classifiers.audit" in loaded
    assert not loaded & {"reports.formats", "consentinel.verbs.audit", "bs4", "dns", "requests", "sqlite_utils"}


def test_the_readme_names_every_command_of_make() -> None:
    text = README.read_text("utf-8")
    targets = {
        line.partition(":")[0] for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if ": setup ##" in line
    }
    assert targets >= {"test", "demo"}
    assert not [target for target in targets - {"check"} if f"`make {target}`" not in text]


def test_the_lock_file_pins_every_package_by_digest_and_names_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    packages = {place: entry for place, entry in json.loads(text)["packages"].items() if place}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_exact_versions_of_npm_packages_are_asked_for() -> None:
    manifest = json.loads((ROOT / "package.json").read_text("utf-8"))
    versions = {**manifest["dependencies"], **manifest["devDependencies"]}
    assert all(version[0].isdigit() for version in versions.values())
    copied = {name for packages in manifest["consentinel"]["assets"].values() for name in packages}
    assert copied == set(manifest["dependencies"])
