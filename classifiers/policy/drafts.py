"""From a reading to the category-level declaration it supports, for a person to confirm."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from classifiers.base import Purpose
from classifiers.declaration import (
    SCHEMA,
    Category,
    Choices,
    Declaration,
    DeclaredClaim,
    DeclaredPurpose,
    Defaults,
    ExemptIf,
    Recipient,
    Retention,
    Scope,
    Setter,
    Source,
    Technology,
    Transfers,
)
from classifiers.policy.patterns import patterns
from classifiers.policy.reading import PolicyReading
from classifiers.yaml_source import read_yaml
from crawler.observations import Record

ALWAYS = "always"
_SAFEGUARDS = (
    (r"standard contractual clauses|\bSCCs?\b", "SCC"),
    (r"binding corporate rules", "BCR"),
    (r"adequacy decision", "adequacy"),
    (r"privacy framework", "DPF"),
)


class CategoryPattern(Record):
    """A category as `categories.yaml` describes it: which statements bring out each part."""

    id: str
    title: str
    when: tuple[str, ...]
    strength: Literal["explicit", "implied", "general"]
    purposes: dict[DeclaredPurpose, tuple[str, ...]]
    technologies: dict[Technology, tuple[str, ...]]
    lines: tuple[str, ...]
    set_by: dict[Setter, tuple[str, ...]]
    maps_to: tuple[Purpose, ...]
    consent: Literal["required", "required_unless_requested", "exempt", "exempt_if"]
    exempt_if: ExemptIf | None = None
    exempt_profiles: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    channel: str | None = None
    observable_by: tuple[str, ...] = ()
    also_promised_at: tuple[str, ...] = ()
    note: str | None = None
    note_unless: tuple[str, ...] = ()
    scope_of_undefined_term: bool = False


class CategoryPatterns(Record):
    categories: tuple[CategoryPattern, ...]
    tool_categories: tuple[Category, ...]


@lru_cache(maxsize=1)
def category_patterns() -> CategoryPatterns:
    return read_yaml(
        Path(__file__).with_name("categories.yaml"), CategoryPatterns, what="table of declaration categories"
    )


def draft(reading: PolicyReading) -> Declaration:
    """What the policy declares in general terms. Recipients' entities are left for a person to fill in."""
    known = category_patterns()
    categories = tuple(_category(pattern, reading) for pattern in known.categories if _any(reading, pattern.when))
    return Declaration.model_validate(
        {
            "schema": SCHEMA,
            "service": _service(reading),
            "controller": _controller(reading),
            "source": Source(
                kind="privacy_policy",
                file=Path(reading.file).name,
                sha256=reading.sha256,
                effective_date=reading.effective_date,
                granularity="category",
            ),
            "defaults": _defaults(reading),
            "categories": categories,
            "tool_categories": known.tool_categories,
            "recipients": _recipients(reading),
            "data_elements": _names(reading, "element"),
            "transfers": _transfers(reading),
            "choices": _choices(reading),
            "retention": _retention(reading),
            "claims": _claims(reading),
        }
    )


def _any(reading: PolicyReading, keys: tuple[str, ...]) -> bool:
    return any(key == ALWAYS or reading.statement(key) for key in keys)


def _first_lines(reading: PolicyReading, keys: tuple[str, ...]) -> tuple[int, ...]:
    found = [statement.line for key in keys if (statement := reading.statement(key))]
    return tuple(dict.fromkeys(found))


def _category(pattern: CategoryPattern, reading: PolicyReading) -> Category:
    promised = [line for key in pattern.also_promised_at for line in reading.lines(key)]
    return Category(
        id=pattern.id,
        title=pattern.title,
        lines=_first_lines(reading, pattern.lines) or _first_lines(reading, pattern.when),
        strength=pattern.strength,
        purposes=tuple(purpose for purpose, keys in pattern.purposes.items() if _any(reading, keys)),
        technologies=tuple(technology for technology, keys in pattern.technologies.items() if _any(reading, keys)),
        set_by=tuple(setter for setter, keys in pattern.set_by.items() if _any(reading, keys)),
        maps_to=pattern.maps_to,
        consent=pattern.consent,
        exempt_if=pattern.exempt_if,
        exempt_profiles=pattern.exempt_profiles,
        checks=pattern.checks,
        scope=_scope(pattern, reading),
        channel=pattern.channel,
        observable_by=pattern.observable_by,
        also_promised_at=tuple(dict.fromkeys(promised)),
        note=None if pattern.note_unless and _any(reading, pattern.note_unless) else pattern.note,
    )


