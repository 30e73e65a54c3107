"""How grave a finding is under a jurisdiction profile: read from severities.yaml, never from code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from classifiers.base import Purpose
from classifiers.findings import Severity
from classifiers.yaml_source import read_yaml
from crawler.observations import Record

PROFILES = ("eu", "fr", "de", "uk", "us_ca", "kr")


class Grade(Record):
    """One rule under one profile."""

    any: Severity | None = None
    by_purpose: dict[Purpose, Severity] = {}  # noqa: RUF012 - pydantic copies defaults
    review: bool = False
    """The observation stands, but under this profile a person must judge it."""


class Severities(Record):
    rules: dict[str, dict[str, Grade]]


@lru_cache(maxsize=1)
def severities() -> Severities:
    return read_yaml(Path(__file__).with_name("severities.yaml"), Severities, what="table of severities")


def grade(rule: str, *, profile: str) -> Grade:
    """Profiles that say nothing about a rule follow `eu`."""
    profiles = severities().rules.get(rule, {})
    return profiles.get(profile) or profiles.get("eu") or Grade()


def severity_of(rule: str, *, default: Severity, profile: str, purpose: Purpose | None = None) -> Severity:
    found = grade(rule, profile=profile)
    if purpose is not None and purpose in found.by_purpose:
        return found.by_purpose[purpose]
    return found.any or default
