"""Waivers: findings that someone answers for, until a date. Read from YAML; every error names file and line."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from fnmatch import fnmatchcase

import orjson
from pydantic import Field, ValidationError
from pydantic.json_schema import SkipJsonSchema
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from classifiers.findings import Finding
from crawler.observations import Record

MAX_DAYS = 180
NOT_WAIVABLE = ("SCAN-*", "CONSENT-004", "CONSENT-005", "CONSENT-017", "TP-011", "SEC-008")
"""Unless the configuration names the rule: what the scan could not see, and what went against a choice."""


class WaiverError(ValueError):
    """The waiver file cannot be used; the message names file, line and key."""


class WaiverMatch(Record):
    """Globs; an empty one matches everything, but one of them must be given."""

    site: str | None = None
    subject: str | None = Field(None, description="Name as the finding prints it, `_ga_*`.")
    domain: str | None = None
    scenario: str | None = None
    fingerprint: str | None = None

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
    source: SkipJsonSchema[str] = Field("", exclude=True)
    """file:line, for messages."""

    def covers(self, finding: Finding) -> bool:
        return self.rule == finding.rule and self.match.covers(finding)

    def expired(self, today: date) -> bool:
        """It holds through the day it expires on."""
        return today > self.expires


class WaiverFile(Record):
    """The file as editors check it."""

    waivers: tuple[Waiver, ...] = ()


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
    """`known_rules` None: ids are not checked. Raises WaiverError at the first fault."""
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WaiverError(f"{file}:{line}: this is not YAML that can be read: {error.problem}") from error
    if document is None:
        return ()
    if not isinstance(document, CommentedMap) or not isinstance(document.get("waivers"), CommentedSeq):
        raise WaiverError(f"{file}:1: expected a key `waivers` with a list under it")
    for key in document:
        if key != "waivers":
            raise WaiverError(f"{file}:{_line(document, key)}: unknown key `{key}`; only `waivers` is read")
    found: list[Waiver] = []
    rows: CommentedSeq = document["waivers"]
    for index, row in enumerate(rows):
        line = rows.lc.item(index)[0] + 1
        if not isinstance(row, CommentedMap):
            raise WaiverError(f"{file}:{line}: a waiver is a mapping with rule, match, reason, owner, ticket, …")
        waiver = _waiver(row, file=file, line=line)
        _check(waiver, row, file=file, known=known_rules, anyway=waivable_anyway, max_days=max_days)
        found.append(waiver)
    return tuple(found)


def _waiver(row: CommentedMap, *, file: str, line: int) -> Waiver:
    plain: dict[str, object] = {
        str(key): value.date() if isinstance(value, datetime) else value for key, value in row.items()
    }
    if isinstance(plain.get("match"), CommentedMap):
        plain["match"] = dict(row["match"])
    try:
        return Waiver.model_validate({**plain, "source": f"{file}:{line}"})
    except ValidationError as error:
        # A misspelt key also leaves its right spelling missing: the misspelling is what helps.
        first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        inner: CommentedMap = row
        at = line
        for part in first["loc"]:
            if isinstance(inner, CommentedMap) and part in inner:
                at = _line(inner, str(part))
                inner = inner[part]
        key = ".".join(str(part) for part in first["loc"])
        says = first["msg"].lower()
        if first["type"] == "extra_forbidden":
            fields = WaiverMatch.model_fields if len(first["loc"]) > 1 else Waiver.model_fields
            says = f"unknown key; known ones are {', '.join(name for name in fields if name != 'source')}"
        elif first["type"] == "missing":
            says = "this key is missing"
        raise WaiverError(f"{file}:{at}: {key}: {says}") from error


def _check(
    waiver: Waiver,
    row: CommentedMap,
    *,
    file: str,
    known: Collection[str] | None,
    anyway: Collection[str],
    max_days: int,
) -> None:
    if known is not None and waiver.rule not in known:
        raise WaiverError(f"{file}:{_line(row, 'rule')}: rule: {waiver.rule!r} is not a rule; see `consentinel rules`")
    if waiver.rule not in anyway and any(fnmatchcase(waiver.rule, pattern) for pattern in NOT_WAIVABLE):
        raise WaiverError(
            f"{file}:{_line(row, 'rule')}: rule: {waiver.rule} cannot be waived unless the configuration lists it "
            "under gate.waivable"
        )
    if waiver.match == WaiverMatch():
        raise WaiverError(
            f"{file}:{_line(row, 'match')}: match: give at least one of {', '.join(WaiverMatch.model_fields)}"
        )
    days = (waiver.expires - waiver.created).days
    if days < 0:
        raise WaiverError(f"{file}:{_line(row, 'expires')}: expires: lies before `created`")
    if days > max_days:
        raise WaiverError(
            f"{file}:{_line(row, 'expires')}: expires: {days} days after `created`; at most {max_days} are allowed"
        )


def _line(row: CommentedMap, key: str) -> int:
    return int(row.lc.key(key)[0]) + 1