def _scope(pattern: CategoryPattern, reading: PolicyReading) -> Scope | None:
    """A category that the text ties to a name it does not define: only the operator can say which hosts that is."""
    if not pattern.scope_of_undefined_term:
        return None
    lines = {line for key in pattern.when for line in reading.lines(key)}
    for term in reading.undefined_terms:
        if term.line in lines:
            name = re.sub(r"^the\s+", "", term.text)
            return Scope(hosts=(), note=f"{name} is undefined; operator must list its hosts")
    return None


def _service(reading: PolicyReading) -> str:
    """The name that stands for all services together, as a policy defines it."""
    for term in reading.defined_terms:
        if (
            re.search(r"\b(?:services|sites?|platform|website)$", term.text, re.IGNORECASE)
            and term.text != reading.controller
        ):
            return f"the {term.text}"
    return ""


def _controller(reading: PolicyReading) -> str | None:
    if reading.controller is None:
        return None
    affiliates = " and affiliates" if reading.statement("recipient.affiliates") else ""
    return f"{reading.controller}{affiliates}"


def _names(reading: PolicyReading, family: str) -> tuple[str, ...]:
    return tuple(found.key.partition(".")[2] for found in reading.under(family))


def _defaults(reading: PolicyReading) -> Defaults:
    clause = reading.statement("open_clause")
    return Defaults(
        technologies_named=tuple(Technology(name) for name in _names(reading, "technology")),
        technologies_open_clause=clause.quote if clause else None,
        setters=tuple(Setter(name) for name in _names(reading, "setter")),
        third_party_kinds=_names(reading, "kind"),
        cross_context=_names(reading, "across"),
    )


def _recipients(reading: PolicyReading) -> tuple[Recipient, ...]:
    named = [Recipient(id=name, line=reading.lines(f"recipient.{name}")[0]) for name in _names(reading, "recipient")]
    if promise := reading.statement("P-10"):
        named.append(Recipient(id="independent_marketing", line=promise.line, allowed_only_with="separate_consent"))
    return tuple(named)


def _transfers(reading: PolicyReading) -> Transfers | None:
    safeguard = reading.statement("P-14")
    if not reading.countries and safeguard is None:
        return None
    said = " ".join(place.text for place in safeguard.places) if safeguard else ""
    return Transfers(
        countries_named=tuple(country.code for country in reading.countries),
        open_ended=reading.countries_open_ended,
        safeguard_named=tuple(name for pattern, name in _SAFEGUARDS if re.search(pattern, said, re.IGNORECASE)),
    )


def _choices(reading: PolicyReading) -> Choices:
    browser = (("P-25", "accept_all"), ("P-26", "reject_all"), ("P-27", "notify"))
    return Choices(
        ui_control="described" if reading.statement("consent.control") else "none_described",
        browser=tuple(name for key, name in browser if reading.statement(key)),
        email_unsubscribe=reading.statement("P-40") is not None,
        withdraw="by_email" if reading.statement("P-09") else None,
    )


def _retention(reading: PolicyReading) -> Retention:
    return Retention(
        device_lifetimes="stated" if reading.statement("retention.device") else "none_stated",
        general="as long as necessary" if reading.statement("P-15") else None,
    )


def _claims(reading: PolicyReading) -> tuple[DeclaredClaim, ...]:
    claims = []
    for statement in reading.statements:
        if not re.fullmatch(r"P-\d+", statement.key):
            continue
        pattern = patterns().pattern(statement.key)
        claims.append(
            DeclaredClaim(
                id=statement.key,
                line=statement.line,
                quote=statement.quote,
                rules=pattern.rules if pattern else ("DECL-021",),
                technologies=pattern.technologies if pattern else (),
                testable=pattern.testable if pattern else True,
            )
        )
    return tuple(sorted(claims, key=lambda claim: claim.id))
