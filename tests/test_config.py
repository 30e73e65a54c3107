"""consentinel.yaml: what it means, and what is said when it cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from ruamel.yaml import YAML

from classifiers.findings import Severity
from classifiers.rules.severity import PROFILES
from consentinel.config import (
    Configuration,
    ConfigurationError,
    configured,
    page_address,
    read_configuration,
)
from consentinel.starter import starter
from crawler.settings import CrawlSettings, FrontierSettings
from crawler.settings import Recipe as ConsentRecipe


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "consentinel.yaml"


def faults(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(path)
    return list(caught.value.faults)


def test_no_file_means_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_configuration(None) == Configuration()


def test_the_file_of_the_working_folder_is_read_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "consentinel.yaml").write_text("crawl: {max_pages: 7}\n")
    monkeypatch.chdir(tmp_path)
    assert read_configuration(None).crawl.max_pages == 7


def test_paths_in_the_file_start_at_its_folder(written: Path) -> None:
    written.write_text(
        "declaration: said.yaml\ncatalogue: [ours]\ngate: {baseline: known.json}\nbrowser: {executable: b/x}\n"
    )
    read = read_configuration(written)
    assert read.declaration == written.parent / "said.yaml"
    assert read.catalogue == (written.parent / "ours",)
    assert read.gate.baseline == written.parent / "known.json"
    assert read.browser.executable == written.parent / "b/x"


def test_a_browser_named_without_folder_is_looked_for_on_the_path(written: Path) -> None:
    written.write_text("browser: {executable: google-chrome}\n")
    assert read_configuration(written).browser.executable == Path("google-chrome")


def test_sections_become_the_crawl_settings(written: Path) -> None:
    written.write_text(
        "crawl: {urls: [example.org], delay: 0}\nvisit: {settle: fast}\nbrowser: {locale: ko-KR}\n"
        "consent: {accept: ['#yes']}\n"
    )
    settings = read_configuration(written).crawl_settings()
    assert isinstance(settings, CrawlSettings)
    assert settings.urls == ("https://example.org/",)
    assert (settings.delay, settings.visit.settle, settings.browser.locale) == (0, "fast", "ko-KR")
    assert isinstance(settings.consent, ConsentRecipe)
    assert settings.consent.source == f"{written}:4"


def test_flags_win_over_the_file_and_what_was_not_given_stays(written: Path) -> None:
    written.write_text("crawl: {max_pages: 7, delay: 2}\ngate: {threshold: low}\n")
    read = configured(written, crawl={"max_pages": 3, "delay": None}, gate={"threshold": Severity.CRITICAL})
    assert (read.crawl.max_pages, read.crawl.delay) == (3, 2)
    assert read.gate.policy().threshold is Severity.CRITICAL


def test_a_misspelt_key_is_told_with_line_and_suggestion(written: Path) -> None:
    (fault,) = faults(written, "crawl:\n  delay: 1\n  max_page: 3\n")
    assert fault.startswith(f"{written}:3: crawl.max_page: unknown key (did you mean 'max_pages'?)")


def test_a_misspelt_word_is_told_with_the_accepted_ones(written: Path) -> None:
    (fault,) = faults(written, "browser:\n  third_party_cookies: alow\n")
    assert f"{written}:2: browser.third_party_cookies" in fault
    assert "did you mean 'allow'" in fault
    assert "browser-default" in fault


def test_all_faults_are_told_at_once_in_the_order_of_the_file(written: Path) -> None:
    found = faults(written, "crawl:\n  max_pages: 0\n  scenarios: []\nformats: html\nvisit: {setle: fast}\n")
    assert [int(fault.removeprefix(f"{written}:").partition(":")[0]) for fault in found] == [2, 3, 4, 5]
    assert "at least one scenario" in found[1]
    assert "a list" in found[2]


@pytest.mark.parametrize("text", ["crawl: [", "- a\n- b\n", "", "crawl: {max_pages: 1, max_pages: 2}\n"])
def test_what_is_not_a_configuration_is_told_with_its_line(written: Path, text: str) -> None:
    (fault,) = faults(written, text)
    assert fault.startswith(f"{written}:")


def test_a_scenario_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"no scenario is called 'acept' \(did you mean 'accept'\?\)"):
        configured(None, crawl={"scenarios": ("silent", "acept")}).scenarios()


def test_scenarios_of_ones_own_stand_beside_the_built_in_ones(written: Path) -> None:
    (written.parent / "mine.yaml").write_text("sign_in:\n  phases: [open, steps]\n  steps: [{click: '#in'}]\n")
    written.write_text("scenario_file: mine.yaml\ncrawl: {scenarios: [silent, sign_in]}\n")
    assert [*read_configuration(written).scenarios()] == ["silent", "sign_in"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml: no such file"):
        read_configuration(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.org", "https://example.org/"),
        ("localhost:8000/a", "http://localhost:8000/a"),
        ("www.business.localhost:80", "http://www.business.localhost/"),
        ("127.0.0.1:9", "http://127.0.0.1:9/"),
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_an_address_is_understood_as_people_type_it(typed: str, meant: str) -> None:
    assert page_address(typed) == meant


@pytest.mark.parametrize(
    "typed", ["ftp://x", "http://", "https://exa mple.org", "http://[::1", "http://x:99999", "", "file:///etc"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"is not (an|a web) address"):
        page_address(typed)


def test_a_flag_is_named_in_its_fault() -> None:
    with pytest.raises(ConfigurationError, match=r"--max-pages: .*greater than or equal to 1"):
        configured(None, crawl={"max_pages": 0})
    with pytest.raises(ConfigurationError, match="URL: 'ftp://x' is not a web address"):
        configured(None, crawl={"urls": ("ftp://x",)})


def test_the_starter_file_means_the_defaults(written: Path) -> None:
    written.write_text(starter(url="https://example.org", declaration=None))
    read = read_configuration(written)
    assert read.crawl.urls == ("https://example.org/",)
    assert read.model_copy(update={"crawl": Configuration().crawl, "output": Configuration().output}) == Configuration()


def test_every_line_of_the_starter_file_holds_when_its_mark_is_taken_away(written: Path) -> None:
    lines = starter(url="https://example.org", declaration=None).splitlines()
    settings = [line.replace("# ", "", 1) if _is_setting(line) else line for line in lines]
    written.write_text("\n".join(settings))
    read = read_configuration(written)
    assert read.consent == ConsentRecipe(source=read.consent.source if read.consent else None)
    assert (
        read.model_copy(update={"crawl": Configuration().crawl, "output": Configuration().output, "consent": None})
        == Configuration()
    )
    keys = YAML(typ="safe").load(written.read_text())
    assert set(keys) == set(Configuration.model_fields)
    assert set(keys["crawl"]) == set(FrontierSettings.model_fields)


def _is_setting(line: str) -> bool:
    key, colon, _ = line.strip().removeprefix("# ").partition(":")
    return bool(colon) and key.isidentifier() and key == key.lower()


def test_the_profiles_that_can_be_set_are_those_that_can_be_judged() -> None:
    assert set(get_args(Configuration.model_fields["profile"].annotation)) == set(PROFILES)


def test_the_published_page_of_the_declaration_is_crawled_too(written: Path) -> None:
    declaration = written.with_name("declared.yaml")
    written.write_text("declaration: declared.yaml\n")
    for source, policy in (
        ("{kind: privacy_policy, url: 'https://Example.org:443/privacy#cookies'}", "https://example.org/privacy"),
        ("{kind: privacy_policy, url: example.org/privacy}", None),
        ("{kind: privacy_policy}", None),
        ("{kind: tcf_disclosure, url: 'https://example.org/tcf.json'}", None),
        ("null", None),
    ):
        declaration.write_text(f"schema: tracker-declaration/1\nsource: {source}\n")
        assert read_configuration(written).crawl_settings().policy == policy
