"""Waivers: findings that someone answers for, until a date. Read from YAML; every error names file and line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Self

import orjson
from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from classifiers.findings import Finding, Place
from classifiers.yaml_source import SourceError, parse_yaml
from crawler.observations import Record

MAX_DAYS = 180
NOT_WAIVABLE = ("SCAN-*", "CONSENT-004", "CONSENT-005", "CONSENT-017", "TP-011", "SEC-008")
"""Unless the configuration names the rule: what the scan could not see, and what went against a choice."""


class WaiverError(SourceError):
    """The waiver file cannot be used; each fault names file, line and key."""


@dataclass(frozen=True)
class _Terms:
    """What a waiver is held against while it is read."""

    known: Collection[str] | None
    anyway: Collection[str]
    max_days: int


class WaiverMatch(Record):
    """Globs; an empty one matches everything, but one of them must be given."""

    site: str | None = None
    subject: str | None = Field(None, description="Name as the finding prints it, `_ga_*`.")
    domain: str | None = None
    scenario: str | None = None
    fingerprint: str | None = None
    place: SkipJsonSchema[Place | None] = Field(None, exclude=True)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.site, self.subject, self.domain, self.scenario, self.fingerprint)):
            raise ValueError("give at least one of site, subject, domain, scenario and fingerprint")
        return self

    def covers(self, finding: Finding) -> bool:
        pairs = (
            (self.site, finding.site),
            (self.subject, finding.subject.name),
            (self.domain, finding.subject.domain),
            (self.scenario, finding.scenario),
            (self.fingerprint, finding.fingerprint),
        )
        return all(glob is None or value == glob or fnmatchcase(value, glob) for glob, value in pairs)


class Waiver(Record):
    rule: str
    match: WaiverMatch
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    ticket: str = Field(min_length=1)
    created: date
    expires: date
    id: str | None = None
    approved_by: str | None = None
    place: SkipJsonSchema[Place | None] = Field(None, exclude=True)

    @field_validator("rule")
    @classmethod
    def _may_be_waived(cls, rule: str, info: ValidationInfo) -> str:
        if not isinstance(terms := info.context, _Terms):
            return rule
        if terms.known is not None and rule not in terms.known:
            raise ValueError("is not a rule; `consentinel rules` lists them")
        if rule not in terms.anyway and any(fnmatchcase(rule, pattern) for pattern in NOT_WAIVABLE):
            raise ValueError("cannot be waived unless the configuration lists it under gate.waivable")
        return rule

    @field_validator("expires")
    @classmethod
    def _soon_enough(cls, expires: date, info: ValidationInfo) -> date:
        created = info.data.get("created")
        if not isinstance(terms := info.context, _Terms) or not isinstance(created, date):
            return expires  # a fault of `created` is told by itself
        days = (expires - created).days
        if days < 0:
            raise ValueError("lies before `created`")
        if days > terms.max_days:
            raise ValueError(f"is {days} days after `created`; at most {terms.max_days} are allowed")
        return expires

    @property
    def source(self) -> str:
        """file:line, for messages."""
        return f"{self.place.file}:{self.place.line}" if self.place else ""

    def covers(self, finding: Finding) -> bool:
        return self.rule == finding.rule and self.match.covers(finding)

    def expired(self, today: date) -> bool:
        """It holds through the day it expires on."""
        return today > self.expires


class WaiverFile(Record):
    """The file as editors check it."""

    waivers: tuple[Waiver, ...]
    place: SkipJsonSchema[Place | None] = Field(None, exclude=True)


def schema() -> str:
    """The JSON Schema (2020-12) of a waiver file, as text."""
    plain = {"$schema": "https://json-schema.org/draft/2020-12/schema", **WaiverFile.model_json_schema()}
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n"


def parse_waivers(
    text: str,
    *,
    file: str,
    known_rules: Collection[str] | None = None,
    waivable_anyway: Collection[str] = (),
    max_days: int = MAX_DAYS,
) -> tuple[Waiver, ...]:
    """`known_rules` None: ids are not checked. Raises WaiverError with every fault of the file."""
    if all(line.lstrip()[:1] in ("", "#") for line in text.splitlines()):
        return ()
    terms = _Terms(known=known_rules, anyway=waivable_anyway, max_days=max_days)
    try:
        return parse_yaml(text, WaiverFile, name=file, what="waiver file", context=terms).waivers
    except SourceError as error:
        raise WaiverError(error.faults) from error
